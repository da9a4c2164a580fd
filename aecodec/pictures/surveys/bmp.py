"""BMP: which of its layouts a file has, where its pixels end, and what Pillow would take for pixels that are none."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from aecodec.errors import FormatError, UnsupportedError
from aecodec.pictures.surveys.survey import Survey, check_size, what_follows

_HEADERS: Final = (12, 40, 52, 56, 64, 108, 124)
_RAW, _RLE8, _RLE4, _FIELDS = range(4)
_BITS: Final = {_RAW: (1, 4, 8, 16, 24, 32), _RLE8: (8,), _RLE4: (4,), _FIELDS: (16, 24, 32)}
_MASKS: Final = {16: (0x7C00, 0x3E0, 0x1F), 32: (0xFF0000, 0xFF00, 0xFF)}  # where a file has none
_WORDS: Final = {16: "<u2", 32: "<u4"}
_ADVICE: Final = "save it anew first, as PNG"


class _Header(NamedTuple):
    place: int  # of the pixels
    length: int
    width: int
    height: int  # negative where the first row is the top one
    bits: int
    coding: int
    colours: int

    @property
    def row(self) -> int:
        """Bytes of a row that is not run-length coded."""
        return (self.width * self.bits + 31) // 32 * 4

    @property
    def end(self) -> int:
        return self.place + self.row * abs(self.height)


def survey(data: bytes) -> Survey:
    """Return the survey of a file that begins as a BMP does."""
    try:
        header = _header(data)
        if header.bits <= 8:
            return _with_palette(data, header)
        return Survey(data, (*what_follows(data, max(header.end, _profile_end(data))), *_unused(data, header)))
    except (struct.error, IndexError) as error:
        raise FormatError("it is cut short, within its header or its runs") from error


def _header(data: bytes) -> _Header:
    place, length = struct.unpack_from("<II", data, 10)
    if length not in _HEADERS:
        raise UnsupportedError(f"has a BMP header of {length} bytes, which is not supported; {_ADVICE}")
    coding = colours = 0
    if length == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, _, bits, coding = struct.unpack_from("<iiHHI", data, 18)
        colours = struct.unpack_from("<I", data, 46)[0]
    header = _Header(place, length, width, height, bits, coding, colours)
    if width <= 0 or not height:
        raise FormatError(f"its size is {width}x{abs(height)}")
    check_size(width, abs(height))
    if bits not in _BITS.get(coding, ()) or (length == 64 and coding == _FIELDS):
        raise UnsupportedError(
            f"is a BMP of {bits} bits a pixel, with compression {coding}, which is not supported; {_ADVICE}"
        )
    if coding in (_RAW, _FIELDS) and header.end > len(data):
        raise FormatError(f"it is cut short: its pixels end at byte {header.end} of {len(data)}")
    return header


def _profile_end(data: bytes) -> int:
    """Return where a colour profile ends, which may lie behind the pixels; 0 where there is none."""
    if struct.unpack_from("<I", data, 14)[0] != _HEADERS[-1]:
        return 0
    place, length = struct.unpack_from("<II", data, 14 + 112)
    return 14 + int(place) + int(length) if place else 0


def _with_palette(data: bytes, header: _Header) -> Survey:
    """Survey the same with a palette of 256 colours, a byte a pixel unless run-length coded: Pillow misreads
    shorter ones.
    """
    size, start = (3 if header.length == 12 else 4), 14 + header.length
    colours = min(header.colours or 1 << header.bits, 1 << header.bits)
    if start < header.place:
        colours = min(colours, (header.place - start) // size)
    palette = np.zeros((256, 4), np.uint8)
    found = np.frombuffer(data[start : start + colours * size], np.uint8)
    if len(found) < colours * size:
        raise FormatError("it is cut short, within its palette")
    palette[:colours, :3] = found.reshape(colours, size)[:, :3]

    def check(most: float) -> None:
        if most >= colours:
            raise FormatError(f"a pixel has colour {most} of a palette of {colours}")

    def check_image(image: Image.Image) -> Sequence[str]:
        if image.mode == "P":
            check(image.getextrema()[1])  # type: ignore[arg-type]
        return ()

    bits, height = header.bits, abs(header.height)
    remarks: list[str] = []
    if header.coding == _RAW:
        packed = np.frombuffer(data[header.place : header.end], np.uint8).reshape(height, header.row)
        pixels = packed if bits == 8 else np.unpackbits(packed, axis=1)
        if bits == 4:
            pixels = np.stack([packed >> 4, packed & 15], axis=2).reshape(height, -1)
        pixels = pixels[:, : header.width]
        check(int(pixels.max()))
        end = header.end
        coded, bits = np.pad(pixels, ((0, 0), (0, -header.width % 4))).tobytes(), 8
    else:
        end, told = _runs(data, header)
        coded = data[header.place : end]
        if told < header.width * height:
            remarks.append("pixels that its runs leave out are taken for the palette's first colour")
    info = struct.pack(
        "<IiiHHIIiiII", 40, header.width, header.height, 1, bits, header.coding, len(coded), 0, 0, 256, 0
    )
    place = 14 + len(info) + palette.nbytes
    top = b"BM" + struct.pack("<IHHI", place + len(coded), 0, 0, place)
    remarks += what_follows(data, max(end, _profile_end(data)))
    return Survey(top + info + palette.tobytes() + coded, tuple(remarks), check=check_image)


def _runs(data: bytes, header: _Header) -> tuple[int, int]:
    """Return where run-length coded pixels end, and how many are told. Raises FormatError if they are cut short."""
    at, x, y, told = header.place, 0, 0, 0
    width, height = header.width, abs(header.height)
    while y < height and not (y == height - 1 and x >= width):
        if at + 2 > len(data):
            raise FormatError("it is cut short, within its runs")
        count, value = data[at], data[at + 1]
        at += 2
        if not count and value == 0:  # the row ends
            x, y = 0, y + 1
            continue
        if not count and value == 1:
            return at, told
        if not count and value == 2:
            x, y = x + data[at], y + data[at + 1]
            at += 2
            continue
        if not count:  # so many pixels as they are, padded to an even number of bytes
            count = value
            length = count if header.coding == _RLE8 else (count + 1) // 2
            at += length + length % 2
        told += min(count, max(width - x, 0))
        x += count
        if x > width:
            raise FormatError("one of its runs leaves its row")
    while data[at : at + 2] in (b"\0\0", b"\0\1"):
        at += 2
    return at, told


def _unused(data: bytes, header: _Header) -> tuple[str, ...]:
    """Return a remark where bits that belong to no colour differ from pixel to pixel."""
    if header.bits not in _WORDS:
        return ()
    masks: tuple[int, ...] = _MASKS[header.bits]
    if header.coding == _FIELDS:
        masks = struct.unpack_from("<IIII" if header.length >= 56 else "<III", data, 54)
    used = sum(set(masks))
    if not used:  # Pillow takes these for blue, green, red, alpha
        return ()
    height, type_ = abs(header.height), np.dtype(_WORDS[header.bits])
    words = np.frombuffer(data, type_, header.row * height // type_.itemsize, header.place).reshape(height, -1)
    words = words[:, : header.width] & ~np.array(used, words.dtype)
    return ("bits of its pixels that stand for no colour, perhaps alpha, are not kept",) if np.ptp(words) else ()
