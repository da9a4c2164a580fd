"""Deep pictures as PNG stores them: one of PNG's five filters for each row, then deflate (W3C, PNG, section 9).

A filter predicts a byte from the pixel to the left, from the one above, or from both, and keeps the difference. A
reader restores all rows at the same time: each row is one pixel behind the row above.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Shallow
from aecodec.errors import FormatError
from aecodec.lossless.plain import inflate

Size = tuple[int, int, int]  # height, width, bytes of a pixel
FILTERS = 5
SUB, UP, AVERAGE, PAETH = range(1, FILTERS)  # 0 is none
_AT_ONCE = 1 << 18  # bytes of pictures that are filtered together


def encode_filtered(pictures: Sequence[Shallow]) -> bytes:
    """Return the body of ``pictures``, uint8 ``[height, width, bytes of a pixel]``.

    Two ways to choose filters are tried, and the shorter body is kept. One takes for each row the filter with the
    smallest sum of absolute differences, as PNG encoders do. The other takes the same filter for all rows.
    """
    alike = min(range(FILTERS), key=lambda each: len(_deflated(_all_by(pictures, each), zlib.Z_FILTERED, 1)))
    tried = b"".join(map(filtered_rows, pictures)), _all_by(pictures, alike)
    strategies = zlib.Z_FILTERED, zlib.Z_DEFAULT_STRATEGY
    return min((_deflated(content, strategy, 9) for content in tried for strategy in strategies), key=len)


def quick_filtered_size(pictures: Sequence[Shallow]) -> int:
    """Estimate the bytes that :func:`encode_filtered` would give, rather too many; it takes a tenth of the work."""
    return len(_deflated(b"".join(map(filtered_rows, pictures)), zlib.Z_FILTERED, 1))


def decode_filtered(body: bytes, sizes: Sequence[Size]) -> list[Shallow]:
    """Return the pictures of ``sizes`` from a body. Raises FormatError where the body is not exactly those pictures."""
    expected = sum(height * (1 + width * pixel) for height, width, pixel in sizes)
    content = np.frombuffer(inflate(body, expected), np.uint8)
    if len(content) != expected:
        raise FormatError(f"a filtered block of {len(content)} bytes, expected {expected}")
    pictures, at = [], 0
    for height, width, pixel in sizes:
        rows = content[at : at + height * (1 + width * pixel)].reshape(height, -1)
        at += rows.size
        if rows[:, 0].max() > PAETH:
            raise FormatError(f"a row with filter {rows[:, 0].max()}")
        pictures.append(_restored(rows[:, 0], rows[:, 1:].reshape(height, width, pixel)))
    return pictures


def _all_by(pictures: Sequence[Shallow], number: int) -> bytes:
    return b"".join(_rows(picture, np.full(len(picture), number)) for picture in pictures)


def filtered_rows(picture: Shallow) -> bytes:
    """Return the filtered rows of ``picture``, uint8 ``[height, width, bytes of a pixel]``: what a PNG deflates.

    Each row has the filter with the smallest sum of absolute differences. The byte for the filter comes first.
    """
    return _rows(picture, _best(picture))


def _rows(picture: Shallow, filters: Indices) -> bytes:
    """Return the rows of ``picture``, each filtered as ``filters`` says, and behind the byte for its filter."""
    rows = [filtered[filters[at], np.arange(filtered.shape[1])] for at, filtered in _filtered(picture)]
    return np.concatenate([filters[:, None].astype(np.uint8), np.concatenate(rows)], 1).tobytes()


def _best(picture: Shallow) -> Indices:
    """Return for each row the filter with the smallest sum of absolute differences, bytes taken as signed."""
    sizes = [np.minimum(each, -each).sum(2, dtype=np.int64).argmin(0) for _, each in _filtered(picture)]
    return np.concatenate(sizes)


def _filtered(picture: Shallow) -> Iterator[tuple[slice, NDArray[np.uint8]]]:
    """Yield some rows at a time, and their bytes by each filter, ``[filters, rows, bytes]``."""
    height, width, pixel = picture.shape
    some = max(1, _AT_ONCE // (width * pixel))
    for top in range(0, height, some):
        rows = slice(top, min(top + some, height))
        wide = np.zeros((rows.stop - top + 1, width + 1, pixel), np.uint8)
        wide[1:, 1:] = picture[rows]
        if top:
            wide[0, 1:] = picture[top - 1]
        here, left, above, corner = wide[1:, 1:], wide[1:, :-1], wide[:-1, 1:], wide[:-1, :-1]
        guesses = (np.uint8(0), left, above, _average(left, above), _paeth(left, above, corner))
        yield rows, np.stack([here - guess for guess in guesses]).reshape(FILTERS, len(here), -1)


def _restored(filters: NDArray[np.uint8], filtered: Shallow) -> Shallow:
    """Undo the filters along diagonals: step t restores column t - y of each row y, whose neighbours are there then."""
    height, width, pixel = filtered.shape
    wide = np.zeros((height + 1, width + 1, pixel), np.uint8)
    flat = wide.reshape(-1, pixel)
    source = filtered.reshape(-1, pixel)
    for time in range(width + height - 1):
        first, end = max(0, time - width + 1), min(height, time + 1)
        rows = np.arange(first, end)
        here = (rows + 1) * (width + 1) + time - rows + 1
        left, above, corner = flat[here - 1], flat[here - width - 1], flat[here - width - 2]
        kind = filters[first:end, None]
        guess = np.select(
            [kind == SUB, kind == UP, kind == AVERAGE, kind == PAETH],
            [left, above, _average(left, above), _paeth(left, above, corner)],
            np.uint8(0),
        )
        flat[here] = source[rows * width + time - rows] + guess
    return np.ascontiguousarray(wide[1:, 1:])


def _average(left: Shallow, above: Shallow) -> Shallow:
    found: Shallow = (left & above) + ((left ^ above) >> 1)
    return found


def _paeth(left: Shallow, above: Shallow, corner: Shallow) -> Shallow:
    """Return which of the three is nearest to left + above - corner, the first of equally near ones."""
    a, b, c = (each.astype(np.int16) for each in (left, above, corner))
    by_left, by_above = np.abs(b - c), np.abs(a - c)
    by_corner = np.abs(a + b - 2 * c)
    nearer = np.where(by_above <= by_corner, above, corner)
    return np.where((by_left <= by_above) & (by_left <= by_corner), left, nearer)


def _deflated(content: bytes, strategy: int, level: int) -> bytes:
    coder = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return coder.compress(content) + coder.flush()
