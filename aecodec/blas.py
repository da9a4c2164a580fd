"""How many threads BLAS, which does NumPy's matrix products, may have. The module imports nothing but Python's own.

The products of these networks are small. Where two cores are idle, two threads are a quarter faster at most and cost
twice the work; where they are busy, threads that wait for each other make the same up to twenty times slower. So there
is one, unless the environment says how many.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import threadpool_limits

VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS")


def is_settled() -> bool:
    """Whether the environment says how many threads there are."""
    return any(name in os.environ for name in VARIABLES)


def settle_environment() -> None:
    """Give this process one thread, and those that it starts. NumPy asks once, when it is loaded."""
    os.environ.update(dict.fromkeys(VARIABLES, "1"))


def settle_here() -> None:
    """Give this process one thread for good, also if NumPy is loaded, unless the environment says otherwise."""
    if not is_settled():
        _limit()


class _Within:
    """How many are within :func:`one_thread`, and what gives BLAS its threads back when none is any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._limits: threadpool_limits | None = None

    def enter(self) -> None:
        with self._lock:
            if not self._count:
                self._limits = _limit()
            self._count += 1

    def leave(self) -> None:
        with self._lock:
            self._count -= 1
            if not self._count and self._limits is not None:
                self._limits.restore_original_limits()


_WITHIN = _Within()


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS has one thread for what is done within, in all of the process, and then as many as before.

    It is left as it is where the environment says how many threads it has. Several threads may be within at once: the
    first to come limits BLAS, and the last to go gives back what it found.
    """
    if is_settled():
        yield
        return
    _WITHIN.enter()
    try:
        yield
    finally:
        _WITHIN.leave()


def _limit() -> threadpool_limits:
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, "blas")
