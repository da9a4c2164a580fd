"""The quick way, without a model: a fixed prediction, and tables chosen by how lively the surroundings are.

Green is predicted by the median edge detector of LOCO-I (Weinberger et al. 2000). For red and blue their differences
from green are predicted so; the green of the same pixel is known. All is in integers.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats32
from aecodec.pixels.order import ERROR, VALUE, Memory, Offset
from aecodec.pixels.tables import GREYS, Expected, first_table

_F = np.float32
_NEAR = ((0, -1), (-1, 0), (-1, -1), (-1, 1))  # left, above, above left, above right
_ERRORS = ((0, -1), (-1, 0))
_EDGES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192)  # of the classes of liveliness
_MOST = 5 * 510
_LIVELY = np.searchsorted(np.array(_EDGES), np.arange(_MOST + 1), side="right")
# For each colour and class of liveliness, the classes of scale and of tail of its table. They were the best for 150
# photographs and 300 drawings.
_SCALES = np.array(
    [
        [2, 8, 12, 15, 17, 19, 21, 24, 27, 29, 32, 27, 29, 31, 33, 36],
        [2, 8, 13, 7, 10, 10, 20, 15, 25, 20, 24, 26, 29, 31, 33, 35],
        [2, 8, 13, 14, 10, 18, 20, 23, 18, 20, 23, 25, 27, 31, 33, 35],
    ]
)
_TAILS = np.array(
    [
        [0, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 5, 5, 5, 5, 5],
        [0, 2, 1, 5, 4, 5, 1, 5, 1, 5, 4, 4, 4, 4, 4, 5],
        [0, 2, 1, 1, 4, 1, 1, 1, 5, 5, 5, 5, 5, 4, 4, 5],
    ]
)
_PHASE = np.zeros((), np.int64)


class QuickWalk:
    """A :class:`aecodec.pixels.coder.Walk` by a fixed prediction."""

    def __init__(self, colours: int, count: int, size: tuple[int, int]) -> None:
        self.memory, self.groups = Memory(colours, count, size, (128.0, 0.0)), range(0)
        every = range(colours)
        offsets = [Offset(VALUE, colour, colour, *place) for place in _NEAR for colour in every]
        offsets += [Offset(ERROR, colour, colour, *place) for place in _ERRORS for colour in every]
        offsets += [Offset(VALUE, 0, colour, *place) for place in (*_NEAR, (0, 0)) for colour in every[1:]]
        self._places, self._prediction = self.memory.places(offsets), np.zeros((colours, 0), _F)

    def expect(self, step: int) -> Expected:
        """See Walk."""
        prediction, lively = self.look(step)
        level = _LIVELY.take(lively.astype(np.intp))
        colours = np.arange(self.memory.colours)[:, None]
        table = first_table(_SCALES[colours, level], _TAILS[colours, level], _PHASE)
        return Expected(prediction.astype(np.int64), table)

    def look(self, step: int) -> tuple[Floats32, Floats32]:
        """Return predictions and liveliness of the samples of ``step``, ``[colours, lanes]``."""
        memory = self.memory
        memory.begin(step)
        self.groups = memory.groups(step, 1)
        prediction, lively = self.predict(memory.look(step, self.groups, self._places))
        self._prediction = prediction
        return prediction, lively

    def predict(self, found: Floats32) -> tuple[Floats32, Floats32]:
        """Return predictions and liveliness, ``[colours, lanes]``, from what was ``found`` at the walk's places.

        Liveliness is the sum of three absolute differences between neighbours, and of the absolute errors to the left
        and above.
        """
        colours = self.memory.colours
        near, errors = found[: len(_NEAR) * colours], found[len(_NEAR) * colours :][: len(_ERRORS) * colours]
        near, errors = near.reshape(len(_NEAR), colours, -1), np.abs(errors).reshape(len(_ERRORS), colours, -1)
        if colours > 1:
            green = found[(len(_NEAR) + len(_ERRORS)) * colours :].reshape(len(_NEAR) + 1, colours - 1, -1)
            near[:, 1:] -= green[:-1]
        left, above, corner, right = near
        low, high = np.minimum(left, above), np.maximum(left, above)
        prediction = np.maximum(low, np.minimum(high, left + above - corner))
        lively = np.abs(left - corner) + np.abs(above - corner) + np.abs(right - above) + errors[0] + errors[1]
        if colours > 1:
            prediction[1:] += green[-1]
            self.hold(prediction)
        return prediction, lively

    def hold(self, predictions: Floats32) -> None:
        """Clip predictions ``[colours, lanes]`` to the range of samples, in place."""
        np.maximum(predictions, 0, out=predictions)
        np.minimum(predictions, GREYS - 1, out=predictions)

    def put(self, step: int, values: Floats32) -> None:
        """See Walk."""
        self.memory.put(step, self.groups, np.stack([values, values - self._prediction]))
