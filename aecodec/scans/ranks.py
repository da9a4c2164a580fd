"""Which entries of a list are the best of each owner, who come one after the other."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Integers64

_INDEX_BITS, _COST_BITS = 25, 20  # of a key to sort by; the owner's are above


def cheapest(owner: Integers64, cost: Integers64, count: int) -> Integers64:
    """Return the ``count`` cheapest of each owner, the cheapest first; owners ascend, and so they come."""
    key = owner << _INDEX_BITS + _COST_BITS | cost << _INDEX_BITS | np.arange(len(owner))
    key.sort()
    at = key & (1 << _INDEX_BITS) - 1
    return at[rank(owner) < count]


def rank(owner: Integers64) -> Integers64:
    """Return the place of each among those of its owner; owners ascend."""
    count = np.bincount(owner)
    return np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)


def distinct(looks: Integers64) -> Integers64:
    """Return, ascending, the first of each number among ``looks``."""
    order = np.argsort(looks)
    ascending = looks[order]
    begins = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]]))
    return np.sort(np.minimum.reduceat(order, begins))
