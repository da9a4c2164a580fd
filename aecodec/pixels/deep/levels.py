"""Which values the samples of a deep image have: often every 16th or 257th alone, or those of a stretched scale.

Samples are then told by their numbers among these, of which there are fewer, and which lie evenly.
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
_AT_ONCE = 1 << 20  # samples that are counted together
_WINDOW = 64  # values in a row over which it is judged how many do not occur
_CLEARLY = 10  # bits that a list of values must save for each of its bytes


@dataclass(frozen=True)
class Levels:
    """The values: ``count`` of them from ``first`` on, each ``step`` above the one before; or, where that is 0, as far
    above it as ``gaps`` ``[count - 1]`` say.
    """

    first: int
    count: int
    step: int = 1
    gaps: Integers64 | None = None

    @classmethod
    def of(cls, values: Integers64) -> Levels:
        """Take ``values`` in their order, which are at least one."""
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
        """Return the numbers of the samples of ``image``, which has no other values, counted from 0."""
        table = np.zeros(MOST, np.uint16)
        table[self.values] = np.arange(self.count)
        return table[image]

    def image(self, numbers: DeepPicture) -> DeepPicture:
        """Return what has these ``numbers``."""
        return self.values.astype(np.uint16)[numbers]

    def pack(self) -> bytes:
        """Return the first value, how many follow, and how far they are apart: all as far, or each as a list says."""
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

        What an evenly spaced row takes here does not hang on how many values it claims.
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
    """Return values that the samples of ``image`` have: those alone where a list of them pays, else all of a row."""
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
    """Return whether a list of the values ``used`` saves more than it takes; ``seen`` is how often each of a row is."""
    starts = np.arange(0, len(seen), _WINDOW)
    samples = np.add.reduceat(seen, starts)
    occur = np.add.reduceat((seen > 0).astype(np.int64), starts)
    lengths = np.minimum(_WINDOW, len(seen) - starts)
    saved = int((samples * (log2_fixed(lengths) - log2_fixed(np.maximum(occur, 1)))).sum())
    return saved > _CLEARLY * len(_listed(np.diff(used))) << COST_UNIT_BITS


def _listed(gaps: Integers64) -> bytes:
    """Return the list: of each gap less one the higher byte, then of each the lower one, deflated."""
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
