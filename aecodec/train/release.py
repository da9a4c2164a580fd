"""The end of training: a checked model file, its figures on the validation split, its card."""

from __future__ import annotations

import math
import subprocess
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Arrays, Integers32, Shallow, Tiles
from aecodec.codec.encode import encode
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.codec.plan import Plan
from aecodec.limits import PIXEL_MAX, SYMBOL_MAX
from aecodec.lossless.residual import CONTEXTS, contexts_and_symbols
from aecodec.lossy import LMBDA_UNIT_BITS, LossyModel
from aecodec.train.card import card
from aecodec.train.config import MACHINE
from aecodec.train.data import Pictures
from aecodec.train.export import check_equal, released
from aecodec.train.loop import Training
from aecodec.train.run_files import write
from aecodec.zoo import Model, Role, load_model, save_model, stated
from aecodec.zoo import Pictures as Made

LICENCE = "MIT"
CHECKED_PICTURES = 1_000
RESIDUAL_PICTURES = 20_000
CURVATURE_PICTURES = 64
LMBDA_OCTAVES = 1  # either way of training's λ are tried
LMBDA_PICTURES = 1_250  # that choose the search's λ
SEARCHED_PICTURES = 500  # measured with the search
_COSTS_A_BIT = 8  # stored residual costs count 1/8 bit
_FAR = 2.0  # times the 99.9th percentile of the validation split's MSE is outside the domain


@dataclass(frozen=True)
class Release:
    """A released model file and what its card says."""

    path: Path
    description: dict[str, Any]


def release(training: Training, folder: Path) -> Release:
    """Export the model to ``folder``, measure it on the validation split, write its card.

    Raises ExportError if the exported integers are not what training simulated, FileError if writing fails.
    """
    settings, pictures = training.settings, training.pictures
    arrays, description = released(training.model)
    check_equal(training.model, LossyModel(arrays, description), pictures.validation[:CHECKED_PICTURES])
    arrays["search.curvature"] = curvature(LossyModel(arrays, description), held_in(pictures)[:CURVATURE_PICTURES])
    if settings.with_residual:
        tiles = held_in(pictures)[:RESIDUAL_PICTURES]
        arrays["residual.costs"] = residual_costs(LossyModel(arrays, description), tiles)
    description |= {
        "family": pictures.name,
        "latent_dim": settings.latent_dim,
        "slope": trained_lmbda(training),
        "data": {
            "name": pictures.name,
            "sha256": pictures.sha256,
            "training": len(pictures.training),
            "validation": len(pictures.validation),
        },
        "training": settings.model_dump(mode="json", exclude={*MACHINE, "images", "continues"})
        | {"dataset": pictures.name, "copies": training.copies}  # of a folder, where it lay is nobody's business
        | ({"continues": settings.continues.resolve().parent.name} if settings.continues else {})
        | {"steps": training.step, "target_mse": settings.target, "search_mse": settings.search_target},
        "commit": commit(),
        "licence": LICENCE,
        **stated(Role.COLLECTION, Made(pictures.size, collection=pictures.name)),
    }
    path = folder / f"{pictures.model_name(settings.latent_dim)}.safetensors"
    return settle(path, arrays, description, held_out(pictures))


def settle(path: Path, arrays: Arrays, description: dict[str, Any], pictures: list[Shallow]) -> Release:
    """Write a model file whose λ makes the search meet its target on ``pictures`` held out, and its card.

    What is there stays until all is measured, and is replaced then. Raises FileError if writing fails.
    """
    name = path.stem
    model = load_model(save_model(name, arrays, description))
    lmbda = fitting_lmbda(model, pictures, description["training"]["search_mse"])
    unsearched, errors = _measure(model, pictures, 0, None)
    searched, _ = _measure(model, pictures[:SEARCHED_PICTURES], DEFAULT_EFFORT, lmbda)
    description = description | {
        "slope": lmbda,
        "typical_mse": _FAR * float(np.quantile(errors, 0.999)),
        "validation": [unsearched, searched],
    }
    content = save_model(name, arrays, description)
    write(path.with_suffix(".md"), card(name, description, len(content)).encode())
    write(path, content)
    return Release(path, description)


def trained_lmbda(training: Training) -> int:
    """Return training's lambda (bits for 1.0 of MSE) in the search's units."""
    height, width = training.pictures.size
    lmbda: float = math.exp(training.control.log_lambda) / (height * width * PIXEL_MAX**2) * 2**LMBDA_UNIT_BITS
    return max(1, round(lmbda))


def fitting_lmbda(model: Model, pictures: list[Shallow], target: float) -> int:
    """Find the least λ, by sixteenths of an octave around the model's, with which the default effort meets
    ``target`` on pictures held out; the largest tried where none does.
    """
    pictures = pictures[:: max(1, len(pictures) // LMBDA_PICTURES)][:LMBDA_PICTURES]

    def lmbda(step: int) -> int:
        return max(1, round(model.tiles.lmbda * 2 ** (LMBDA_OCTAVES - step / 16)))

    meets, misses = 0, 32 * LMBDA_OCTAVES
    while misses - meets > 1:
        middle = (meets + misses) // 2
        found = encode(pictures, Plan(_with_lmbda(model, lmbda(middle)), False, DEFAULT_EFFORT), many=True)
        meets, misses = (middle, misses) if found.mse <= target else (meets, middle)
    return lmbda(meets)


def _measure(
    model: Model, pictures: list[Shallow], effort: int, lmbda: int | None
) -> tuple[dict[str, Any], list[float]]:
    """Measure figures of whole containers; the container was decoded to get them."""
    encoded = encode(pictures, Plan(_with_lmbda(model, lmbda), False, effort), many=True)
    count = len(pictures)
    figures = {
        "pictures": count,
        "effort": effort,
        "mse": encoded.mse,
        "bytes": len(encoded.data) / count,
        "payload_bytes": encoded.payload / count,
    }
    return figures, encoded.errors


def _with_lmbda(model: Model, lmbda: int | None) -> Model:
    """Return the same model with another λ of its search, unless that is None."""
    if lmbda is None:
        return model
    codec = copy(model.tiles)
    codec.lmbda = lmbda
    return replace(model, built=codec)


def held_out(pictures: Pictures) -> list[NDArray[np.uint8]]:
    """Return the validation split, each ``[h, w]``."""
    return list(pictures.validation[:, 0].cpu().numpy())


def held_in(pictures: Pictures) -> NDArray[np.uint8]:
    """Return the training split, ``[N, h, w]``."""
    tiles: Tiles = pictures.training[:, 0].cpu().numpy()
    return tiles


def curvature(model: LossyModel, tiles: Tiles) -> Integers32:
    """Measure by how many squared grey levels one step of each latent changes synthesis, the mean over ``tiles``, both
    ways; int32 ``[latents]``.
    """
    symbols = model.analyse(tiles)
    base = model.synthesise(symbols).astype(np.int64)
    found = []
    for latent in range(model.prior.latents):
        squared = 0.0
        for way in (-1, 1):
            moved = symbols.astype(np.int64)
            moved[:, latent] = np.clip(moved[:, latent] + way, -SYMBOL_MAX, SYMBOL_MAX)
            change = model.synthesise(moved.astype(np.int8)) - base
            squared += float(np.square(change).sum()) / (2 * len(tiles))
        found.append(max(1, round(squared)))
    return np.array(found, np.int32)


def residual_costs(model: LossyModel, tiles: Tiles) -> NDArray[np.uint8]:
    """Return the costs of residual symbols in 1/8 bit, uint8 ``[CONTEXTS, 256]``, counted over ``tiles``.

    Each context's counts are smoothed by its base bucket's, and those by a two-sided decay.
    """
    counts = np.zeros((CONTEXTS, PIXEL_MAX + 1))
    for at in range(0, len(tiles), 500):
        part = tiles[at : at + 500]
        contexts, symbols = contexts_and_symbols(part, model.synthesise(model.analyse(part)))
        np.add.at(counts, (contexts.ravel(), symbols.ravel()), 1)
    distance = np.minimum(np.arange(256), 256 - np.arange(256))
    decay = 0.97**distance
    broad = counts.reshape(8, -1, 256).sum(1) + 50 * decay / decay.sum()
    broad /= broad.sum(1, keepdims=True)
    smooth = counts + 20 * np.repeat(broad, CONTEXTS // 8, axis=0) + 0.002
    costs = -np.log2(smooth / smooth.sum(1, keepdims=True))
    rounded: NDArray[np.uint8] = np.clip(np.rint(costs * _COSTS_A_BIT), 0, 255).astype(np.uint8)
    return rounded


def commit() -> str | None:
    """Find the commit of the source that runs, or None if it is no clone."""
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
