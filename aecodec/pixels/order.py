"""The order in which samples are coded, and the memory of those that were coded before.

At step t colour k of row y is coded at pixel x = t - DELAY k - LAG y. So a row is LAG pixels behind the row above, and
a colour is DELAY pixels behind the colour before. All rows and colours go at the same time, and so do pictures of one
size. A later colour sees an earlier one on all sides of the pixel.

The memory is a ring of the last steps. A sample of colour k sees a neighbour of colour c that is ``down`` rows and
``right`` pixels away. It was written ``DELAY (k - c) - right - LAG down`` steps before, in the lane ``down`` rows
below. That is the same for all rows.

Where a neighbour lies outside the picture, another pixel stands for it:

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

LAG = 2  # pixels by which a row is behind the row above
DELAY = 3  # pixels by which a colour is behind the colour before
GROUP_ROWS = 4  # rows that are worked on together: lanes come in whole groups of rows
VALUE, ERROR = 0, 1  # what is remembered of each sample
_STEPS = 16  # in the ring; no neighbour was coded earlier
_ABOVE = 4  # rows of the ring above the first row of a picture
_BELOW = 2  # and below the last


class Offset(NamedTuple):
    """A neighbour ``down`` rows and ``right`` pixels away from a sample of colour ``seen_by``.

    ``what`` is VALUE or ERROR. ``colour`` is the neighbour's own.
    """

    what: int
    colour: int
    seen_by: int
    down: int
    right: int


class Places(NamedTuple):
    """Offsets as places in a memory's ring: steps ``back``, and the ``fixed`` part of their index."""

    back: Indices
    fixed: Indices


class Memory:
    """Value and error of the last samples of ``count`` pictures in ``colours`` colours.

    Lanes run over rows, and in a row over the pictures. ``begin`` stands for value and error before anything is known.
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
        """Return the first row that has a sample of ``colour`` at ``step``, and the row after the last such.

        Both are the same where no row has one.
        """
        if self._rows_of[0] != step:  # kept, for the rows of a step are asked for many times
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
        """Return for each colour which lanes of ``groups`` have a sample at ``step``."""
        rows, before = (self.rows(step, colour) for colour in range(self.colours)), GROUP_ROWS * groups.start
        return [slice((first - before) * self.count, (end - before) * self.count) for first, end in rows]

    def samples(self, step: int) -> list[slice]:
        """Return for each colour which pixels of a picture, counted row by row, have a sample at ``step``."""
        found = []
        for colour in range(self.colours):
            first, end = self.rows(step, colour)
            stride = max(1, self.width - LAG)  # in narrow pictures at most one row has a sample
            start = step - DELAY * colour + first * (self.width - LAG)
            found.append(slice(start, start + (end - first) * stride, stride))
        return found

    def begin(self, step: int) -> None:
        """Make room for ``step``. Rows that are complete keep their last value."""
        ring, now, earlier = self._ring, step % _STEPS, (step - LAG) % _STEPS
        ring[:, :, now] = ring[:, :, now - 1]
        ring[:, :, now, self._row(self.height)] = ring[:, :, earlier, self._row(self.height - 1)]
        for colour in range(self.colours):
            row, rest = divmod(step - DELAY * colour, LAG)
            if not rest and 0 < row < self.height:
                ring[:, colour, :, self._row(row)] = ring[:, colour, earlier, None, self._row(row - 1)]

    def places(self, offsets: Sequence[Offset]) -> Places:
        """Prepare ``offsets`` for :meth:`look`."""
        back = [each.right + LAG * each.down - DELAY * (each.seen_by - each.colour) for each in offsets]
        lane = [(_ABOVE + each.down) * self.count for each in offsets]
        plane = [(each.what * self.colours + each.colour) * _STEPS * self._lanes for each in offsets]
        return Places(np.array(back), np.array(plane) + np.array(lane))

    def look(self, step: int, groups: range, places: Places) -> Floats32:
        """Return what the lanes of ``groups`` see at ``places`` at ``step``, ``[places, lanes]``."""
        start = (step + places.back) % _STEPS * self._lanes + places.fixed + GROUP_ROWS * groups.start * self.count
        found: Floats32 = sliding_window_view(self._ring.reshape(-1), self.width_of(groups))[start]
        return found

    def put(self, step: int, groups: range, found: Floats32) -> None:
        """Put the values and errors ``found`` at ``step`` in ``groups`` of rows, ``[2, colours, lanes]``.

        Lanes without a sample are left out.
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
        """Return the first row, and the row after the last, that has a sample ``own`` steps after its colour began."""
        first = max(0, -((self.width - 1 - own) // LAG))
        return first, max(first, min(self.height, own // LAG + 1))

    def _row(self, row: int) -> slice:
        return slice((_ABOVE + row) * self.count, (_ABOVE + row + 1) * self.count)


def count_steps(height: int, width: int, colours: int) -> int:
    """Return how many steps there are from the first sample of a picture to its last."""
    return width + LAG * (height - 1) + DELAY * (colours - 1)
