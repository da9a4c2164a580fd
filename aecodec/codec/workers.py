"""Other processes for work that one cannot do fast enough."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

Run = Callable[..., Iterable[Any]]  # as the builtin map


@contextmanager
def workers(jobs: int) -> Iterator[Run]:
    """What to use in place of ``map``: ``jobs`` processes for functions and arguments that can be pickled, or none."""
    if jobs <= 1:
        yield map
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool.map
