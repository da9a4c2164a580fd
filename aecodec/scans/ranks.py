"""Which entries of a list are the best of each owner. Owners are int64, ascend, and are below ``1 << OWNER_BITS``.

Sorts are stable ones, which are quick where the owners are in order already.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Integers64

OWNER_BITS = 15
_REST = 63 - OWNER_BITS
_SPARE = 4  # so many times as many as are kept are looked through for some that are alike


def best(owner: Integers64, cost: Integers64, looks: Integers64, count: int) -> Indices:
    """Return where the ``count`` entries of least ``cost`` of each owner are that differ in their ``looks``.

    All int64 ``[n]``. By owner, the cheapest first, and the first of those that are equally good; ``looks`` are random
    numbers of 64 bits.
    """
    near = cheapest(owner, cost, _SPARE * count)
    near = near[_distinct(owner[near], looks[near])]
    return near[leading(owner[near], count)]


def cheapest(owner: Integers64, cost: Integers64, count: int) -> Indices:
    """Return where the ``count`` entries of least ``cost`` of each owner are: by owner, the cheapest first."""
    order = (owner << _REST | cost).argsort(kind="stable")
    return order[leading(owner, count)]


def leading(owner: Integers64, count: int) -> NDArray[np.bool_]:
    """Return of each entry whether it is among the first ``count`` of its owner."""
    first = np.ones(len(owner), np.bool_)
    np.not_equal(owner[count:], owner[:-count], out=first[count:])
    return first


def _distinct(owner: Integers64, looks: Integers64) -> NDArray[np.bool_]:
    """Return of each entry whether it is the first of its owner with these ``looks``."""
    key = looks >> 64 - _REST & (1 << _REST) - 1 | owner << _REST
    order = key.argsort(kind="stable")
    ascending = key[order]
    first = np.ones(len(owner), np.bool_)
    first[order[1:]] = ascending[1:] != ascending[:-1]
    return first
