"""Descent by ranked steps. The best untried steps are tried: several at once while that helps, else one by one.

A step moves one latent of a tile up or down by one symbol.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats64, Indices, Integers64, Symbols, Tiles
from aecodec.frozen import dataclass
from aecodec.lossy.objective import Objective

MOST_STEPS = 32  # in one candidate


@dataclass
class _State:
    """Symbols ``[n, latents]``, their objective ``[n]``, and how each step would change it, ``[n, 2 * latents]``."""

    symbols: Symbols
    objective: Integers64
    change: Floats64


def descend(objective: Objective, tiles: Tiles, symbols: Symbols, trials: int) -> Symbols:
    """Return the best symbols found for ``tiles`` ``[n, h, w]``, starting from ``symbols`` ``[n, latents]``.

    At most ``trials`` candidates are tried for each tile.
    """
    first = objective.evaluate(tiles, symbols.copy())
    everywhere = np.ones(len(tiles), bool)
    state = _State(first.symbols, first.objective, objective.predict(first, everywhere))
    latents = symbols.shape[1]
    tried = np.zeros(state.change.shape, bool)
    improved = np.zeros(len(tiles), bool)  # whether the tile improved since all its steps were last tried
    rows = np.arange(len(tiles))  # tiles that may still improve
    at_once = np.full(len(tiles), MOST_STEPS)  # steps in each tile's next candidate
    for _ in range(trials):
        out, again = tried[rows].all(1), improved[rows]
        tried[rows[out & again]] = improved[rows[out & again]] = False
        rows = rows[~out | again]
        if not len(rows):
            break
        steps = _best_steps(np.where(tried[rows], np.inf, state.change[rows]), at_once[rows])
        up = steps[:, latents:].astype(np.int16) - steps[:, :latents]
        found = objective.evaluate(tiles[rows], objective.moved(state.symbols[rows], up))
        better = found.objective < state.objective[rows]
        alone = steps.sum(1) == 1
        state.symbols[rows[better]] = found.symbols[better]
        state.objective[rows[better]] = found.objective[better]
        state.change[rows[better]] = objective.predict(found, better)
        improved[rows[better]] = True
        # A single step that failed is not tried again. Nor is the reverse of a single step that helped.
        tried[rows[alone & ~better]] |= steps[alone & ~better]
        tried[rows[alone & better]] |= np.roll(steps[alone & better], latents, axis=1)
        at_once[rows] = np.clip(np.where(better, 2 * at_once[rows], steps.sum(1) // 2), 1, MOST_STEPS)
    return state.symbols


def _best_steps(change: Floats64, at_once: Indices) -> NDArray[np.bool_]:
    """Return which steps to try, ``[n, 2 * latents]``: up to ``at_once`` that promise to help, but always the best."""
    order = np.argsort(change, axis=1, kind="stable")[:, :MOST_STEPS]
    promising = np.take_along_axis(change, order, 1) < 0
    promising[:, 0] = True
    promising &= np.arange(order.shape[1]) < at_once[:, None]
    steps = np.zeros(change.shape, bool)
    np.put_along_axis(steps, order, promising, 1)
    return steps
