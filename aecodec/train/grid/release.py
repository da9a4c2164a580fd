"""The end of a run: a checked model file with tables that fit, its figures on pictures held back, its card."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aecodec.arrays import Arrays, Integers32, Picture
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.errors import ModelError
from aecodec.grid import GridModel, slope_of
from aecodec.kinds.protocol import LossyCodec, Size
from aecodec.limits import PIXEL_MAX
from aecodec.train.export import ExportError
from aecodec.train.grid import adaptive, tables
from aecodec.train.grid.card import card
from aecodec.train.grid.check import check_equal
from aecodec.train.grid.curvature import curvature, scaled
from aecodec.train.grid.export import tensors_and_description
from aecodec.train.grid.loop import VALIDATED, Training
from aecodec.train.grid.pictures import Cache
from aecodec.train.grid.rounding import compensated
from aecodec.train.grid.validation import middle
from aecodec.train.release import LICENCE, Release, commit
from aecodec.train.run_files import write
from aecodec.zoo import Role, load_model, save_model, stated

CHECKED, CHECKED_SIDE = 3, 192  # pictures whose every integer is compared, and the side of their middles
CURVED, CURVED_SIDE, CURVED_QUALITY = 4, 128, 60  # pictures and quality that tell how channels bend the error
ROUNDED = 32  # crops of training pictures on which rounding errors cancel out
COUNTED, COUNTS = 400, 3  # crops whose symbols are counted, and how often: tables and symbols depend on each other
WEIGHED = 12  # pictures that tell how much errors of latents are to count
CROP_SIDE = 256
FILTERED, FILTERED_SIDE = 120, 384  # crops for which the weights of the adaptive filter are counted


def release(training: Training, folder: Path, name: str) -> Release:
    """Export the averaged weights to ``folder``, measure them on the validation pictures, write a card.

    Raises ExportError if the engine does not give what training simulated, FileError if writing fails.
    """
    model = training.average.cpu()  # where float64 is, and one arithmetic for export and check
    model = compensated(model, _some(training.pictures))
    arrays, description = tensors_and_description(model)
    try:
        engine = GridModel(arrays, description)
    except ModelError as error:
        raise ExportError(str(error)) from error
    held = [each.cpu() for each in training.validation]
    check_equal(model, engine, [middle(each, CHECKED_SIDE) for each in held[:CHECKED]])
    arrays |= tables.second(arrays) | adaptive.expected()
    expected = dict(arrays)
    engine = GridModel(arrays, description)
    some = [middle(each, CURVED_SIDE).numpy() for each in held[:CURVED]]
    measured_curvature = curvature(engine, [engine.analyse(each) for each in some], CURVED_QUALITY)
    arrays |= {"search.curvature": measured_curvature}
    middles = [middle(each).numpy() for each in held]

    def fit(arrays: Arrays) -> tuple[Arrays, dict[str, Any]]:
        return fitted(arrays, expected, GridModel(arrays, description), training.pictures, middles)

    arrays, _ = fit(arrays)

    def cost(weighed: Integers32) -> float:
        tried = save_model(name, {**arrays, "search.curvature": weighed}, description)
        return searched_cost(load_model(tried).codec, [each.numpy() for each in held[:WEIGHED]])

    weighed, factor = scaled(measured_curvature, cost)
    arrays |= {"search.curvature": weighed}
    for _ in range(COUNTS - 1):
        arrays, chosen = fit(arrays)
    some_weights = adaptive.chosen(GridModel(arrays, description), _crops(training.pictures, FILTERED, FILTERED_SIDE))
    arrays |= adaptive.refitted(arrays, FILTERED, some_weights)
    settings = training.settings
    kept = asdict(settings) | {"steps": training.step}
    kept.pop("continues")  # where it lay is nobody's business
    if settings.continues:
        file = Path(settings.continues).resolve()
        kept["continues"] = file.stem if file.suffix == ".safetensors" else file.parent.name
    description |= {
        "family": name,
        "data": {"sha256": training.pictures.sha256, "training": len(training.pictures), "validation": len(held)},
        "training": kept | {"bfloat16": training.mixed},
        "tables": chosen,
        "search": {"curvature_factor": factor},
        "commit": commit(),
        "licence": LICENCE,
        **stated(Role.GENERAL),
    }
    codec = load_model(save_model(name, arrays, description)).codec
    description["validation"] = [measured(codec, [each.numpy() for each in held], quality) for quality in VALIDATED]
    content = save_model(name, arrays, description)
    path = folder / f"{name}.safetensors"
    write(path.with_suffix(".md"), card(name, description, len(content)).encode())
    write(path, content)
    return Release(path, description)


def fitted(
    arrays: Arrays, expected: Arrays, engine: GridModel, pictures: Cache, held: list[Picture]
) -> tuple[Arrays, dict[str, Any]]:
    """Return ``arrays`` with tables counted over training pictures, unless those ``expected`` serve ``held`` better.

    And what both take for ``held``, at VALIDATED, in bits.
    """
    counted = tables.refitted(expected, tables.counted(engine, _crops(pictures, COUNTED)))
    symbols = tables.counted(engine, ((each, VALIDATED) for each in held))
    before, after = tables.bits(expected, symbols), tables.bits(expected | counted, symbols)
    figures = {"counted": after < before, "expected_bits": round(before), "counted_bits": round(after)}
    return arrays | (counted if after < before else {name: expected[name] for name in counted}), figures


def _some(pictures: Cache) -> Iterator[tuple[Tensor, float]]:
    """Yield crops of training pictures, each at a quality of its own."""
    for picture, (quality,) in _crops(pictures, ROUNDED):
        yield torch.from_numpy(picture), float(quality)


def _crops(pictures: Cache, count: int, side: int = CROP_SIDE) -> Iterator[tuple[Picture, list[int]]]:
    """Yield crops as training draws them, and a quality of each; qualities are spread evenly over 0 to 100."""
    random = np.random.default_rng(count)
    for quality in random.permutation(count) * 101 // count:
        yield pictures.crops(1, side, random)[0].cpu().numpy(), [int(quality)]


def measured(codec: LossyCodec, pictures: list[Picture], quality: int) -> dict[str, float]:
    """Return the means over ``pictures`` of bits a pixel and PSNR, of payloads that were written and decoded again.

    Raises ExportError if one does not come back as its encoder said.
    """
    found = []
    for picture in pictures:
        payload, (promised,) = codec.encode([picture], quality, 0, map)
        (decoded,) = codec.decode(payload, [Size(*picture.shape)], codec.rate(quality), map)
        if not np.array_equal(promised, decoded):
            raise ExportError(f"a picture at quality {quality} comes back as another than the encoder's")
        mse = float(np.square(decoded.astype(np.float64) - picture).mean())
        found.append((8 * len(payload) / (picture.shape[0] * picture.shape[1]), _psnr(mse)))
    bpp, psnr = np.mean(found, 0).tolist()
    return {"quality": quality, "bpp": bpp, "psnr": psnr}


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


def _psnr(mse: float) -> float:
    """Return PSNR in dB; an exact picture counts as one with an error of a grey level in a thousand samples."""
    return 10 * math.log10(PIXEL_MAX**2 / max(mse, 1e-3))
