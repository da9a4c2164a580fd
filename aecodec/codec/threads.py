"""Threads for work that is mostly NumPy's: it lets others run meanwhile, and integers do not mind the order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from aecodec.exact.sheets import Map


@contextmanager
def threads(jobs: int) -> Iterator[Map]:
    """What to use in place of ``map``."""
    if jobs <= 1:
        yield map
        return
    with ThreadPoolExecutor(jobs) as pool:
        yield pool.map


def processors() -> int:
    """Those that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1
