"""The order in which pixels are coded, and those that are known.

Step t codes the pixel x = t - LAG y of each row y. So a row is LAG pixels behind the one above, and many rows go at
once. Pictures of one size go together, too. A pixel is one number: red, green, blue and alpha, 8 bits each, red lowest.
A grey pixel has its grey three times. A pixel without alpha is opaque.

Each picture has margins. Left of a row they hold the first pixel of the row above, and right of a row its last pixel.
Above the first row, and left of it, they hold 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Integers, Picture, Pictures, Pixels

LAG = 2
_TOP, _LEFT, _RIGHT, _BOTTOM = 4, 6, 2, 2  # margins; no neighbour is farther away
RED, GREEN, BLUE, ALPHA = 0, 8, 16, 24  # the bits of a pixel where each channel begins
OPAQUE = np.uint32(255 << ALPHA)
GREY_TIMES = np.uint32(1 << RED | 1 << GREEN | 1 << BLUE)
COLOURED = 3  # planes of colour pictures; alpha is one more


class Canvas:
    """The pixels of ``count`` pictures of ``size`` (height, width), and the rank that was chosen for each pixel."""

    def __init__(self, count: int, size: tuple[int, int]) -> None:
        self.count, (self.height, self.width) = count, size
        self._stride = _LEFT + self.width + _RIGHT
        self._cells = np.zeros((count, _TOP + self.height + _BOTTOM, self._stride), np.uint32)
        self._chosen = np.zeros(self._cells.shape, np.uint8)
        self._starts = np.arange(count) * self._cells[0].size + _TOP * self._stride + _LEFT
        self.steps = count_steps(*size)

    def lanes(self, step: int) -> Indices:
        """Return the places of the pixels of ``step``, by row, then picture."""
        first = max(0, -((self.width - 1 - step) // LAG))
        rows = np.arange(first, max(first, min(self.height, step // LAG + 1)), dtype=np.intp)
        found: Indices = ((rows * (self._stride - LAG) + step)[:, None] + self._starts).reshape(-1)
        return found

    @property
    def cells(self) -> int:
        """The number of places, margins included."""
        return self._cells.size

    def picture_of(self, lanes: Indices) -> Indices:
        """Return the number of the picture that each of ``lanes`` belongs to."""
        found: Indices = lanes // self._cells[0].size
        return found

    def around(self, lanes: Indices, offsets: Indices) -> Pixels:
        """Return the pixels at ``offsets`` (of :meth:`offsets`) from those at ``lanes``, ``[offsets, lanes]``."""
        found: Pixels = self._cells.reshape(-1).take(offsets[:, None] + lanes)
        return found

    def chosen(self, lanes: Indices, offsets: Indices) -> NDArray[np.uint8]:
        """Return the ranks that were chosen for the same pixels."""
        return self._chosen.reshape(-1).take(offsets[:, None] + lanes)

    def offsets(self, places: tuple[tuple[int, int], ...]) -> Indices:
        """Turn ``places``, rows down and pixels right, into offsets between lanes."""
        return np.array([down * self._stride + right for down, right in places])

    def put(self, step: int, lanes: Indices, pixels: Pixels, chosen: Integers) -> None:
        """Store the pixels of ``step``, and the ranks that were chosen for them."""
        self._cells.reshape(-1)[lanes] = pixels
        self._chosen.reshape(-1)[lanes] = chosen
        row, rest = divmod(step, LAG)
        if not rest and row < self.height - 1:
            self._cells[:, _TOP + row + 1, :_LEFT] = self._cells[:, _TOP + row, _LEFT, None]
        row, rest = divmod(step - self.width + 1, LAG)
        if not rest and 0 <= row < self.height:
            self._cells[:, _TOP + row, _LEFT + self.width :] = self._cells[:, _TOP + row, _LEFT + self.width - 1, None]

    def take(self, lanes: Indices) -> Pixels:
        """Return the pixels at ``lanes``."""
        return self._cells.reshape(-1).take(lanes)

    def change(self, lanes: Indices, pixels: Pixels) -> None:
        """Replace the pixels at ``lanes`` of pictures that are complete."""
        self._cells.reshape(-1)[lanes] = pixels

    def pixels(self) -> Pixels:
        """Return all pixels, flat, margins included."""
        return self._cells.reshape(-1)

    def each(self) -> Iterator[Pixels]:
        """Yield the pixels of each picture, margins included, ``[height, width]``."""
        yield from self._cells

    def fill(self, pictures: Pictures) -> None:
        """Store all of ``pictures`` ``[count, height, width, planes]``."""
        self._inside()[...] = joined(pictures)

    def pictures(self, planes: int) -> Pictures:
        """Return the pictures, ``[count, height, width, planes]``."""
        order = [RED, GREEN, BLUE] if planes >= COLOURED else [GREEN]
        order += [] if planes % 2 else [ALPHA]
        inside = self._inside()
        found = np.empty((*inside.shape, planes), np.uint8)
        for place, shift in enumerate(order):
            found[..., place] = inside >> np.uint32(shift) & np.uint32(255)
        return found

    def _inside(self) -> Pixels:
        return self._cells[:, _TOP : _TOP + self.height, _LEFT : _LEFT + self.width]


def joined(pictures: Pictures) -> Pixels:
    """Return pictures ``[..., planes]`` as pixels of one number each."""
    planes = pictures.shape[-1]
    found = pictures[..., 0].astype(np.uint32)
    if planes < COLOURED:
        found *= GREY_TIMES
    else:
        found |= pictures[..., 1].astype(np.uint32) << np.uint32(GREEN)
        found |= pictures[..., 2].astype(np.uint32) << np.uint32(BLUE)
    found |= OPAQUE if planes % 2 else pictures[..., -1].astype(np.uint32) << np.uint32(ALPHA)
    return found


def count_steps(height: int, width: int) -> int:
    """Count the steps from the first pixel of a picture to its last."""
    return width + LAG * (height - 1)


def size_of(picture: Picture) -> tuple[int, int, int]:
    """Return the height, width and planes."""
    height, width, planes = picture.shape
    return height, width, planes
