"""Animated WebP: its frames, each as a WebP of its own."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial
from typing import Final

from aecodec.errors import FormatError
from aecodec.pictures.surveys import riff
from aecodec.pictures.surveys.survey import Disposal, Film, Frame, Place

_HEAD: Final = 16  # bytes of an ANMF chunk before the frame's own chunks
_CLEAR, _REPLACE = 1, 2  # flags of an ANMF chunk
_ALPHA: Final = 0x10  # a flag of VP8X
_DATA: Final = (b"ALPH", b"VP8 ", b"VP8L")


def film(data: bytes) -> Film | None:
    """Return the frames of a WebP, or None if it has no more than one, or is damaged before the second."""
    frames, size = 0, (0, 0)
    try:
        for kind, body in riff.chunks_of(data):
            frames += kind == b"ANMF"
            if kind == b"VP8X" and len(body) >= 10:
                size = _number(body, 4) + 1, _number(body, 7) + 1
    except FormatError:
        pass
    return Film(_frames(data, size), size) if frames > 1 else None


def _frames(data: bytes, size: tuple[int, int]) -> Iterator[Frame]:
    for kind, body in riff.chunks_of(data):
        if kind == b"ANMF":
            yield _frame(body, size)


def _frame(body: bytes, size: tuple[int, int]) -> Frame:
    if len(body) < _HEAD:
        raise FormatError("its ANMF chunk is cut short")
    left, top = 2 * _number(body, 0), 2 * _number(body, 3)
    width, height, flags = _number(body, 6) + 1, _number(body, 9) + 1, body[15]
    if left + width > size[0] or top + height > size[1]:
        raise FormatError("it lies beyond the canvas")
    disposal = Disposal.CLEAR if flags & _CLEAR else Disposal.KEEP
    place = Place(left, top, (width, height), not flags & _REPLACE, disposal)
    return Frame("WEBP", partial(riff.survey, _still(body[_HEAD:], width, height)), place)


def _still(inner: bytes, width: int, height: int) -> bytes:
    """Return a file of one frame's chunks."""
    found = [(kind, body) for kind, body in riff.chunks_in(inner, 0, len(inner)) if kind in _DATA]
    if any(kind == b"ALPH" for kind, _ in found):
        head = struct.pack("<I", _ALPHA) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        found.insert(0, (b"VP8X", head))
    chunks = b"".join(kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for kind, body in found)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 3], "little")
