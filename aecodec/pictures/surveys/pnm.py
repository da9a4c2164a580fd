"""PBM, PGM and PPM: comments wherever they may stand, plain numbers, and samples within their maximum.

What Pillow is to see has no comments and no plain numbers.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import DeepPicture
from aecodec.errors import FormatError
from aecodec.limits import DEEP_MAX, PIXEL_MAX
from aecodec.pictures.surveys.survey import Survey, check_size, what_follows

_KINDS: Final = re.compile(rb"P[1-6](?=[\s#])")
_SPACE: Final = re.compile(rb"(?:\s|#[^\r\n]*)*")
_NUMBER: Final = re.compile(rb"\d+")
_COMMENT: Final = re.compile(rb"#[^\r\n]*")
_MOST_MAXIMUM: Final = (1 << 16) - 1
_TYPES: Final = {1: "u1", 2: ">u2"}  # of samples, by their bytes
_PIECE: Final = 1 << 20


def survey(data: bytes) -> Survey:
    """Return the survey of a file that begins as a PNM does."""
    if not _KINDS.match(data):
        raise FormatError("its header cannot be read")
    kind, header = data[1] - ord("0"), _Header(data)
    bitmap, colours = kind in (1, 4), 3 if kind in (3, 6) else 1
    width, height = header.number("width"), header.number("height")
    maximum = 1 if bitmap else header.number("maximum")
    if not 0 < maximum <= _MOST_MAXIMUM:
        raise FormatError(f"its maximum is {maximum}, expected 1 to {_MOST_MAXIMUM}")
    if not (width and height):
        raise FormatError(f"its size is {width}x{height}")
    check_size(width, height)
    size, start = 1 if maximum <= PIXEL_MAX else 2, header.end()
    row = (width + 7) // 8 if bitmap else width * colours * size
    raster: bytes | memoryview
    if kind > 3:
        end = start + row * height
        if end > len(data):
            raise FormatError(f"it is cut short: it has {len(data) - start} of {row * height} bytes of samples")
        raster = memoryview(data)[start:end]
    else:
        raster, end = _plain(data, start, width * height * colours, bitmap, size)
        if bitmap:
            raster = np.packbits(np.frombuffer(raster, np.uint8).reshape(height, width), axis=1).tobytes()
    if not bitmap and maximum not in (PIXEL_MAX, DEEP_MAX):
        most = int(np.frombuffer(raster, _TYPES[size]).max())
        if most > maximum:
            raise FormatError(f"it has a sample of {most}, above its maximum of {maximum}")
    if size > 1:
        return _deep(raster, (height, width, colours), maximum, what_follows(data, end))
    form = 4 if bitmap else 6 if colours == 3 else 5
    line = f"P{form}\n{width} {height}\n" + ("" if bitmap else f"{maximum}\n")
    as_it_is = data.startswith(line.encode()) and start == len(line)
    return Survey(data if as_it_is else b"".join([line.encode(), raster]), what_follows(data, end))


def _deep(raster: bytes | memoryview, shape: tuple[int, int, int], maximum: int, remarks: tuple[str, ...]) -> Survey:
    """Return the survey of samples of two bytes. They stay as they are, for no scale of 16 bits has all others."""

    def decode() -> DeepPicture:
        picture = np.frombuffer(raster, _TYPES[2]).reshape(shape).astype(np.uint16)
        return picture[..., 0] if shape[2] == 1 else picture

    if maximum < DEEP_MAX:
        remarks = (f"its maximum, {maximum}, is not kept: samples stay as they are, of 16 bits", *remarks)
    return Survey(b"", remarks, deep=decode)


class _Header:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 2

    def number(self, name: str) -> int:
        at = self._space(self._at)
        found = _NUMBER.match(self._data, at)
        if found is None:
            raise FormatError(f"its header cannot be read: it has no {name}")
        digits = found[0].lstrip(b"0")
        if len(digits) > 10:
            raise FormatError(f"its {name} has {len(digits)} digits")
        self._at = found.end()
        return int(digits or b"0")

    def end(self) -> int:
        """Return where samples begin: behind one white space, before which a comment may stand, its line's end
        included.
        """
        at = self._at
        if self._data[at : at + 1] == b"#":
            found = _COMMENT.match(self._data, at)
            at = found.end() if found else at
        if not self._data[at : at + 1].isspace():
            raise FormatError("its header cannot be read: no white space is behind it")
        return at + 1

    def _space(self, at: int) -> int:
        found = _SPACE.match(self._data, at)
        return found.end() if found else at


def _plain(data: bytes, start: int, count: int, bitmap: bool, size: int) -> tuple[bytes, int]:
    """Return ``count`` samples written as numbers, in ``size`` bytes each, and where they end. Bits may be without
    space between.
    """
    found: list[NDArray[Any]] = []
    at, left, word = start, count, re.compile(rb"\S" if bitmap else rb"\S+")
    while left:
        if at >= len(data):
            raise FormatError(f"it is cut short: it has {count - left} of {count} samples")
        stop = _cut(data, at)
        text = _COMMENT.sub(lambda comment: b" " * len(comment[0]), data[at:stop])
        samples = _bits(b"".join(text.split())[:left]) if bitmap else _numbers(text.split(maxsplit=left)[:left], size)
        found.append(samples)
        left -= len(samples)
        if not left:
            for last in islice(word.finditer(text), len(samples)):
                stop = at + last.end()
        at = stop
    behind = _SPACE.match(data, at)
    samples = np.concatenate(found).astype(_TYPES[size])  # which has lost its order of bytes
    return samples.tobytes(), behind.end() if behind else at


def _cut(data: bytes, at: int) -> int:
    """Return the end of a piece from ``at`` on, within neither a number nor a comment: behind a line, or at the end."""
    ends = [place for mark in (b"\n", b"\r") if (place := data.find(mark, at + _PIECE)) >= 0]
    return min(ends) + 1 if ends else len(data)


def _bits(digits: bytes) -> NDArray[np.uint8]:
    rest = digits.lstrip(b"01")
    if rest:
        raise _unexpected(rest)
    return np.frombuffer(digits, np.uint8) - np.uint8(ord("0"))


def _numbers(words: list[bytes], size: int) -> NDArray[Any]:
    for word in words:
        if not word.isdigit():
            raise _unexpected(word)
    most = PIXEL_MAX if size == 1 else DEEP_MAX
    values = [int(word[-6:]) if len(word.lstrip(b"0")) < 6 else most + 1 for word in words]
    if max(values, default=0) > most:
        raise FormatError("it has a sample above its maximum")
    return np.array(values, _TYPES[size])


def _unexpected(word: bytes) -> FormatError:
    return FormatError(f"it has {word[:10]!r} where a sample was expected")
