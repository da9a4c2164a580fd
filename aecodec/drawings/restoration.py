"""Restoration of altered drawings: a small network brings them nearer to the pictures that were given.

Altering leaves few colours and hard edges. The network sees the decoded picture with its alpha, and predicts what to
add to each sample. It is a post-filter, like the neural ones of video codecs (VVC; ITU-T H.274): decoding does not
depend on it. One network serves all qualities, since each layer may take the quality as one more input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from aecodec.arrays import Colour, Floats32, Tensors
from aecodec.exact.sheet_chain import build_sheet_chain
from aecodec.exact.sheet_operations import Conv
from aecodec.exact.sheets import Sheet
from aecodec.exact.tensors import require
from aecodec.frozen import dataclass
from aecodec.limits import GRID_SIDE, MAX_RESTORATION_LAYERS, MAX_RESTORATION_WORK, PIXEL_MAX

SEEN = 4  # red, green, blue, alpha
_COLOURS = 3
_GREEN = 1
_MIDDLE = (PIXEL_MAX + 1) // 2
_SIDE = 128  # pixels of a window
_TOGETHER = 1 << 15  # pixels of windows that go together, so that the cache holds them


class Restoration:
    """The network of a model, made from its tensors ``drawings.restoration.…`` and the ``entries`` that describe it."""

    def __init__(self, tensors: Tensors, entries: Sequence[Mapping[str, Any]]) -> None:
        """Check tensors and description; raises ModelError, KeyError or TypeError."""
        name = "drawings.restoration"
        require(len(entries) <= MAX_RESTORATION_LAYERS, f"{name} has {len(entries)} layers, too many")
        self._chain = build_sheet_chain(tensors, name, entries, SEEN, _MIDDLE, Fraction(GRID_SIDE))
        steps = self._chain.steps
        fits = all(isinstance(step, Conv) for step in steps) and self._chain.output.channels == _COLOURS
        require(fits, f"{name} is not made of convolutions, or does not end in three channels")
        work = sum(step.work for step in steps)
        require(work <= MAX_RESTORATION_WORK, f"{name} takes {work} multiplications for a pixel, too many")

    def __call__(self, pictures: Sequence[Colour], quality: int) -> list[Colour]:
        """Return restored copies of ``pictures``, uint8 ``[height, width, planes]``. Alpha, the last of 2 or 4 planes,
        stays as it is. ``quality`` is 0 to 100.
        """
        found = [picture.copy() for picture in pictures]
        for windows in _batches(pictures, self._chain.halo):
            seen = np.stack([_seen(pictures[each.picture][each.around]) for each in windows])
            added = self._chain(Sheet.of(seen, np.float32), quality).inner
            for each, its in zip(windows, added, strict=True):
                _add(found[each.picture][each.own], its[each.within])
        return found


@dataclass(frozen=True)
class _Window:
    """A part of a picture.

    ``own`` are its rows and columns. ``around`` are all those that they depend on. ``within`` is where its own lie
    among these.
    """

    picture: int
    own: tuple[slice, slice]
    around: tuple[slice, slice]
    within: tuple[slice, slice]


def _batches(pictures: Sequence[Colour], halo: int) -> Iterator[list[_Window]]:
    """Yield windows that cover all ``pictures``. Those of a batch have one size."""
    alike: dict[tuple[int, ...], list[_Window]] = {}
    for number, picture in enumerate(pictures):
        for window in _windows(number, picture.shape[0], picture.shape[1], halo):
            size = tuple(some.stop - some.start for some in window.around)
            batch = alike.setdefault(size, [])
            batch.append(window)
            if len(batch) * size[0] * size[1] >= _TOGETHER:
                yield alike.pop(size)
    yield from alike.values()


def _windows(number: int, height: int, width: int, halo: int) -> Iterator[_Window]:
    for top in range(0, height, _SIDE):
        for left in range(0, width, _SIDE):
            own = slice(top, min(top + _SIDE, height)), slice(left, min(left + _SIDE, width))
            rows, columns = (
                slice(max(0, some.start - halo), min(some.stop + halo, length))
                for some, length in zip(own, (height, width), strict=True)
            )
            within = tuple(
                slice(some.start - all_.start, some.stop - all_.start)
                for some, all_ in zip(own, (rows, columns), strict=True)
            )
            yield _Window(number, own, (rows, columns), (within[0], within[1]))


def _seen(pixels: Colour) -> Floats32:
    """Return the network's input: red, green, blue and alpha of ``pixels``, less 128."""
    planes = pixels.shape[2]
    colours = planes - (planes % 2 == 0)
    found = np.full((*pixels.shape[:2], SEEN), PIXEL_MAX - _MIDDLE, np.float32)
    np.subtract(pixels[..., :colours], _MIDDLE, out=found[..., :_COLOURS], dtype=np.float32)
    if colours < planes:
        np.subtract(pixels[..., colours], _MIDDLE, out=found[..., _COLOURS], dtype=np.float32)
    return found


def _add(pixels: Colour, added: Floats32) -> None:
    """Add to the colours of ``pixels``, in place. Grey ones get what is there for green."""
    planes = pixels.shape[2]
    colours = pixels[..., : planes - (planes % 2 == 0)]
    if colours.shape[2] == 1:
        added = added[..., _GREEN : _GREEN + 1]
    colours[...] = np.clip(colours + added, 0, PIXEL_MAX)
