"""Frames of an animation, one after the other, on the canvas that a viewer shows."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Picture
from aecodec.limits import PIXEL_MAX
from aecodec.pictures.surveys.survey import Disposal, Place


class Canvas:
    """What is shown: RGB and alpha, at first all transparent."""

    def __init__(self, width: int, height: int) -> None:
        self._shown = np.zeros((height, width, 4), np.uint8)

    def show(self, frame: Picture, place: Place) -> Picture:
        """Draw ``frame``, uint8 ``[H, W, 4]``, and return what is to be seen, a copy of the whole canvas.

        Then it is disposed of, as ``place`` says.
        """
        height, width = frame.shape[:2]
        part = self._shown[place.top : place.top + height, place.left : place.left + width]
        before = part.copy() if place.disposal is Disposal.RESTORE else None
        part[...] = drawn_over(part, frame) if place.over else frame
        found = self._shown.copy()
        if before is not None:
            part[...] = before
        elif place.disposal is Disposal.CLEAR:
            part[...] = 0
        return found


def drawn_over(below: Picture, above: Picture) -> Picture:
    """Return ``above`` over ``below``, both uint8 ``[H, W, 4]`` with alpha that colours are not multiplied by.

    In integers, rounded down, as the examples of APNG's authors do it.
    """
    opacity = above[..., 3:].astype(np.int32)
    first, second = opacity * PIXEL_MAX, (PIXEL_MAX - opacity) * below[..., 3:]
    both = np.maximum(first + second, 1)
    found = ((above * first + below * second) // both).astype(np.uint8)
    found[..., 3:] = both // PIXEL_MAX
    return np.where(opacity == PIXEL_MAX, above, np.where(opacity == 0, below, found))
