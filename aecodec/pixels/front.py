"""The front of coding, step by step: what is known of the next samples, then the samples themselves.

It goes through one picture, or through many of one size.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats32
from aecodec.pixels.grain import Grain
from aecodec.pixels.inputs import MAX_VALUE, UNIT, Known, Surroundings, current_input
from aecodec.pixels.order import ERROR, VALUE, Memory
from aecodec.pixels.regression import EVERY, INPUTS, Regressions

_F = np.float32
_MIDDLE = 128.0  # grey, before anything is known
# First weights: of the pixels to the left and above, and of the same pixel in the colour before.
_NEAREST_WEIGHT, _EARLIER_WEIGHT = 0.3, 0.7
_TRUST = 8 * UNIT  # a sample counts 1, not 2, for the regressions, if its four nearest errors have this sum


class Front:
    """The part of ``count`` pictures of ``size`` (height, width) in ``colours`` that is coded so far.

    For each of the memory's steps the caller first calls :meth:`look`, then :meth:`put`. Lanes run over the rows of
    ``groups``, and in a row over the pictures. Which lanes have a sample differs between colours. Samples are grey
    levels, 0 to 255, unless a ``grain`` says otherwise.
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
        """Clip ``means`` ``[colours, lanes]``, in 1/64 grey level, to the range of samples, in place."""
        low, high = (_F(0), _F(MAX_VALUE)) if self._grain is None else self._grain.bounds(means.shape[1])
        np.maximum(means, low, out=means)
        np.minimum(means, high, out=means)

    def put(self, step: int, values: Floats32) -> None:
        """Put the samples of ``step``, ``[colours, lanes]``. Values in lanes without a sample do not matter."""
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
        """The memory of the samples so far."""
        return self._memory

    @property
    def groups(self) -> range:
        """The groups of rows that have lanes now."""
        return self._regressions.groups
