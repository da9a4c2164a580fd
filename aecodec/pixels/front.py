"""One picture, or many of one size, step by step: what is known of the next samples, and then what they are."""

from __future__ import annotations

import numpy as np

from aecodec.pixels.inputs import MAX_VALUE, UNIT, Floats, Known, Surroundings, current_input
from aecodec.pixels.order import DELAY, ERROR, GROUP_ROWS, LAG, VALUE, Memory
from aecodec.pixels.regression import EVERY, INPUTS, Regressions

_F = np.float32
_MIDDLE = 128.0  # grey, before anything is known
_NEAREST_WEIGHT, _EARLIER_WEIGHT = (
    0.3,
    0.7,
)  # of the pixels at the left and above, and of the colour before at the place
_TRUST = 8 * UNIT  # errors of so much, four together, make a sample count half


class Front:
    """``count`` pictures of ``size`` (height, width) in ``colours``, as far as they are coded.

    Use is in turns: :meth:`look`, then :meth:`put`, for each of ``steps``. Lanes run over the rows at work, then
    pictures; which of them have a sample differs between colours (:meth:`lanes`).
    """

    def __init__(self, colours: int, count: int, size: tuple[int, int]) -> None:
        self.colours = colours
        self._memory = Memory(colours, count, size, (_MIDDLE, 0.0))
        self._surroundings = Surroundings(self._memory)
        begin = np.zeros((colours, INPUTS))
        begin[:, :2] = _NEAREST_WEIGHT
        for colour in range(1, colours):
            begin[colour, current_input(colour)] = _EARLIER_WEIGHT
        self._regressions = Regressions(count, begin.tolist())
        self.steps = self._memory.steps

    def look(self, step: int) -> Known:
        """What is known of the samples of ``step``."""
        memory, regressions = self._memory, self._regressions
        memory.begin(step)
        if step % EVERY == 0:
            regressions.advance(memory.groups(step, EVERY))
        view = self._surroundings.look(step, regressions.groups)
        prediction = np.rint((view.mean + regressions.predict(view.regressed)) * _F(UNIT))
        np.maximum(prediction, 0, out=prediction)
        np.minimum(prediction, MAX_VALUE, out=prediction)
        self._view, self._prediction = view, prediction
        return view.known(prediction)

    def put(self, step: int, values: Floats) -> None:
        """The samples of ``step``, ``[colours, lanes]``; what lies in other lanes does not matter."""
        view, regressions = self._view, self._regressions
        found = np.empty((2, *values.shape), _F)
        found[VALUE] = values
        np.subtract(values * _F(UNIT), self._prediction, out=found[ERROR])
        self._memory.put(step, regressions.groups, found)
        trust = np.zeros(values.shape, _F)
        doubt = view.doubt() + _F(_TRUST)
        for colour, lanes in enumerate(self.lanes(step)):
            np.divide(_F(2 * _TRUST), doubt[colour, lanes], out=trust[colour, lanes])
        regressions.note(step, view.regressed, trust, values - view.mean)

    @property
    def width(self) -> int:
        """How many lanes there are now."""
        return GROUP_ROWS * len(self._regressions.groups) * self._memory.count

    def lanes(self, step: int) -> list[slice]:
        """Which lanes have a sample, for each colour."""
        first, count = GROUP_ROWS * self._regressions.groups.start, self._memory.count
        rows = (self._memory.rows(step, colour) for colour in range(self.colours))
        return [slice((start - first) * count, (end - first) * count) for start, end in rows]

    def samples(self, step: int) -> list[slice]:
        """Which pixels of a picture, counted row by row, have a sample, for each colour."""
        found = []
        for colour in range(self.colours):
            first, end = self._memory.rows(step, colour)
            stride = max(1, self._memory.width - LAG)  # of narrow pictures at most one row has a sample
            start = step - DELAY * colour + first * (self._memory.width - LAG)
            found.append(slice(start, start + (end - first) * stride, stride))
        return found
