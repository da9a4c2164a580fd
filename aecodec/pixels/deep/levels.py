"""Which values the samples of a deep image have: often only every 16th or 257th, or those of a stretched scale.

Samples are coded as numbers of these values. There are fewer numbers than values, and they have no gaps.
"""

from __future__ import annotations

import zlib

import numpy as np

from aecodec.arrays import DeepPicture, Integers64
from aecodec.container.varint import Cursor, varint
from aecodec.entropy.tables import COST_UNIT_BITS, log2_fixed
from aecodec.errors import FormatError
from aecodec.frozen import dataclass

MOST = 1 << 16  # values of 16 bits
_AT_ONCE = 1 << 20  # samples that are counted at a time
_WINDOW = 64  # neighbouring values among which those that do not occur are counted
_CLEARLY = 10  # bits that a list of values must save for each of its bytes


@dataclass(frozen=True)
class Levels:
    """The values of an image: ``count`` of them, from ``first`` on. Each is ``step`` above the value before.

    Where ``step`` is 0, ``gaps``, int64 ``[count - 1]``, say how far each value is above the one before.
    """

    first: int
    count: int
    step: int = 1
    gaps: Integers64 | None = None

    @classmethod
    def of(cls, values: Integers64) -> Levels:
        """Take ``values``, which ascend; there is at least one."""
        gaps, first = np.diff(values), int(values[0])
        if len(gaps) and (gaps != gaps[0]).any():
            return cls(first, len(values), 0, gaps)
        return cls(first, len(values), int(gaps[0]) if len(gaps) else 1)

    @property
    def values(self) -> Integers64:
        """All of them, int64 ``[count]``."""
        if self.gaps is None:
            return self.first + self.step * np.arange(self.count)
        return self.first + np.concatenate([[0], self.gaps.cumsum()])

    def numbers(self, image: DeepPicture) -> DeepPicture:
        """Return ``image`` with each sample replaced by the number of its value, from 0. It has no other values."""
        table = np.zeros(MOST, np.uint16)
        table[self.values] = np.arange(self.count)
        return table[image]

    def image(self, numbers: DeepPicture) -> DeepPicture:
        """Return the image whose samples have these ``numbers``."""
        return self.values.astype(np.uint16)[numbers]

    def pack(self) -> bytes:
        """Return the values as bytes: the first one, how many follow, and the step between them or a list of gaps."""
        out = varint(self.first) + varint(self.count - 1)
        if self.count == 1:
            return out
        if self.gaps is None:
            return out + varint(self.step)
        listed = _listed(self.gaps)
        return out + varint(0) + varint(len(listed)) + listed

    @classmethod
    def read(cls, cursor: Cursor, samples: int) -> Levels:
        """Read the values of an image of so many ``samples``. Raises FormatError.

        Evenly spaced values take the same little memory here, however many a file claims.
        """
        first, more = cursor.varint("the least value"), cursor.varint("a number of values")
        if first + more >= MOST:
            raise FormatError(f"{more + 1} values from {first} on, of 16 bits")
        if not more:
            return cls(first, 1)
        step, gaps = cursor.varint("a step of values"), None
        if not step:
            listed = cursor.take(cursor.varint("the length of a list of values"), "a list of values")
            if more >= samples:
                raise FormatError(f"a list of {more + 1} values for {samples} samples")
            gaps = _gaps(listed, more)
        if first + (step * more if gaps is None else int(gaps.sum())) >= MOST:
            raise FormatError("values above those of 16 bits")
        return cls(first, more + 1, step, gaps)


def levels_of(image: DeepPicture) -> Levels:
    """Return the values of ``image``. Where a list of them would not pay, evenly spaced values with unused ones."""
    flat, seen = image.reshape(-1), np.zeros(MOST, np.int64)
    for at in range(0, len(flat), _AT_ONCE):
        seen += np.bincount(flat[at : at + _AT_ONCE], minlength=MOST)
    used = np.flatnonzero(seen)
    step = int(np.gcd.reduce(np.diff(used))) if len(used) > 1 else 1
    even = np.arange(used[0], used[-1] + 1, step)
    if len(used) == len(even):
        return Levels.of(even)
    return Levels.of(used if len(used) <= image.size and _pays(seen[even], used) else even)


def _pays(seen: Integers64, used: Integers64) -> bool:
    """Return whether a list of the values ``used`` saves clearly more than it takes.

    ``seen`` is how often each of the evenly spaced values occurs.
    """
    starts = np.arange(0, len(seen), _WINDOW)
    samples = np.add.reduceat(seen, starts)
    occur = np.add.reduceat((seen > 0).astype(np.int64), starts)
    lengths = np.minimum(_WINDOW, len(seen) - starts)
    saved = int((samples * (log2_fixed(lengths) - log2_fixed(np.maximum(occur, 1)))).sum())
    return saved > _CLEARLY * len(_listed(np.diff(used))) << COST_UNIT_BITS


def _listed(gaps: Integers64) -> bytes:
    """Return the deflated list of gaps less one: first the higher bytes of all, then the lower bytes."""
    coder = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return coder.compress((gaps - 1).astype(">u2").view(np.uint8).reshape(-1, 2).T.tobytes()) + coder.flush()


def _gaps(listed: bytes, count: int) -> Integers64:
    coder = zlib.decompressobj(-15)
    try:
        content = coder.decompress(listed, 2 * count + 1)
    except zlib.error as error:
        raise FormatError(f"a list of values is damaged: {error}") from error
    if not coder.eof or coder.unused_data or len(content) != 2 * count:
        raise FormatError("a list of values of another length than it says")
    high, low = np.frombuffer(content, np.uint8).reshape(2, count).astype(np.int64)
    return high * 256 + low + 1
