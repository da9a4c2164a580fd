"""The encoder's search: single steps of single symbols against rate and distortion.

For every tile a prediction ranks all steps: the distortion by the gradient of synthesis and each latent's
typical curvature, the rate by the latent's own table. The best untried ones are tried, several at once while
that works and one by one where it does not: synthesis and prior are run, and they are kept if they lower
``rate + slope * squared error``. What decides is exact in integers, and the gradient is the same on every
machine (:mod:`aecodec.exact.gradient`), so all take the same steps and write the same file.
Rates leave out the excess of a symbol that escapes its table, which is rare on pictures of the model's kind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.entropy import COST_UNIT_BITS
from aecodec.exact import Trace
from aecodec.limits import SYMBOL_MAX
from aecodec.lossy.model import LossyModel, Tiles
from aecodec.lossy.prior import Symbols

SEARCH = 2  # counts the changes of what it finds; each golden vector says which search made it
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


@dataclass
class _Candidate:
    """Symbols that were run through synthesis and prior, and what :meth:`_Search._change` needs of that."""

    symbols: Symbols
    objective: NDArray[np.int64]
    trace: Trace
    error: NDArray[np.int64]
    rates: NDArray[np.int64]  # by how much each step changes the latent's own bits, as _State.change


class _Search:
    def __init__(self, model: LossyModel, slope: int) -> None:
        self.model, self.slope = model, slope
        self.most = SYMBOL_MAX // model.step * model.step  # largest symbol
        self.bend = slope * model.step**2 * np.tile(model.curvature, 2).astype(np.float64)

    def run(self, tiles: Tiles, symbols: Symbols, trials: int) -> Symbols:
        """The best symbols found for ``tiles`` after at most ``trials`` candidates for each."""
        first = self._evaluate(tiles, symbols.copy())
        everywhere = np.ones(len(tiles), bool)
        state = _State(first.symbols, first.objective, self._change(first, everywhere))
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
            up = steps[:, latents:].astype(np.int16) - steps[:, :latents]
            candidate = np.clip(state.symbols[rows] + up * self.model.step, -self.most, self.most)
            found = self._evaluate(tiles[rows], candidate.astype(np.int8))
            better = found.objective < state.objective[rows]
            alone = steps.sum(1) == 1
            state.symbols[rows[better]] = found.symbols[better]
            state.objective[rows[better]] = found.objective[better]
            state.change[rows[better]] = self._change(found, better)
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

    def _evaluate(self, tiles: Tiles, symbols: Symbols) -> _Candidate:
        trace = self.model.gradient.forward(symbols.astype(np.float32))
        error = trace[-1][..., 0].astype(np.int64) - tiles
        here, below, above = self.model.prior.costs_around(symbols)
        unit = SLOPE_UNIT_BITS - COST_UNIT_BITS
        objective = (here.sum(1) << unit) + self.slope * np.square(error).reshape(len(tiles), -1).sum(1)
        rates = np.concatenate([below - here, above - here], axis=1) << unit
        return _Candidate(symbols, objective, trace, error, rates)

    def _change(self, candidate: _Candidate, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The predicted change of ``rows``."""
        if not rows.any():
            return np.empty((0, candidate.rates.shape[1]))
        trace = [each[rows] for each in candidate.trace]
        pull = (
            2
            * self.slope
            * self.model.step
            * self.model.gradient.pull(trace, candidate.error[rows][..., None].astype(np.float64))
        )
        change: NDArray[np.float64] = np.concatenate([-pull, pull], axis=1) + self.bend + candidate.rates[rows]
        return change
