"""Animated PNG: its frames, each as a PNG of its own with the palette and transparent colour of the file.

Frames lie in IDAT and fdAT chunks, each behind an fcTL chunk that places it. A picture before the first fcTL is for
programs that know no frames, and is none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from PIL import Image

from aecodec.errors import FormatError
from aecodec.pictures.surveys.png import SIGNATURE, Header, Walk, check_deflated, chunks_of
from aecodec.pictures.surveys.survey import Disposal, Film, Frame, Place, Survey

_CONTROL: Final = struct.Struct(">IIIIIHHBB")
_DISPOSALS: Final = (Disposal.KEEP, Disposal.CLEAR, Disposal.RESTORE)


class _Control(NamedTuple):
    """An fcTL chunk."""

    sequence: int
    width: int
    height: int
    left: int
    top: int
    delay: int
    per: int
    disposal: int
    over: int


def film(data: bytes) -> Film | None:
    """Return the frames of a PNG, or None if it has no more than one picture, or is damaged before the second."""
    if not data.startswith(SIGNATURE):
        return None
    try:
        if not any(kind == b"fdAT" for kind, _, _ in chunks_of(data)):
            return None
        size = struct.unpack_from(">II", data, len(SIGNATURE) + 8)
    except FormatError:
        return None
    return Film(_frames(data), (size[0], size[1]))


def _frames(data: bytes) -> Iterator[Frame]:
    walk, numbers, found = Walk(), 0, 0
    control: _Control | None = None
    parts: list[bytes] = []
    for kind, body, sound in chunks_of(data):
        walk.take(kind, body, sound)
        if kind in (b"fcTL", b"fdAT"):
            if int.from_bytes(body[:4]) != numbers:
                raise FormatError("its chunks are not in the order of their numbers")
            numbers += 1
        if kind in (b"fcTL", b"IEND") and control is not None:
            yield _frame(walk, control, parts)
            found, parts = found + 1, []
        if kind == b"fcTL":
            control = _control(bytes(body), walk.header)
        elif kind == b"IDAT" and control is not None:
            parts.append(bytes(body))
        elif kind == b"fdAT":
            if control is None:
                raise FormatError("its data come before it is placed")
            parts.append(bytes(body[4:]))
    if walk.stated != found:
        raise FormatError(f"it is missing: the file has {found} of {walk.stated} frames")


def _control(body: bytes, canvas: Header) -> _Control:
    if len(body) != _CONTROL.size:
        raise FormatError(f"its fcTL chunk has {len(body)} bytes, expected {_CONTROL.size}")
    found = _Control(*_CONTROL.unpack(body))
    if not (found.width and found.height and found.disposal < len(_DISPOSALS) and found.over <= 1):
        raise FormatError("its fcTL chunk says what PNG does not know")
    if found.left + found.width > canvas.width or found.top + found.height > canvas.height:
        raise FormatError("it lies beyond the canvas")
    return found


def _frame(walk: Walk, control: _Control, parts: Sequence[bytes]) -> Frame:
    if not parts:
        raise FormatError("it has no data")
    place = Place(
        control.left, control.top, (control.width, control.height), bool(control.over), _DISPOSALS[control.disposal]
    )
    header = walk.header._replace(width=control.width, height=control.height)
    return Frame("PNG", partial(_survey, walk, header, parts), place)


def _survey(walk: Walk, header: Header, parts: Sequence[bytes]) -> Survey:
    def check(image: Image.Image) -> Sequence[str]:
        return (*check_deflated(parts, header.inflated), *walk.check_indices(image))

    return Survey(walk.file_of(header, parts), check=check)
