"""The encoder's search: single steps of single symbols against rate and distortion.

For every tile a cheap prediction ranks all steps: the distortion through the linear part of
synthesis, the rate by the latent's own table. The best untried ones are tried, several at once while that
works and one by one where it does not: synthesis and prior are run, and they are kept if they lower
``rate + slope * squared error``. What decides is exact in integers, and the prediction is exact in float64
(integers times powers of two), so every machine takes the same steps and writes the same file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.entropy import COST_UNIT_BITS
from aecodec.limits import SYMBOL_MAX
from aecodec.lossy.model import LossyModel, Tiles
from aecodec.lossy.prior import Symbols

SLOPE_UNIT_BITS = 20  # slopes count 1/2**20 bit for each squared grey level
BATCH = 128  # tiles searched together
TRIALS = (0, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)  # candidates tried for a tile, by effort
MOST_STEPS = 32  # in one candidate
MAX_EFFORT = len(TRIALS) - 1


def refine(model: LossyModel, tiles: Tiles, symbols: Symbols, slope: int, effort: int) -> Symbols:
    """Better symbols for ``tiles`` ``[n, h, w]``, after ``TRIALS[effort]`` candidates tried for each.

    ``slope`` is what a squared grey level is worth, in 1/2**20 bit. Tiles do not influence
    one another, so the result does not depend on how they are batched.
    """
    if not effort or not len(tiles):
        return symbols
    search = _Search(model, slope)
    parts = [slice(at, at + BATCH) for at in range(0, len(tiles), BATCH)]
    return np.concatenate([search.run(tiles[part], symbols[part], TRIALS[effort]) for part in parts])


@dataclass
class _State:
    """Symbols ``[n, latents]``, their objective ``[n]`` in 1/2**20 bit, and the predicted change by
    each step ``[n, 2 * latents]``: one down for every latent, then one up.
    """

    symbols: Symbols
    objective: NDArray[np.int64]
    change: NDArray[np.float64]

    def put(self, rows: NDArray[np.intp], other: _State, chosen: NDArray[np.bool_]) -> None:
        """Replace ``rows`` by the ``chosen`` of another state."""
        self.symbols[rows] = other.symbols[chosen]
        self.objective[rows] = other.objective[chosen]
        self.change[rows] = other.change[chosen]


class _Search:
    def __init__(self, model: LossyModel, slope: int) -> None:
        self.model, self.slope = model, slope
        self.linear = model.linear_synthesis()  # [latents, pixels], grey levels a step
        self.energy = np.square(self.linear).sum(1)

    def run(self, tiles: Tiles, symbols: Symbols, trials: int) -> Symbols:
        """The best symbols found for ``tiles`` after at most ``trials`` candidates for each."""
        state = self._evaluate(tiles, symbols.copy())
        latents = symbols.shape[1]
        tried = np.zeros(state.change.shape, bool)
        improved = np.zeros(len(tiles), bool)  # since the tile's steps were last tried out
        rows = np.arange(len(tiles))  # tiles that may still improve
        at_once = np.full(len(tiles), MOST_STEPS)  # steps in a tile's next candidate
        for _ in range(trials):
            out = rows[tried[rows].all(1)]
            again = out[improved[out]]
            tried[again] = improved[again] = False
            rows = np.setdiff1d(rows, out[~np.isin(out, again)])
            if not len(rows):
                break
            steps = self._best_steps(np.where(tried[rows], np.inf, state.change[rows]), at_once[rows])
            step = steps[:, latents:].astype(np.int8) - steps[:, :latents]
            candidate = np.clip(state.symbols[rows].astype(np.int16) + step, -SYMBOL_MAX, SYMBOL_MAX)
            found = self._evaluate(tiles[rows], candidate.astype(np.int8))
            better = found.objective < state.objective[rows]
            alone = steps.sum(1) == 1
            state.put(rows[better], found, better)
            improved[rows[better]] = True
            # A single step that failed is not tried again, nor is the way back from one that did not.
            tried[rows[alone & ~better]] |= steps[alone & ~better]
            tried[rows[alone & better]] |= np.roll(steps[alone & better], latents, axis=1)
            at_once[rows] = np.clip(np.where(better, 2 * at_once[rows], steps.sum(1) // 2), 1, MOST_STEPS)
        return state.symbols

    @staticmethod
    def _best_steps(change: NDArray[np.float64], at_once: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which steps to try, ``[n, 2 * latents]``: up to ``at_once`` that promise to help, at least the best."""
        order = np.argsort(change, axis=1, kind="stable")[:, :MOST_STEPS]
        promising = np.take_along_axis(change, order, 1) < 0
        promising[:, 0] = True
        promising &= np.arange(order.shape[1]) < at_once[:, None]
        steps = np.zeros(change.shape, bool)
        np.put_along_axis(steps, order, promising, 1)
        return steps

    def _evaluate(self, tiles: Tiles, symbols: Symbols) -> _State:
        error = self.model.synthesise(symbols).astype(np.int64) - tiles
        flat = error.reshape(len(tiles), -1)
        rate, below, above = self.model.prior.costs_around(symbols)
        unit = SLOPE_UNIT_BITS - COST_UNIT_BITS
        objective = (rate.sum(1) << unit) + self.slope * np.square(flat).sum(1)
        pull = 2 * (flat.astype(np.float64) @ self.linear.T)
        steps = np.concatenate([self.energy - pull, self.energy + pull], axis=1)
        rates = np.concatenate([below - rate, above - rate], axis=1)
        return _State(symbols, objective, self.slope * steps + (rates << unit))
