"""From trained networks to all that a model file says: integers, tables of symbols, weights of the search and of the
filter, fitted to training pictures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aecodec.arrays import Arrays, Integers32, Picture
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.errors import ModelError
from aecodec.grid import GridModel, slope_of
from aecodec.kinds.protocol import LossyCodec
from aecodec.train.export import ExportError
from aecodec.train.grid import adaptive, tables
from aecodec.train.grid.check import check_equal
from aecodec.train.grid.curvature import curvature, scaled
from aecodec.train.grid.export import tensors_and_description
from aecodec.train.grid.loop import VALIDATED, Training
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.pictures import Cache
from aecodec.train.grid.ranges import widened
from aecodec.train.grid.rounding import compensated
from aecodec.train.grid.searched import BATCH, tuned
from aecodec.train.grid.validation import middle
from aecodec.zoo import load_model, save_model

CHECKED, CHECKED_SIDE = 3, 192  # pictures whose every integer is compared, and the side of their middles
CURVED, CURVED_SIDE, CURVED_QUALITY = 4, 128, 60  # pictures and quality that tell how channels bend the error
ROUNDED = 32  # crops of training pictures whose activations fill their range, and in which rounding errors cancel out
COUNTED, COUNTS = 400, 3  # crops whose symbols are counted, and how often: tables and symbols depend on each other
TUNED, SHARE = 600, 8  # steps of synthesis on latents that the search chooses, at most; and an eighth of the run's
WEIGHED = 12  # pictures that tell how much errors of latents are to count
CROP_SIDE = 256
FILTERED, FILTERED_SIDE = 120, 384  # crops for which the weights of the adaptive filter are counted


@dataclass(frozen=True)
class Fitted:
    """A model's tensors and description; what tables take that were ``counted`` over pictures, and what those take
    that training expects; the factor of the search's curvature.
    """

    arrays: Arrays
    description: dict[str, Any]
    tables: dict[str, Any]
    factor: float


def fitted(training: Training, name: str) -> Fitted:
    """Fit a model to its averaged weights, and to training pictures. Where there is a choice, those held back decide.

    Raises ExportError if the engine does not give what training simulated.
    """
    pictures, held = training.pictures, [each.cpu() for each in training.validation]
    model = training.average.cpu()  # where float64 is, and one arithmetic for export and check
    arrays, description = _networks(model, pictures, held)
    arrays |= tables.second(arrays) | adaptive.expected()
    expected = dict(arrays)
    found = _curvature(GridModel(arrays, description), held)
    arrays, _ = _counted(arrays | {"search.curvature": found}, description, expected, training)

    def cost(weighed: Integers32) -> float:
        tried = save_model(name, {**arrays, "search.curvature": weighed}, description)
        return searched_cost(load_model(tried).codec, [each.numpy() for each in held[:WEIGHED]])

    weighed, factor = scaled(found, cost)
    arrays |= {"search.curvature": weighed}
    steps = min(TUNED, training.step // SHARE)
    crops = _crops(pictures, steps * BATCH)
    model = tuned(model, GridModel(arrays, description), crops, steps, mixed=training.mixed)
    networks, description = _networks(model, pictures, held)
    arrays |= {key: value for key, value in networks.items() if not key.startswith("scales.")}
    for _ in range(COUNTS - 1):
        arrays, figures = _counted(arrays, description, expected, training)
    weights = adaptive.chosen(GridModel(arrays, description), _alone(_crops(pictures, FILTERED, FILTERED_SIDE)))
    arrays |= adaptive.refitted(arrays, FILTERED, weights)
    return Fitted(arrays, description, figures, factor)


def _networks(model: Grid, pictures: Cache, held: Sequence[Tensor]) -> tuple[Arrays, dict[str, Any]]:
    """Return the integers of ``model`` with tables as training expects them, and what arranges them.

    Raises ExportError.
    """
    some = [(torch.from_numpy(picture), float(quality)) for picture, quality in _crops(pictures, ROUNDED)]
    rounded = compensated(widened(model, some), some)
    arrays, description = tensors_and_description(rounded)
    try:
        engine = GridModel(arrays, description)
    except ModelError as error:
        raise ExportError(str(error)) from error
    check_equal(rounded, engine, [middle(each, CHECKED_SIDE) for each in held[:CHECKED]])
    return arrays, description


def _curvature(engine: GridModel, held: Sequence[Tensor]) -> Integers32:
    """Return by how much the latents of a few pictures bend the error, ``[channels]``."""
    some = [middle(each, CURVED_SIDE).numpy() for each in held[:CURVED]]
    return curvature(engine, [engine.analyse(each) for each in some], CURVED_QUALITY)


def _counted(
    arrays: Arrays, description: dict[str, Any], expected: Arrays, training: Training
) -> tuple[Arrays, dict[str, Any]]:
    """Return ``arrays`` with tables counted over training pictures, unless those ``expected`` serve pictures held back
    better. And what both take for these, at VALIDATED, in bits.
    """
    engine = GridModel(arrays, description)
    counted = tables.refitted(expected, tables.counted(engine, _alone(_crops(training.pictures, COUNTED))))
    held = ((middle(each.cpu()).numpy(), VALIDATED) for each in training.validation)
    symbols = tables.counted(engine, held)
    before, after = tables.bits(expected, symbols), tables.bits(expected | counted, symbols)
    figures = {"counted": after < before, "expected_bits": round(before), "counted_bits": round(after)}
    return arrays | (counted if after < before else {name: expected[name] for name in counted}), figures


def _crops(pictures: Cache, count: int, side: int = CROP_SIDE) -> Iterator[tuple[Picture, int]]:
    """Yield crops as training draws them, and a quality of each; qualities are spread evenly over 0 to 100."""
    random = np.random.default_rng(count)
    for quality in random.permutation(count) * 101 // max(1, count):
        yield pictures.crops(1, side, random)[0].cpu().numpy(), int(quality)


def _alone(crops: Iterator[tuple[Picture, int]]) -> Iterator[tuple[Picture, list[int]]]:
    """Yield each crop with its quality as the only one."""
    return ((picture, [quality]) for picture, quality in crops)


def searched_cost(codec: LossyCodec, pictures: list[Picture]) -> float:
    """Return what files of ``pictures`` cost behind the usual search: log2 of bits + λ * squared error, a mean over
    VALIDATED.
    """
    costs = []
    for quality in VALIDATED:
        total = 0.0
        for picture in pictures:
            payload, (decoded,) = codec.encode([picture], quality, DEFAULT_EFFORT, map)
            total += 8 * len(payload) + slope_of(quality) * np.square(decoded.astype(np.float64) - picture).sum()
        costs.append(math.log2(total))
    return float(np.mean(costs))
