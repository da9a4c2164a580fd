"""Other processes for work that one cannot do fast enough."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

Run = Callable[..., Iterable[Any]]  # as the builtin map


@contextmanager
def workers(jobs: int) -> Iterator[Run]:
    """What to use in place of ``map``: ``jobs`` processes for functions and arguments that can be pickled, or none."""
    pool = _pool(jobs) if jobs > 1 else None
    if pool is None:
        yield map
        return
    with pool:
        yield pool.map


def _pool(jobs: int) -> ProcessPoolExecutor | None:
    """None where the system lacks semaphores, or does not let us have any: one process does all, then."""
    context = multiprocessing.get_context("spawn")
    try:
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=_follow_parent)
    except (ImportError, NotImplementedError, OSError):
        return None


def _follow_parent() -> None:
    """In a worker: end with the parent, which may be killed, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
