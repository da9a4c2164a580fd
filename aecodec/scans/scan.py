"""A bilevel scan, and the grey picture that it reduces to."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Bits, Shallow
from aecodec.errors import FormatError
from aecodec.frozen import dataclass
from aecodec.scans.reduction import BOX, place, reduce_scans


@dataclass(frozen=True)
class Scan:
    """What a picture was made from: ``bits`` ``[size, size]`` of 0 and 1, and where its reduced box lies."""

    bits: Bits
    top: int
    left: int


def draw(bits: Bits, tile: tuple[int, int]) -> Shallow:
    """Return the ``tile`` (height, width) whose scan has ``bits``; raises FormatError for one that is blank."""
    box = _reduced(bits)
    return _put(box, *place(box, tile), tile)


def draw_at(scan: Scan, tile: tuple[int, int]) -> Shallow:
    """Return the same with the box where ``scan`` says."""
    return _put(_reduced(scan.bits), scan.top, scan.left, tile)


def _reduced(bits: Bits) -> Shallow:
    if not bits.any():
        raise FormatError("the payload is damaged: a scan without ink")
    box: Shallow = reduce_scans(bits[None])[0]
    return box


def _put(box: Shallow, top: int, left: int, tile: tuple[int, int]) -> Shallow:
    drawn = np.zeros(tile, np.uint8)
    drawn[top : top + BOX, left : left + BOX] = box
    return drawn
