"""The encoder's search for symbols with a lower ``rate + λ * squared error``.

A descent by ranked steps comes first (:mod:`aecodec.lossy.descent`). It soon finds what such steps can find. Then come
rounds of chains of steps (:mod:`aecodec.lossy.step_chains`). Exact integers decide which symbols are better, and the
ranks of steps are the same on every machine. So all machines take the same steps and write the same file.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from aecodec.arrays import Symbols, Tiles
from aecodec.frozen import dataclass
from aecodec.lossy.descent import descend
from aecodec.lossy.model import LossyModel
from aecodec.lossy.objective import Objective
from aecodec.lossy.step_chains import Round, chain

SEARCH = 3  # the search's version: a change of its results raises it, and golden vectors say which one made them
BATCH = 128  # the most tiles that are searched together
MOST_NUMBERS = 1 << 23  # the most numbers (float64) of a batch's differences, and of their products
NARROW = Round(1, 1, 1)


@dataclass(frozen=True)
class Stage:
    """A descent of ``trials`` candidates, then at most ``rounds`` rounds of chains, with a short descent after each."""

    trials: int
    rounds: int = 0
    extent: Round = NARROW


AGAIN = 8  # trials of a descent after chains
FARTHER = (
    Stage(16, 1, Round(64, 16, 16)),
    Stage(0, 1, Round(64, 16, 24)),
    Stage(0, 2, Round(64, 32, 32)),
    Stage(0, 4, Round(128, 32, 48)),
    Stage(0, 8, Round(256, 64, 64)),
    Stage(0, 16, Round(512, 64, 128)),
    Stage(0, 32, Round(1024, 128, 256)),
)
# The stages of each effort. Each stage goes on where the one before it ended.
EFFORTS: tuple[tuple[Stage, ...], ...] = (
    (),
    (Stage(8),),
    (Stage(16),),
    *(FARTHER[:stages] for stages in range(1, len(FARTHER))),
    (*FARTHER, Stage(2048)),
)


def refine(model: LossyModel, tiles: Tiles, symbols: Symbols, lmbda: int, effort: int) -> Symbols:
    """Find better symbols for ``tiles`` ``[n, h, w]``, as far as ``EFFORTS[effort]`` goes.

    ``symbols`` are int8 ``[n, latents]``. ``lmbda`` is what a squared grey level is worth, in 1/2**20 bit. Tiles do not
    influence one another, so the result does not depend on batches.
    """
    if not effort or not len(tiles):
        return symbols
    objective = Objective(model, lmbda)
    stages = [_within_memory(stage, model) for stage in EFFORTS[effort]]
    batch = min(_batch(stage, model) for stage in stages)
    parts = [slice(at, at + batch) for at in range(0, len(tiles), batch)]
    return np.concatenate([_search(objective, tiles[part], symbols[part], stages) for part in parts])


def _within_memory(stage: Stage, model: LossyModel) -> Stage:
    """Return the stage with differences of fewer latents: as many as there are, and as fit in memory for one tile."""
    most = max(1, MOST_NUMBERS // math.prod(model.tile))
    latents = min(stage.extent.latents, model.prior.latents, most)
    return replace(stage, extent=replace(stage.extent, latents=latents))


def _batch(stage: Stage, model: LossyModel) -> int:
    """Return how many tiles fit in memory with their differences."""
    latents = stage.extent.latents
    return max(1, min(BATCH, MOST_NUMBERS // (latents * max(latents, math.prod(model.tile)))))


def _search(objective: Objective, tiles: Tiles, symbols: Symbols, stages: list[Stage]) -> Symbols:
    for stage in stages:
        if stage.trials:
            symbols = descend(objective, tiles, symbols, stage.trials)
        rows = np.arange(len(tiles))  # tiles that these chains still help
        for _ in range(stage.rounds):
            if not len(rows):
                break
            found, improved = chain(objective, tiles[rows], symbols[rows], stage.extent)
            rows, found = rows[improved], found[improved]
            symbols[rows] = descend(objective, tiles[rows], found, AGAIN) if len(rows) else found
    return symbols
