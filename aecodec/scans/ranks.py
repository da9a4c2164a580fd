"""Finds the best entries of each owner in a list. Owners are int64, ascending, and below ``1 << OWNER_BITS``.

Sorts are stable ones, for these are quick where the owners are in order already.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Integers64

OWNER_BITS = 15
_REST = 63 - OWNER_BITS
_SPARE = 4  # so many times the entries that are kept are searched for ones that look alike


def best(owner: Integers64, cost: Integers64, looks: Integers64, count: int) -> Indices:
    """Return where the ``count`` cheapest entries of each owner are, no two of which have the same ``looks``.

    All arrays are int64 ``[n]``; ``looks`` are hashes of 64 bits. The result is ordered by owner, then by cost, then by
    place.
    """
    near = cheapest(owner, cost, _SPARE * count)
    near = near[_distinct(owner[near], looks[near])]
    return near[leading(owner[near], count)]


def cheapest(owner: Integers64, cost: Integers64, count: int) -> Indices:
    """Return where the ``count`` cheapest entries of each owner are, ordered by owner, then by cost."""
    order = (owner << _REST | cost).argsort(kind="stable")
    return order[leading(owner, count)]


def leading(owner: Integers64, count: int) -> NDArray[np.bool_]:
    """Return for each entry whether it is among the first ``count`` of its owner."""
    first = np.ones(len(owner), np.bool_)
    np.not_equal(owner[count:], owner[:-count], out=first[count:])
    return first


def _distinct(owner: Integers64, looks: Integers64) -> NDArray[np.bool_]:
    """Return for each entry whether it is the first of its owner with these ``looks``."""
    key = looks >> 64 - _REST & (1 << _REST) - 1 | owner << _REST
    order = key.argsort(kind="stable")
    ascending = key[order]
    first = np.ones(len(owner), np.bool_)
    first[order[1:]] = ascending[1:] != ascending[:-1]
    return first
