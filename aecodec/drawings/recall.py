"""What came where the same things were around: of each context the last outcome that held, and one more.

A context is hashed, and contexts that fall together share their entry. All lanes of a step look before any of them
notes; where lanes of one step note in one entry, the last one's is what stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Unsigned32
from aecodec.frozen import dataclass

LEVELS = 8  # of how often an outcome has held
_MOST = 255
_HASH = np.uint32(0x9E3779B1)
_MIX = np.uint32(0x85EBCA77)
_DOWN = 15
_DOUBT = 2  # bits that a count loses when another outcome comes
_LEVELS = np.array([0, *(min(LEVELS - 1, (seen - 1).bit_length()) for seen in range(1, _MOST + 1))], np.uint8)


@dataclass(frozen=True)
class Recalled:
    """Of each context ``[contexts, lanes]``: its entry, two outcomes, and how often the first has come, 0 for never."""

    entries: Indices
    first: Unsigned32
    second: Unsigned32
    seen: NDArray[np.uint8]

    @property
    def level(self) -> NDArray[np.uint8]:
        """How often the first has held, below LEVELS."""
        return _LEVELS.take(self.seen)


class Recall:
    """Tables of ``contexts`` with ``2**bits`` entries each."""

    def __init__(self, contexts: int, bits: int) -> None:
        self._bits = bits
        self._starts = (np.arange(contexts) << bits)[:, None]
        self._first, self._second = np.zeros(contexts << bits, np.uint32), np.zeros(contexts << bits, np.uint32)
        self._seen = np.zeros(contexts << bits, np.uint8)

    def look(self, hashes: Unsigned32) -> Recalled:
        """Return what is known of contexts with ``hashes`` ``[contexts, lanes]``."""
        entries = scattered(hashes, self._bits) + self._starts
        return Recalled(entries, self._first.take(entries), self._second.take(entries), self._seen.take(entries))

    def look_at(self, context: int, hashes: Unsigned32) -> Recalled:
        """Return what one context knows, of any shape that ``hashes`` has."""
        entries = scattered(hashes, self._bits) + self._starts[context]
        return Recalled(entries, self._first.take(entries), self._second.take(entries), self._seen.take(entries))

    def note(self, recalled: Recalled, outcome: Unsigned32) -> None:
        """Note what came: ``outcome`` ``[lanes]``."""
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
    """Bring numbers down to ``bits`` of them in which all have a part."""
    return ((numbers ^ numbers >> np.uint32(_DOWN)) * _MIX >> np.uint32(32 - bits)).astype(np.intp)


def hashes(values: Unsigned32) -> Unsigned32:
    """Return the hashes of the first 1, 2, … of ``values`` ``[n, lanes]``, ``[n, lanes]``: a polynomial mod 2**32."""
    return np.add.accumulate(values * _factors(len(values)), axis=0, dtype=np.uint32)


def _factors(count: int) -> Unsigned32:
    return np.multiply.accumulate(np.full((count, 1), _HASH), axis=0, dtype=np.uint32)
