"""The encoder's search for symbols with a lower ``rate + slope * squared error``.

First a descent by ranked steps (:mod:`aecodec.lossy.descent`), which soon has found what such steps can find, then
rounds of chains (:mod:`aecodec.lossy.chains`). What decides is exact in integers, and what ranks is the same on every
machine, so all take the same steps and write the same file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from aecodec.lossy.chains import Round, chain
from aecodec.lossy.descent import descend
from aecodec.lossy.model import LossyModel, Tiles
from aecodec.lossy.objective import Objective
from aecodec.lossy.prior import Symbols

SEARCH = 3  # counts the changes of what it finds; each golden vector says which search made it
BATCH = 128  # tiles searched together, at most
MOST_NUMBERS = 1 << 23  # of a batch's differences, and of their products, in float64


@dataclass(frozen=True)
class Effort:
    """``trials`` of the first descent, trials of the descent ``again`` after each round of chains, and at most so
    many ``rounds`` of this ``extent``.
    """

    trials: int
    again: int = 0
    rounds: int = 0
    extent: Round | None = None


EFFORTS = (
    Effort(0),
    Effort(8),
    Effort(32),
    Effort(16, 8, 1, Round(64, 16, 16)),
    Effort(32, 8, 2, Round(64, 16, 24)),
    Effort(32, 8, 4, Round(64, 32, 32)),
    Effort(32, 8, 8, Round(128, 32, 48)),
    Effort(64, 16, 16, Round(256, 64, 64)),
    Effort(64, 16, 32, Round(512, 64, 128)),
    Effort(256, 2048, 64, Round(1024, 128, 256)),
)
MAX_EFFORT = len(EFFORTS) - 1


def refine(model: LossyModel, tiles: Tiles, symbols: Symbols, slope: int, effort: int) -> Symbols:
    """Better symbols for ``tiles`` ``[n, h, w]``, as far as ``EFFORTS[effort]`` goes.

    ``slope`` is what a squared grey level is worth, in 1/2**20 bit. Tiles do not influence
    one another, so the result does not depend on how they are batched.
    """
    if not effort or not len(tiles):
        return symbols
    objective, (how, batch) = Objective(model, slope), _within_memory(EFFORTS[effort], model)
    parts = [slice(at, at + batch) for at in range(0, len(tiles), batch)]
    return np.concatenate([_search(objective, tiles[part], symbols[part], how) for part in parts])


def _within_memory(effort: Effort, model: LossyModel) -> tuple[Effort, int]:
    """The effort with differences of no more latents than there are and fit, and how many tiles that leaves a batch."""
    if effort.extent is None:
        return effort, BATCH
    area = math.prod(model.tile)
    latents = min(effort.extent.latents, model.prior.latents, max(1, MOST_NUMBERS // area))
    extent = replace(effort.extent, latents=latents)
    return replace(effort, extent=extent), max(1, min(BATCH, MOST_NUMBERS // (latents * max(latents, area))))


def _search(objective: Objective, tiles: Tiles, symbols: Symbols, effort: Effort) -> Symbols:
    symbols = descend(objective, tiles, symbols, effort.trials)
    rows = np.arange(len(tiles))  # tiles that chains still help
    for _ in range(effort.rounds):
        if effort.extent is None or not len(rows):
            break
        found, improved = chain(objective, tiles[rows], symbols[rows], effort.extent)
        rows, found = rows[improved], found[improved]
        symbols[rows] = descend(objective, tiles[rows], found, effort.again) if len(rows) else found
    return symbols
