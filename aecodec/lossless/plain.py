"""Exact coding without a model: planes are stored, deflated, or differenced in both directions and deflated.

A deep sample (uint16) is two bytes, the higher one first. With differences, all higher bytes of a plane come first,
then all lower ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Plane, Shallow
from aecodec.errors import FormatError

STORED, DEFLATED, DIFFERENCED = 0, 1, 2
METHODS = (STORED, DEFLATED, DIFFERENCED)
_TYPES = {1: np.uint8, 2: np.uint16}  # by bytes of a sample
# All strategies are tried where each plane is at most so many pixels wide or high, and all have so many bytes.
_THIN, _MANY = 8, 1 << 12
_STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_RLE)  # long matches, few short ones, runs alone
MOST_INFLATED = 1032  # bytes that one deflated byte can give: two bits stand for 258 bytes at most


def encode_plain(planes: Sequence[Plane]) -> tuple[int, bytes]:
    """Return the method that is shortest for ``planes``, and its bytes.

    Planes are ``[height, width]``, all of them uint8 or all uint16.
    """
    raw, differences = _both(planes)
    thorough = len(raw) >= _MANY and all(min(plane.shape) <= _THIN for plane in planes)
    strategies = _STRATEGIES if thorough else _STRATEGIES[:1]
    candidates = [(STORED, raw), (DEFLATED, _shortest(raw, strategies))]
    candidates.append((DIFFERENCED, _shortest(differences, strategies)))
    return min(candidates, key=lambda each: (len(each[1]), each[0]))


def quick_size(planes: Sequence[Plane]) -> int:
    """Estimate the bytes that :func:`encode_plain` would give, rather too many; it takes a tenth of the work."""
    return min(len(_deflate(data, level=1)) for data in _both(planes))


def _both(planes: Sequence[Plane]) -> tuple[bytes, bytes]:
    """Return the samples as they are, and differenced."""
    raw = b"".join(plane.astype(plane.dtype.newbyteorder(">"), copy=False).tobytes() for plane in planes)
    return raw, b"".join(_by_bytes(_difference(plane)).tobytes() for plane in planes)


def decode_plain(method: int, body: bytes, shapes: Sequence[tuple[int, int]], *, deep: bool = False) -> list[Plane]:
    """Return planes of ``shapes`` (height, width): uint8, or uint16 if they are ``deep``.

    Raises FormatError where the body is not exactly those planes.
    """
    size = 2 if deep else 1
    expected = size * sum(height * width for height, width in shapes)
    raw = body if method == STORED else inflate(body, expected)
    if len(raw) != expected:
        raise FormatError(f"a block holds {len(raw)} bytes of pixels, expected {expected}")
    planes, at = [], 0
    for height, width in shapes:
        part = np.frombuffer(raw, np.uint8, size * height * width, at)
        at += part.size
        if method == DIFFERENCED:
            planes.append(_undifference(_of_bytes(part.reshape(size, height, width))))
        else:
            planes.append(part.copy().view(">u2" if deep else "u1").reshape(height, width).astype(_TYPES[size]))
    return planes


def _by_bytes(plane: Plane) -> Shallow:
    """Return the bytes of ``plane`` ``[bytes of a sample, height, width]``, the highest first."""
    parts = [plane] if plane.dtype == np.uint8 else [plane >> 8, plane & 255]
    return np.stack(parts).astype(np.uint8, copy=False)


def _of_bytes(parts: Shallow) -> Plane:
    """Return the inverse of :func:`_by_bytes`."""
    found: Plane = parts[0].copy() if len(parts) == 1 else parts[0].astype(np.uint16) << 8 | parts[1]
    return found


def _difference(plane: Plane) -> Plane:
    """Subtract west plus north minus north-west, mod 256 or 65536. Samples outside the plane are 0."""
    wide = np.zeros((plane.shape[0] + 1, plane.shape[1] + 1), plane.dtype)
    wide[1:, 1:] = plane
    return wide[1:, 1:] - wide[1:, :-1] - wide[:-1, 1:] + wide[:-1, :-1]


def _undifference(residual: Plane) -> Plane:
    rows = np.cumsum(residual, axis=0, dtype=residual.dtype)
    return np.cumsum(rows, axis=1, dtype=residual.dtype)


def _shortest(raw: bytes, strategies: Sequence[int]) -> bytes:
    """Deflate with each of zlib's ``strategies``, and return the shortest result."""
    return min((_deflate(raw, strategy=strategy) for strategy in strategies), key=len)


def _deflate(raw: bytes, level: int = 9, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    coder = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return coder.compress(raw) + coder.flush()


def inflate(body: bytes, expected: int) -> bytes:
    """Inflate ``body`` to at most ``expected`` + 1 bytes. Raises FormatError where it is damaged or longer."""
    if expected > MOST_INFLATED * len(body):  # refused before memory is taken for the pixels
        raise FormatError(f"a deflated block of {len(body)} bytes, which cannot hold {expected} bytes of pixels")
    coder = zlib.decompressobj(-15)
    try:
        raw = coder.decompress(body, expected + 1)
    except zlib.error as error:
        raise FormatError(f"a deflated block is damaged: {error}") from error
    if not coder.eof or coder.unused_data:
        raise FormatError("a deflated block is cut short or followed by other bytes")
    return raw
