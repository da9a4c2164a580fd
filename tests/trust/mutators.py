"""Random damage to files, as disks, networks and editors do it, and damage that gets past the checksums."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np

from aecodec.container.frame import CHECKSUM_BYTES
from aecodec.container.header import FINGERPRINT_BYTES, SIGNATURE, VERSION_BYTE, has_form, read_form
from aecodec.container.varint import Cursor, varint
from aecodec.errors import AecError
from tests.checks import flipped

Mutator = Callable[[bytes, np.random.Generator, Sequence[bytes]], bytes]
LONGEST = 64  # bytes of one burst, insertion or deletion
EXTREMES = (0, 1, 127, 128, 255, 4096, 4097, 32768, 32769, 1 << 16, 1 << 24, (1 << 24) + 1, (1 << 32) - 1)


def _place(data: bytes, rng: np.random.Generator) -> int:
    return int(rng.integers(len(data)))


def _length(rng: np.random.Generator) -> int:
    return int(rng.geometric(0.15)) % LONGEST + 1


def burst(data: bytes, rng: np.random.Generator, others: Sequence[bytes]) -> bytes:
    """Some bytes in a row are others."""
    at, length = _place(data, rng), _length(rng)
    return data[:at] + rng.bytes(len(data[at : at + length])) + data[at + length :]


def insertion(data: bytes, rng: np.random.Generator, others: Sequence[bytes]) -> bytes:
    """Some bytes come in between."""
    at = int(rng.integers(len(data) + 1))
    return data[:at] + rng.bytes(_length(rng)) + data[at:]


def deletion(data: bytes, rng: np.random.Generator, others: Sequence[bytes]) -> bytes:
    """Some bytes are gone."""
    at = _place(data, rng)
    return data[:at] + data[at + _length(rng) :]


def splice(data: bytes, rng: np.random.Generator, others: Sequence[bytes]) -> bytes:
    """It begins as one file and goes on as another, or as itself elsewhere."""
    other = data if rng.integers(4) == 0 else others[int(rng.integers(len(others)))]
    return data[: int(rng.integers(len(data) + 1))] + other[_place(other, rng) :]


def few(data: bytes, rng: np.random.Generator, others: Sequence[bytes]) -> bytes:
    """One to three bytes are others."""
    for place in rng.integers(0, len(data), rng.integers(1, 4)):
        data = flipped(data, int(place), int(rng.integers(1, 256)))
    return data


def bit(data: bytes, rng: np.random.Generator, others: Sequence[bytes]) -> bytes:
    """One bit is the other."""
    return flipped(data, _place(data, rng), 1 << int(rng.integers(8)))


def extreme(data: bytes, rng: np.random.Generator, others: Sequence[bytes]) -> bytes:
    """A number in the place of a byte, near a limit of the format."""
    at = _place(data, rng)
    return data[:at] + varint(int(rng.choice(EXTREMES))) + data[at + 1 :]


DAMAGE: dict[str, Mutator] = {f.__name__: f for f in (burst, insertion, deletion, splice)}
CHANGES: dict[str, Mutator] = DAMAGE | {f.__name__: f for f in (few, bit, extreme)}


def sealed_again(data: bytes) -> bytes:
    """``data`` with signature, length of a first layer, and all checksums repaired, as far as it has such fields."""
    data = bytes([SIGNATURE, VERSION_BYTE]) + data[2:]
    content = data[:-CHECKSUM_BYTES]
    if len(data) > 3 and has_form(data[2]):
        cursor = Cursor(content, 3 + FINGERPRINT_BYTES, len(content))
        try:
            length = read_form(cursor, data[2]).length
        except AecError:
            return _sealed(content)
        if length is None:  # of another form than two layers
            return _sealed(content)
        end = cursor.at + length
        if end + CHECKSUM_BYTES <= len(data):
            content = _sealed(content[:end]) + content[end + CHECKSUM_BYTES :]
            if end + CHECKSUM_BYTES == len(data):
                return content
    return _sealed(content)


def _sealed(content: bytes) -> bytes:
    return content + zlib.crc32(content).to_bytes(CHECKSUM_BYTES, "big")
