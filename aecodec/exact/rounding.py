"""Checks that floating point rounds to nearest. Another library in the process may have changed that.

Integers do not depend on it. But a few operations do round: reductions of scans, and predictions of pixels. With
another mode they would silently give other pixels. None of them depends on subnormal numbers, which many libraries
flush to zero. Where such a number may arise, it is added to one on a far coarser grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import ModelError

T = TypeVar("T")
_LANES: Final = 9  # so many that both vector instructions and those for one number are checked


def _sums(dtype: type[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating], bytes]:
    """Return ones, numbers to add to them, and the bytes of the sums that are rounded to nearest.

    Every other mode rounds at least one of the sums differently.
    """
    last = np.finfo(dtype).eps
    ones = np.ones(2 * _LANES, dtype)
    parts = np.repeat(np.array([last / 2, last * 3 / 4], dtype), _LANES)  # the first is a tie and goes down, to even
    return ones, parts, np.repeat(np.array([1, 1 + last], dtype), _LANES).tobytes()


_SUMS: Final = (_sums(np.float32), _sums(np.float64))


def check_rounding() -> None:
    """Raise ModelError unless binary32 and binary64 round to nearest. This takes a few microseconds."""
    for ones, parts, expected in _SUMS:
        if (ones + parts).tobytes() != expected:
            raise ModelError(
                "floating point does not round to nearest here: another library has changed that, and pixels would "
                "come out wrong; restore it, or use aecodec in another process"
            )


@contextmanager
def rounding_checked() -> Iterator[None]:
    """Call :func:`check_rounding` before and after a ``with`` block, or a call of a function that this decorates."""
    check_rounding()
    yield
    check_rounding()


def rounding_checked_for_each(items: Iterable[T]) -> Iterator[T]:
    """Yield ``items``, and call :func:`check_rounding` before and after each of them is made."""
    check_rounding()
    for item in items:
        check_rounding()
        yield item
        check_rounding()
