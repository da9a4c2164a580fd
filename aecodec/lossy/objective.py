"""The objective of the encoder's search, in exact integers: ``rate + λ * squared error`` of each tile.

Rates leave out the excess of symbols that escape their tables. These are rare on pictures of the model's kind.
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

LMBDA_UNIT_BITS = 20  # λ is in 1/2**20 bit for each squared grey level


@dataclass(frozen=True)
class Evaluated:
    """What is known of ``symbols`` ``[n, latents]``.

    ``objective`` ``[n]`` is in 1/2**20 bit. ``rates`` ``[n, 2 * latents]``, in the same unit, are the changes of a
    latent's own bits by a step: a step down for each latent, then a step up for each. ``error`` ``[n, pixels]`` is in
    grey levels. ``trace`` is that of synthesis.
    """

    symbols: Symbols
    objective: Integers64
    rates: Integers64
    error: Integers64
    trace: Trace


class Objective:
    """The objective for a model's symbols at one λ."""

    def __init__(self, model: LossyModel, lmbda: int) -> None:
        """Take ``model`` and ``lmbda``: how many 1/2**20 bit a squared grey level is worth."""
        self.model, self.lmbda = model, lmbda
        self.most = SYMBOL_MAX // model.step * model.step  # the largest symbol
        self._bend = lmbda * model.step**2 * np.tile(model.curvature, 2).astype(np.float64)

    def evaluate(self, tiles: Tiles, symbols: Symbols) -> Evaluated:
        """Run synthesis and prior on ``symbols`` ``[n, latents]`` of ``tiles`` ``[n, h, w]``."""
        trace = self.model.gradient.forward(symbols.astype(np.float32))
        error = (trace[-1][..., 0].astype(np.int64) - tiles).reshape(len(tiles), -1)
        here, below, above = self.model.prior.costs_around(symbols)
        unit = LMBDA_UNIT_BITS - COST_UNIT_BITS
        objective = (here.sum(1) << unit) + self.lmbda * np.square(error).sum(1)
        rates = np.concatenate([below - here, above - here], axis=1) << unit
        return Evaluated(symbols, objective, rates, error, trace)

    def predict(self, seen: Evaluated, rows: NDArray[np.bool_]) -> Floats64:
        """Return by how much each step would change the objective of ``rows``, about, ``[k, 2 * latents]``.

        The change of the error follows from the gradient of synthesis, and from each latent's typical curvature. The
        change of the rate follows from the latent's own table alone.
        """
        if not rows.any():
            return np.empty((0, seen.rates.shape[1]))
        trace = [each[rows] for each in seen.trace]
        error = seen.error[rows].reshape(trace[-1].shape).astype(np.float64)
        pull = 2 * self.lmbda * self.model.step * self.model.gradient.pull(trace, error)
        change: Floats64 = np.concatenate([-pull, pull], axis=1) + self._bend + seen.rates[rows]
        return change

    def moved(self, symbols: Symbols, steps: Integers) -> Symbols:
        """Return ``symbols`` moved by ``steps``, both ``[n, latents]``, and clipped to their range."""
        after = symbols.astype(np.int16) + steps.astype(np.int16) * self.model.step
        moved: Symbols = np.clip(after, -self.most, self.most).astype(np.int8)
        return moved
