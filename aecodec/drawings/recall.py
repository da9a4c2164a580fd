"""Tables of what came in each context: the outcome that has held longest of late, and one more.

A context is a hash. Contexts with the same entry share it. All lanes of a step look before any of them notes. If
several lanes of a step note in one entry, the last lane's outcome stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Unsigned32
from aecodec.frozen import dataclass

LEVELS = 8  # into which the number of times that an outcome came is divided
_MOST = 255
_HASH = np.uint32(0x9E3779B1)
_MIX = np.uint32(0x85EBCA77)
_DOWN = 15
_DOUBT = 2  # a count is shifted down by so many bits when another outcome comes
_LEVELS = np.array([0, *(min(LEVELS - 1, (seen - 1).bit_length()) for seen in range(1, _MOST + 1))], np.uint8)


@dataclass(frozen=True)
class Recalled:
    """The entry of each context ``[contexts, lanes]``, its two outcomes, and how often the first came, 0 for never."""

    entries: Indices
    first: Unsigned32
    second: Unsigned32
    seen: NDArray[np.uint8]

    @property
    def level(self) -> NDArray[np.uint8]:
        """How often the first outcome came, on a scale below LEVELS."""
        return _LEVELS.take(self.seen)


class Recall:
    """A table of ``2**bits`` entries for each of ``contexts`` contexts."""

    def __init__(self, contexts: int, bits: int) -> None:
        self._bits = bits
        self._starts = (np.arange(contexts) << bits)[:, None]
        self._first, self._second = np.zeros(contexts << bits, np.uint32), np.zeros(contexts << bits, np.uint32)
        self._seen = np.zeros(contexts << bits, np.uint8)

    def look(self, hashes: Unsigned32) -> Recalled:
        """Look up all contexts by their ``hashes`` ``[contexts, lanes]``."""
        entries = scattered(hashes, self._bits) + self._starts
        return Recalled(entries, self._first.take(entries), self._second.take(entries), self._seen.take(entries))

    def look_at(self, context: int, hashes: Unsigned32) -> Recalled:
        """Look up one context. ``hashes`` may have any shape."""
        entries = scattered(hashes, self._bits) + self._starts[context]
        return Recalled(entries, self._first.take(entries), self._second.take(entries), self._seen.take(entries))

    def note(self, recalled: Recalled, outcome: Unsigned32) -> None:
        """Note the ``outcome`` ``[lanes]`` in the entries of ``recalled``."""
        first, seen = recalled.first, recalled.seen
        new, same = seen == 0, first == outcome
        left = np.maximum(seen, 1) - np.uint8(1) >> np.uint8(_DOUBT)
        replaced = new | (~same & (left == 0))
        second = np.where(new | ~(same | replaced), outcome, np.where(replaced, first, recalled.second))
        entries = recalled.entries.reshape(-1)
        self._first[entries] = np.where(replaced, outcome, first).reshape(-1)
        self._second[entries] = second.reshape(-1)
        held = np.where(new, 1, np.where(same, np.minimum(seen, _MOST - 1) + 1, left + 1))
        self._seen[entries] = held.reshape(-1)


def scattered(numbers: Unsigned32, bits: int) -> Indices:
    """Hash numbers down to ``bits`` bits, all of which depend on the whole number."""
    return ((numbers ^ numbers >> np.uint32(_DOWN)) * _MIX >> np.uint32(32 - bits)).astype(np.intp)


def hashes(values: Unsigned32) -> Unsigned32:
    """Return the hashes of the first 1, 2, … of ``values`` ``[n, lanes]``, ``[n, lanes]``: a polynomial mod 2**32."""
    return np.add.accumulate(values * _factors(len(values)), axis=0, dtype=np.uint32)


def _factors(count: int) -> Unsigned32:
    return np.multiply.accumulate(np.full((count, 1), _HASH), axis=0, dtype=np.uint32)
