"""Deep samples the quick way, without a model: the prediction for 8 bits, and widths in proportion to liveliness.

Liveliness is how much the surroundings of a sample vary; see :mod:`aecodec.pixels.quick`.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats32
from aecodec.entropy.tables import COST_UNIT_BITS, log2_fixed
from aecodec.pixels.deep.bins import DeepExpected, expected
from aecodec.pixels.deep.calibration import Calibration
from aecodec.pixels.grain import Grain
from aecodec.pixels.inputs import UNIT, UNIT_BITS
from aecodec.pixels.quick import QuickWalk

_F = np.float32
_WIDTH = -200  # 64 log2 of the expected width over the liveliness
_TAILS = 1  # class of tails


class DeepQuickWalk:
    """A :class:`aecodec.pixels.deep.coder.DeepWalk` by a fixed prediction."""

    def __init__(self, colours: int, grain: Grain, size: tuple[int, int]) -> None:
        self._grain, self._inner = grain, _Predictor(colours, grain, size)
        self.memory = self._inner.memory
        self._calibration = Calibration(self.memory)

    @property
    def groups(self) -> range:
        """See DeepWalk."""
        return self._inner.groups

    def expect(self, step: int) -> DeepExpected:
        """See DeepWalk."""
        prediction, lively = self._inner.look(step)
        mean, spread = ((each * _F(UNIT)).astype(np.int64) for each in (prediction, lively))
        log_spread = (log2_fixed(spread + UNIT) >> (COST_UNIT_BITS - UNIT_BITS)) - (UNIT_BITS << UNIT_BITS)
        _, width = self._calibration.correct(log_spread, mean, mean, log_spread + _WIDTH)
        return expected(self._grain.spread(width.shape[1]), mean, width, np.full(width.shape, _TAILS))

    def put(self, step: int, greys: Floats32) -> None:
        """See DeepWalk."""
        self._calibration.learn(greys, self.memory.lanes(step, self.groups))
        self._inner.put(step, greys)


class _Predictor(QuickWalk):
    """Predicts grey levels, of which there may be more than 256."""

    def __init__(self, colours: int, grain: Grain, size: tuple[int, int]) -> None:
        super().__init__(colours, grain.pictures, size)
        self._grain = grain

    def hold(self, predictions: Floats32) -> None:
        """Clip predictions to the range of samples, in place."""
        low, high = self._grain.bounds(predictions.shape[1])
        np.maximum(predictions, low * _F(1 / UNIT), out=predictions)
        np.minimum(predictions, high * _F(1 / UNIT), out=predictions)
