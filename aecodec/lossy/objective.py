"""What the encoder's search lowers, in exact integers: ``rate + λ * squared error`` of each tile.

Rates leave out the excess of a symbol that escapes its table, which is rare on pictures of the model's kind.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats64, Integers, Integers64, Symbols, Tiles
from aecodec.entropy import COST_UNIT_BITS
from aecodec.exact import Trace
from aecodec.frozen import dataclass
from aecodec.limits import SYMBOL_MAX
from aecodec.lossy.model import LossyModel

LMBDA_UNIT_BITS = 20  # λ counts 1/2**20 bit for each squared grey level


@dataclass(frozen=True)
class Evaluated:
    """Symbols ``[n, latents]`` and, in 1/2**20 bit, their ``objective`` ``[n]``; by how much each step changes the
    latent's own ``rates`` ``[n, 2 * latents]``, one down for every latent, then one up; ``error`` ``[n, pixels]`` in
    grey levels; and the trace of synthesis.
    """

    symbols: Symbols
    objective: Integers64
    rates: Integers64
    error: Integers64
    trace: Trace


class Objective:
    """Of a model's symbols at one λ."""

    def __init__(self, model: LossyModel, lmbda: int) -> None:
        """Take ``lmbda``: what a squared grey level is worth, in 1/2**20 bit."""
        self.model, self.lmbda = model, lmbda
        self.most = SYMBOL_MAX // model.step * model.step  # largest symbol
        self._bend = lmbda * model.step**2 * np.tile(model.curvature, 2).astype(np.float64)

    def evaluate(self, tiles: Tiles, symbols: Symbols) -> Evaluated:
        """Run synthesis and prior."""
        trace = self.model.gradient.forward(symbols.astype(np.float32))
        error = (trace[-1][..., 0].astype(np.int64) - tiles).reshape(len(tiles), -1)
        here, below, above = self.model.prior.costs_around(symbols)
        unit = LMBDA_UNIT_BITS - COST_UNIT_BITS
        objective = (here.sum(1) << unit) + self.lmbda * np.square(error).sum(1)
        rates = np.concatenate([below - here, above - here], axis=1) << unit
        return Evaluated(symbols, objective, rates, error, trace)

    def predict(self, seen: Evaluated, rows: NDArray[np.bool_]) -> Floats64:
        """Return by how much each step would change the objective of ``rows``, ``[n, 2 * latents]``: the distortion
        by the gradient of synthesis and each latent's typical curvature, the rate by the latent's own table.
        """
        if not rows.any():
            return np.empty((0, seen.rates.shape[1]))
        trace = [each[rows] for each in seen.trace]
        error = seen.error[rows].reshape(trace[-1].shape).astype(np.float64)
        pull = 2 * self.lmbda * self.model.step * self.model.gradient.pull(trace, error)
        change: Floats64 = np.concatenate([-pull, pull], axis=1) + self._bend + seen.rates[rows]
        return change

    def moved(self, symbols: Symbols, steps: Integers) -> Symbols:
        """Return ``symbols`` after ``steps`` ``[n, latents]``, within their range."""
        after = symbols.astype(np.int16) + steps.astype(np.int16) * self.model.step
        moved: Symbols = np.clip(after, -self.most, self.most).astype(np.int8)
        return moved
