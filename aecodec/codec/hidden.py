"""What nobody sees of a picture: the colours of pixels whose alpha is 0.

A lossy file is not to spend bytes on them, so an encoder puts others in their place that follow smoothly from the
visible ones. What is decoded there says nothing. An exact file keeps them as they are.

The fill is a pyramid (push and pull, Gortler et al. 1996): means of what is known go up from level to level until
everything is known, and what is unknown below comes down from there, interpolated, and is smoothed by the mean of its
neighbours. All is in integers, so every machine fills alike.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers32, Picture, Plane

_FRACTION: Final = 6  # bits below a grey level
_SWEEPS: Final = 4  # of smoothing, a level
_MIDDLE: Final = 128  # where nothing can be seen at all


def seen_in(picture: Picture) -> NDArray[np.bool_] | None:
    """Return of each pixel of ``[H, W]`` or ``[H, W, C]`` whether it can be seen, ``[H, W]``, or None if all can."""
    if picture.ndim == 2 or picture.shape[2] not in (2, 4):
        return None
    seen: NDArray[np.bool_] = picture[..., -1] != 0
    return None if seen.all() else seen


def filled(picture: Picture) -> Picture:
    """Return ``picture`` with smooth colours where its alpha is 0; itself where nothing is hidden."""
    seen = seen_in(picture)
    if seen is None:
        return picture
    found = picture.copy()
    levels = _levels(seen)
    for number in range(picture.shape[2] - 1):
        found[..., number] = _plane_filled(picture[..., number], levels)
    return found


def _levels(seen: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Return what is known on each level, each of half the size of the one before, until all is known or none."""
    levels = [seen]
    while seen.any() and not seen.all():
        first, second, third, fourth = _quarters(seen)
        seen = first | second | third | fourth
        levels.append(seen)
    return levels


def _plane_filled(plane: Plane, levels: list[NDArray[np.bool_]]) -> Plane:
    if not levels[-1].any():
        return np.full_like(plane, _MIDDLE)
    known = [plane.astype(np.int32) << _FRACTION]
    for seen in levels[:-1]:
        known.append(_means(known[-1], seen))
    whole = known.pop()
    for values, seen in zip(reversed(known), reversed(levels[:-1]), strict=True):
        whole = np.where(seen, values, _twice(whole, seen.shape))
        for _ in range(_SWEEPS):
            whole = _smoothed(whole)
            np.copyto(whole, values, where=seen)
    return ((whole + (1 << (_FRACTION - 1))) >> _FRACTION).astype(np.uint8)


def _means(values: Integers32, seen: NDArray[np.bool_]) -> Integers32:
    """Return the means of what is known in each square of four; 0 where that is nothing."""
    first, second, third, fourth = (each.astype(np.int32) for each in _quarters(seen))
    count = first + second + third + fourth
    first, second, third, fourth = _quarters(values * seen)
    total = first + second + third + fourth
    found: Integers32 = (total + (count >> 1)) // np.maximum(count, 1)
    return found


def _quarters(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Return each of four of every square of ``[H, W]``, ``[H / 2, W / 2]``; zeros stand beyond an odd side."""
    height, width = values.shape
    even = np.pad(values, ((0, height % 2), (0, width % 2))) if height % 2 or width % 2 else values
    return [even[row::2, column::2] for row in (0, 1) for column in (0, 1)]


def _twice(values: Integers32, shape: tuple[int, ...]) -> Integers32:
    """Return ``values`` at twice the size, interpolated between their middles, cut to ``shape``."""
    for axis in (0, 1):
        values = np.moveaxis(values, axis, 0)
        edged = np.concatenate([values[:1], values, values[-1:]])
        between = np.empty((2 * len(values), *values.shape[1:]), np.int32)
        between[0::2] = (3 * values + edged[:-2] + 2) >> 2
        between[1::2] = (3 * values + edged[2:] + 2) >> 2
        values = np.moveaxis(between, 0, axis)
    return values[: shape[0], : shape[1]]


def _smoothed(values: Integers32) -> Integers32:
    """Return of each value the mean of its four neighbours; beyond an edge, its own."""
    total = np.full_like(values, 2)  # which rounds
    total[1:] += values[:-1]
    total[:-1] += values[1:]
    total[:, 1:] += values[:, :-1]
    total[:, :-1] += values[:, 1:]
    total[0] += values[0]
    total[-1] += values[-1]
    total[:, 0] += values[:, 0]
    total[:, -1] += values[:, -1]
    total >>= 2
    return total
