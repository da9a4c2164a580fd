"""One picture, or many of one size, step by step: what is known of the next samples, and then what they are."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats32
from aecodec.pixels.grain import Grain
from aecodec.pixels.inputs import MAX_VALUE, UNIT, Known, Surroundings, current_input
from aecodec.pixels.order import ERROR, VALUE, Memory
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

    Use is in turns: :meth:`look`, then :meth:`put`, for each of the memory's steps. Lanes run over the rows of
    ``groups``, then pictures; which of them have a sample differs between colours. Samples are grey levels, 0 to 255,
    or have a ``grain``.
    """

    def __init__(self, colours: int, count: int, size: tuple[int, int], grain: Grain | None = None) -> None:
        self._grain = grain
        self._memory = Memory(colours, count, size, (_MIDDLE, 0.0))
        self._surroundings = Surroundings(self._memory)
        begin = np.zeros((colours, INPUTS))
        begin[:, :2] = _NEAREST_WEIGHT
        for colour in range(1, colours):
            begin[colour, current_input(colour)] = _EARLIER_WEIGHT
        self._regressions = Regressions(count, begin.tolist())

    def look(self, step: int) -> Known:
        """Return what is known of the samples of ``step``."""
        memory, regressions = self._memory, self._regressions
        memory.begin(step)
        if step % EVERY == 0:
            regressions.advance(memory.groups(step, EVERY))
        view = self._surroundings.look(step, regressions.groups)
        prediction = np.rint((view.mean + regressions.predict(view.regressed)) * _F(UNIT))
        self.hold(prediction)
        self._view, self._prediction = view, prediction
        return view.known(prediction, None if self._grain is None else self._grain.brightness)

    def hold(self, means: Floats32) -> None:
        """Hold ``means`` ``[colours, lanes]``, in 1/64 grey level, within what samples may be, in place."""
        low, high = (_F(0), _F(MAX_VALUE)) if self._grain is None else self._grain.bounds(means.shape[1])
        np.maximum(means, low, out=means)
        np.minimum(means, high, out=means)

    def put(self, step: int, values: Floats32) -> None:
        """Put the samples of ``step``, ``[colours, lanes]``; what lies in other lanes does not matter."""
        view, regressions = self._view, self._regressions
        found = np.empty((2, *values.shape), _F)
        found[VALUE] = values
        np.subtract(values * _F(UNIT), self._prediction, out=found[ERROR])
        if self._grain is not None:
            np.maximum(found[ERROR], -MAX_VALUE, out=found[ERROR])
            np.minimum(found[ERROR], MAX_VALUE, out=found[ERROR])
        self._memory.put(step, regressions.groups, found)
        trust = np.zeros(values.shape, _F)
        doubt = view.doubt() + _F(_TRUST)
        for colour, lanes in enumerate(self._memory.lanes(step, regressions.groups)):
            np.divide(_F(2 * _TRUST), doubt[colour, lanes], out=trust[colour, lanes])
        regressions.note(step, view.regressed, trust, values - view.mean)

    @property
    def memory(self) -> Memory:
        """What is known of the samples so far."""
        return self._memory

    @property
    def groups(self) -> range:
        """The groups of rows whose lanes there are now."""
        return self._regressions.groups
