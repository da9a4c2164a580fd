"""Whether floating point rounds to nearest, which another library in the process may have changed.

Integers do not mind, but a few operations do round: reductions of scans, and predictions of pixels. They would give
other pixels, and nothing else would tell. None of them depends on subnormal numbers, which many a library flushes to
zero: where one may come, it is added to what is on a far coarser grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import ModelError

T = TypeVar("T")
_LANES: Final = 9  # both vector instructions and those for one number


def _sums(dtype: type[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating], bytes]:
    """Return ones, what is added to them, and the bytes of the sums to nearest. Each other mode rounds one of them
    wrongly.
    """
    last = np.finfo(dtype).eps
    ones = np.ones(2 * _LANES, dtype)
    parts = np.repeat(np.array([last / 2, last * 3 / 4], dtype), _LANES)  # the tie goes down, to an even number
    return ones, parts, np.repeat(np.array([1, 1 + last], dtype), _LANES).tobytes()


_SUMS: Final = (_sums(np.float32), _sums(np.float64))


def check_rounding() -> None:
    """Raise ModelError unless binary32 and binary64 round to nearest. Takes a few microseconds."""
    for ones, parts, expected in _SUMS:
        if (ones + parts).tobytes() != expected:
            raise ModelError(
                "floating point does not round to nearest here: another library has changed that, and pixels would "
                "come out wrong; restore it, or use aecodec in another process"
            )


@contextmanager
def rounding_checked() -> Iterator[None]:
    """Call :func:`check_rounding` before and after what is done within, or by a function that this decorates."""
    check_rounding()
    yield
    check_rounding()


def rounding_checked_for_each(items: Iterable[T]) -> Iterator[T]:
    """Yield ``items``, with :func:`check_rounding` before and after each is made."""
    check_rounding()
    for item in items:
        check_rounding()
        yield item
        check_rounding()
