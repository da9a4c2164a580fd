"""How many threads BLAS has in a command."""

from __future__ import annotations

import os

from threadpoolctl import threadpool_limits

VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS")


def settle_threads() -> None:
    """One thread of BLAS here and in the processes that this one starts, unless the environment says how many.

    The products of these networks are small. Where two cores are idle, two threads are a quarter faster at most and
    cost twice the work; where they are busy, threads that wait for each other make the same up to ten times slower.
    """
    if not any(name in os.environ for name in VARIABLES):
        os.environ |= dict.fromkeys(VARIABLES, "1")  # for processes, and for libraries that are not loaded yet
        threadpool_limits(1, user_api="blas")
