"""The order in which samples are coded, and what is remembered of those before.

At step t colour k of row y is coded at pixel x = t - DELAY k - LAG y: a row is LAG pixels behind the one above, and a
colour DELAY pixels behind the one before. So all rows and colours go at once, and a later colour sees an earlier one
on all sides of the pixel. Pictures of one size go together, too.

What is remembered is a ring of the last steps. A sample ``down`` rows and ``right`` pixels away, of colour c, was
written ``DELAY (k - c) - right - LAG down`` steps before, in a lane that is ``down`` rows below: the same for all rows.

Where a neighbour lies outside the picture another one stands for it:

* left of a row, the first pixel of the row above;
* right of a row, its last pixel;
* above the first row, the pixel of this row that was coded last;
* below the last row, the pixel of this row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from aecodec.arrays import Floats32, Indices

LAG = 2  # pixels that a row is behind the row above
DELAY = 3  # pixels that a colour is behind the one before
GROUP_ROWS = 4  # rows that are worked on together, so that lanes are counted in groups
VALUE, ERROR = 0, 1  # what is remembered of each sample
_STEPS = 16  # in the ring; no neighbour is farther away
_ABOVE = 4  # rows of the ring above the first
_BELOW = 2


class Offset(NamedTuple):
    """A neighbour: what of it, of which colour, for a sample of colour ``seen_by``; rows down and pixels right."""

    what: int
    colour: int
    seen_by: int
    down: int
    right: int


class Places(NamedTuple):
    """Offsets as places of a memory's ring: steps back, and what lies before the lane of the first row."""

    back: Indices
    fixed: Indices


class Memory:
    """Of each sample of ``count`` pictures in ``colours`` colours its value and its error.

    Lanes run over rows, then pictures. ``begin`` is what stands for both before anything is known.
    """

    def __init__(self, colours: int, count: int, size: tuple[int, int], begin: tuple[float, float]) -> None:
        self.colours, self.count = colours, count
        self.height, self.width = size
        self.steps = count_steps(self.height, self.width, colours)
        self._lanes = (_ABOVE + -(-self.height // GROUP_ROWS) * GROUP_ROWS + _BELOW) * count
        self._ring = np.empty((2, colours, _STEPS, self._lanes), np.float32)
        self._ring[...] = np.array(begin, np.float32)[:, None, None, None]
        self._rows_of = -1, [(0, 0)] * colours

    def rows(self, step: int, colour: int) -> tuple[int, int]:
        """Return the first row that has a sample of ``colour`` at ``step``, and the one after the last; the same
        for none.
        """
        if self._rows_of[0] != step:  # each step's are asked for many times
            self._rows_of = step, [self._rows(step - DELAY * colour) for colour in range(self.colours)]
        return self._rows_of[1][colour]

    def groups(self, step: int, steps: int) -> range:
        """Return the groups of rows that have a sample of any colour at ``step`` or in the ``steps - 1`` after it."""
        first, _ = self.rows(step, self.colours - 1)
        last = min(self.height, (step + steps - 1) // LAG + 1)
        return range(min(first, self.height - 1) // GROUP_ROWS, (last - 1) // GROUP_ROWS + 1)

    def width_of(self, groups: range) -> int:
        """Return how many lanes ``groups`` have."""
        return GROUP_ROWS * len(groups) * self.count

    def lanes(self, step: int, groups: range) -> list[slice]:
        """Return which lanes of ``groups`` have a sample at ``step``, for each colour."""
        rows, before = (self.rows(step, colour) for colour in range(self.colours)), GROUP_ROWS * groups.start
        return [slice((first - before) * self.count, (end - before) * self.count) for first, end in rows]

    def samples(self, step: int) -> list[slice]:
        """Return which pixels of a picture, counted row by row, have a sample at ``step``, for each colour."""
        found = []
        for colour in range(self.colours):
            first, end = self.rows(step, colour)
            stride = max(1, self.width - LAG)  # of narrow pictures at most one row has a sample
            start = step - DELAY * colour + first * (self.width - LAG)
            found.append(slice(start, start + (end - first) * stride, stride))
        return found

    def begin(self, step: int) -> None:
        """Make room for ``step``; rows that are through keep their last value."""
        ring, now, earlier = self._ring, step % _STEPS, (step - LAG) % _STEPS
        ring[:, :, now] = ring[:, :, now - 1]
        ring[:, :, now, self._row(self.height)] = ring[:, :, earlier, self._row(self.height - 1)]
        for colour in range(self.colours):
            row, rest = divmod(step - DELAY * colour, LAG)
            if not rest and 0 < row < self.height:
                ring[:, colour, :, self._row(row)] = ring[:, colour, earlier, None, self._row(row - 1)]

    def places(self, offsets: Sequence[Offset]) -> Places:
        """Return ``offsets`` made ready for :meth:`look`."""
        back = [each.right + LAG * each.down - DELAY * (each.seen_by - each.colour) for each in offsets]
        lane = [(_ABOVE + each.down) * self.count for each in offsets]
        plane = [(each.what * self.colours + each.colour) * _STEPS * self._lanes for each in offsets]
        return Places(np.array(back), np.array(plane) + np.array(lane))

    def look(self, step: int, groups: range, places: Places) -> Floats32:
        """Return what is at ``places`` for the rows of ``groups`` at ``step``, ``[places, lanes]``."""
        start = (step + places.back) % _STEPS * self._lanes + places.fixed + GROUP_ROWS * groups.start * self.count
        found: Floats32 = sliding_window_view(self._ring.reshape(-1), self.width_of(groups))[start]
        return found

    def put(self, step: int, groups: range, found: Floats32) -> None:
        """Put values and errors at ``step`` for the rows of ``groups``, ``[2, colours, lanes]``, of which some are
        none.
        """
        start = GROUP_ROWS * groups.start
        for colour in range(self.colours):
            first, end = self.rows(step, colour)
            new = found[:, colour, (first - start) * self.count : (end - start) * self.count]
            self._ring[:, colour, step % _STEPS, (_ABOVE + first) * self.count : (_ABOVE + end) * self.count] = new
            if first == 0 and end:
                above = self._ring[:, colour, :, : _ABOVE * self.count].reshape(2, _STEPS, _ABOVE, self.count)
                above[...] = new[:, None, None, : self.count]

    def _rows(self, own: int) -> tuple[int, int]:
        """Return the rows with a sample ``own`` steps after the first one of its colour."""
        first = max(0, -((self.width - 1 - own) // LAG))
        return first, max(first, min(self.height, own // LAG + 1))

    def _row(self, row: int) -> slice:
        return slice((_ABOVE + row) * self.count, (_ABOVE + row + 1) * self.count)


def count_steps(height: int, width: int, colours: int) -> int:
    """Count the steps from the first sample of a picture to its last."""
    return width + LAG * (height - 1) + DELAY * (colours - 1)
