"""A bilevel scan, and the grey picture that it reduces to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Shallow, Tiles
from aecodec.errors import FormatError
from aecodec.frozen import dataclass
from aecodec.scans.reduction import BOX, places, reduce_scans


@dataclass(frozen=True)
class Scan:
    """The scan that a picture was made from: ``bits`` ``[size, size]`` of 0 and 1, and top and left of its box."""

    bits: Bits
    top: int
    left: int


def draw(bits: Bits, tile: tuple[int, int]) -> Shallow:
    """Return the picture of size ``tile`` (height, width) that a scan's ``bits`` reduce to.

    Raises FormatError for a scan without ink.
    """
    drawn: Shallow = draw_all([bits], tile)[0]
    return drawn


def draw_all(scans: Sequence[Bits], tile: tuple[int, int]) -> Tiles:
    """Return the pictures ``[n, h, w]`` of several scans' bits, each as :func:`draw` does."""
    drawn, sizes = np.zeros((len(scans), *tile), np.uint8), np.array([len(bits) for bits in scans], np.int64)
    for size in np.flatnonzero(np.bincount(sizes)):
        which = np.flatnonzero(sizes == size)
        boxes = _reduced(np.stack([scans[number] for number in which.tolist()]))
        for number, box, (top, left) in zip(which, boxes, places(boxes, tile).tolist(), strict=True):
            drawn[number, top : top + BOX, left : left + BOX] = box
    return drawn


def draw_at(scan: Scan, tile: tuple[int, int]) -> Shallow:
    """Return the picture of size ``tile`` (height, width) of a ``scan``, with the box at the scan's top and left.

    Raises FormatError for a scan without ink.
    """
    drawn = np.zeros(tile, np.uint8)
    drawn[scan.top : scan.top + BOX, scan.left : scan.left + BOX] = _reduced(scan.bits[None])[0]
    return drawn


def _reduced(scans: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Reduce scans of one size, ``[n, size, size]``. Raises FormatError where one has no ink."""
    if not scans.any(axis=(1, 2)).all():
        raise FormatError("the payload is damaged: a scan without ink")
    return reduce_scans(scans)
