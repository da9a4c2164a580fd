"""GIF by the rules of its specification (89a): frames, palettes and compressed data, whole or not.

Each frame becomes a GIF of its own, of the part of the canvas that it changes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from aecodec.errors import FormatError
from aecodec.frozen import dataclass
from aecodec.pictures.surveys.survey import Disposal, Film, Frame, Place, Survey

_SCREEN, _DESCRIPTOR = struct.Struct("<HHBBB"), struct.Struct("<HHHHB")
_EXTENSION, _IMAGE, _TRAILER, _CONTROL = 0x21, 0x2C, 0x3B, 0xF9
_PALETTE, _SIZE, _INTERLACED, _TRANSPARENT = 0x80, 7, 0x40, 1  # of flags
_DISPOSALS: Final = {2: Disposal.CLEAR, 3: Disposal.RESTORE}
_MOST_CODES: Final = 4096  # of LZW
_PART: Final = 256  # codes that are read together behind a clear code; then as many as there were
_WIDTHS: Final = np.array([min(12, known.bit_length()) for known in range(_MOST_CODES + 1)])  # of a code, in bits


class _Control(NamedTuple):
    """What a graphic control extension says of the frame behind it."""

    disposal: Disposal = Disposal.KEEP
    transparent: int | None = None


@dataclass(frozen=True)
class _Data:
    """Compressed indices: the least size of a code, the blocks as they are in the file, and what these hold."""

    least: int
    blocks: bytes
    packed: bytes


class _Reader:
    """Reads a file from its beginning; raises FormatError if it ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise FormatError("it is cut short")
        self._at += count
        return found

    def byte(self) -> int:
        return self.take(1)[0]

    def blocks(self) -> Iterator[bytes]:
        while size := self.byte():
            yield self.take(size)

    def palette(self, flags: int) -> bytes:
        """Return the palette that ``flags`` tell of, empty where they tell of none."""
        return self.take(3 << ((flags & _SIZE) + 1)) if flags & _PALETTE else b""


def film(data: bytes) -> Film | None:
    """Return the frames of a GIF, which may be one."""
    reader = _Reader(data)
    reader.take(6)
    width, height, flags, _, _ = _SCREEN.unpack(reader.take(_SCREEN.size))
    return Film(_frames(reader, (width, height), reader.palette(flags)), (width, height))


def _frames(reader: _Reader, canvas: tuple[int, int], common: bytes) -> Iterator[Frame]:
    control = _Control()
    while (kind := reader.byte()) != _TRAILER:
        if kind == _EXTENSION:
            label, blocks = reader.byte(), list(reader.blocks())
            control = _control(blocks) if label == _CONTROL else control
        elif kind == _IMAGE:
            yield _frame(reader, canvas, common, control)
            control = _Control()
        else:
            raise FormatError(f"one of its blocks begins with {kind:#04x}, which GIF does not know")


def _control(blocks: Sequence[bytes]) -> _Control:
    if len(blocks) != 1 or len(blocks[0]) != 4:
        raise FormatError("its graphic control extension is not of four bytes")
    flags, _, transparent = struct.unpack("<BHB", blocks[0])
    disposal = _DISPOSALS.get(flags >> 2 & 7, Disposal.KEEP)
    return _Control(disposal, transparent if flags & _TRANSPARENT else None)


def _frame(reader: _Reader, canvas: tuple[int, int], common: bytes, control: _Control) -> Frame:
    left, top, width, height, flags = _DESCRIPTOR.unpack(reader.take(_DESCRIPTOR.size))
    palette = reader.palette(flags) or common
    least, blocks = reader.byte(), list(reader.blocks())
    if not (width and height):
        raise FormatError(f"its size is {width}x{height}")
    if left + width > canvas[0] or top + height > canvas[1]:
        raise FormatError("it lies beyond the canvas")
    if not palette:
        raise FormatError("it has no palette")
    if not 2 <= least <= 8:
        raise FormatError(f"its codes begin with {least} bits, expected 2 to 8")
    found = _Data(least, b"".join(bytes([len(each)]) + each for each in blocks), b"".join(blocks))
    place = Place(left, top, (width, height), True, control.disposal)
    still = partial(_survey, (width, height), flags & _INTERLACED, palette, control.transparent, found)
    return Frame("GIF", still, place)


def _survey(size: tuple[int, int], interlaced: int, palette: bytes, transparent: int | None, coded: _Data) -> Survey:
    """Return the survey of a GIF of one frame. Raises FormatError if its data are not whole."""
    check_lzw(coded.packed, coded.least, size[0] * size[1])
    colours = len(palette) // 3

    def check(image: Image.Image) -> Sequence[str]:
        indices = np.asarray(image)
        most = int(indices[indices != transparent].max(initial=0))  # a transparent one needs no colour
        if most >= colours:
            raise FormatError(f"a pixel has colour {most} of a palette of {colours}")
        return ()

    head = b"GIF89a" + _SCREEN.pack(*size, _PALETTE | 0x70 | (colours.bit_length() - 2), 0, 0) + palette
    if transparent is not None:
        head += struct.pack("<BBBBHBB", _EXTENSION, _CONTROL, 4, _TRANSPARENT, 0, transparent, 0)
    head += bytes([_IMAGE]) + _DESCRIPTOR.pack(0, 0, *size, interlaced) + bytes([coded.least])
    return Survey(head + coded.blocks + bytes([0, _TRAILER]), check=check)


def check_lzw(packed: bytes, least: int, pixels: int) -> None:
    """Raise FormatError if compressed data do not hold ``pixels`` indices; what follows these is not looked at."""
    clear, total = 1 << least, 0
    for codes in _codes(packed, clear):
        lengths, last = [1] * clear + [0, 0], 0  # of the strings that are known
        for code in codes:
            if last and len(lengths) < _MOST_CODES:
                lengths.append(last + 1)
            if code >= len(lengths):
                raise FormatError("its data cannot be decompressed: a code is used before it is defined")
            last = lengths[code]
            total += last
        if total >= pixels:
            return
    raise FormatError(f"its data end after {total} of {pixels} pixels")


def _codes(packed: bytes, clear: int) -> Iterator[list[int]]:
    """Yield the codes of LZW up to each clear code, and those up to the end.

    A code is as wide as the number of known strings needs. Each but the first behind a clear code makes one more known,
    so it is known where codes lie before they are read.
    """
    data, end, at, is_last = np.frombuffer(packed + bytes(3), np.uint8), 8 * len(packed), 0, False
    while not is_last:
        found: list[int] = []
        while True:
            numbers = np.arange(len(found), max(_PART, 2 * len(found)))
            widths = _WIDTHS[np.minimum(clear + 2 + np.maximum(numbers - 1, 0), _MOST_CODES)]
            ends = at + np.cumsum(widths)
            count = int(np.searchsorted(ends, end, "right"))
            ends, widths = ends[:count], widths[:count]
            starts = ends - widths
            low, middle, high = (data[(starts >> 3) + n].astype(np.int64) << 8 * n for n in range(3))
            codes = ((low | middle | high) >> (starts & 7)) & ((1 << widths) - 1)
            stops = np.flatnonzero((codes == clear) | (codes == clear + 1))
            if len(stops):
                found += codes[: stops[0]].tolist()
                at, is_last = int(ends[stops[0]]), bool(codes[stops[0]] != clear)
                break
            found += codes.tolist()
            if count < len(numbers):
                is_last = True
                break
            at = int(ends[-1])
        yield found
