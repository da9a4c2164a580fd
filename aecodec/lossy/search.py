"""The encoder's search: coordinate descent on the symbols against rate and distortion.

Each sweep tries every latent of every tile one step down and one step up, and keeps
what lowers ``rate + slope * squared error`` of that tile. Rate and distortion are integers, so
every machine takes the same steps and writes the same file.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.entropy import COST_UNIT_BITS
from aecodec.limits import SYMBOL_MAX
from aecodec.lossy.model import LossyModel, Tiles
from aecodec.lossy.prior import Symbols

SLOPE_UNIT_BITS = 20  # slopes count 1/2**20 bit for each squared grey level
BATCH = 128  # tiles searched together
MAX_EFFORT = 9


def refine(model: LossyModel, tiles: Tiles, symbols: Symbols, slope: int, sweeps: int) -> Symbols:
    """Better symbols for ``tiles``, after at most ``sweeps`` sweeps; ``sweeps`` 0 changes nothing.

    ``slope`` is what a squared grey level is worth, in 1/2**20 bit. Tiles do not influence
    one another, so the result does not depend on how they are batched.
    """
    if sweeps == 0 or not len(tiles):
        return symbols
    parts = [slice(at, at + BATCH) for at in range(0, len(tiles), BATCH)]
    return np.concatenate([_refine_batch(model, tiles[p], symbols[p].copy(), slope, sweeps) for p in parts])


def _refine_batch(model: LossyModel, tiles: Tiles, symbols: Symbols, slope: int, sweeps: int) -> Symbols:
    best = _objective(model, tiles, symbols, slope)
    moving = np.arange(len(tiles))  # tiles that the last sweep still changed
    for _ in range(sweeps):
        moved = np.zeros(len(tiles), bool)
        for latent in range(symbols.shape[1] - 1, -1, -1):
            moved[moving] |= _try_steps(model, tiles, symbols, best, slope, latent, moving)
        moving = np.flatnonzero(moved)
        if not len(moving):
            break
    return symbols


def _try_steps(
    model: LossyModel,
    tiles: Tiles,
    symbols: Symbols,
    best: NDArray[np.int64],
    slope: int,
    latent: int,
    moving: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Try one step either way in ``latent`` for the tiles ``moving``; True where one was taken."""
    candidates = np.concatenate([symbols[moving], symbols[moving]])
    middle = len(moving)
    candidates[:middle, latent] = np.maximum(candidates[:middle, latent], 1 - SYMBOL_MAX) - 1
    candidates[middle:, latent] = np.minimum(candidates[middle:, latent], SYMBOL_MAX - 1) + 1
    pair = np.concatenate([tiles[moving], tiles[moving]])
    found = _objective(model, pair, candidates, slope).reshape(2, middle)
    up = found[1] < found[0]
    value = np.where(up, found[1], found[0])
    better: NDArray[np.bool_] = value < best[moving]
    chosen = moving[better]
    symbols[chosen] = candidates[np.where(up, middle, 0) + np.arange(middle)][better]
    best[chosen] = value[better]
    return better


def _objective(model: LossyModel, tiles: Tiles, symbols: Symbols, slope: int) -> NDArray[np.int64]:
    error = model.synthesise(symbols).astype(np.int64) - tiles
    distortion = np.square(error).sum((1, 2))
    rate = model.prior.costs(symbols).sum(1)
    objective: NDArray[np.int64] = (rate << (SLOPE_UNIT_BITS - COST_UNIT_BITS)) + slope * distortion
    return objective
