"""Other processes for work that one cannot do fast enough."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from aecodec.errors import LimitError

_MOST: Final = 61 if os.name == "nt" else sys.maxsize  # Windows waits for no more processes at once
Run = Callable[..., Iterable[Any]]  # as the builtin map


@contextmanager
def workers(jobs: int) -> Iterator[Run]:
    """What to use in place of ``map``: ``jobs`` processes for functions and arguments that can be pickled, or none.

    Whatever ends the work early ends them too. Raises LimitError where one of them was killed.
    """
    pool = _pool(jobs) if jobs > 1 else None
    if pool is None:
        yield map
        return
    with pool:
        try:
            yield pool.map
        except BrokenExecutor as error:
            raise LimitError(
                "a worker process was killed: for want of memory (use fewer jobs), or because the program that uses "
                'aecodec cannot be imported (it needs if __name__ == "__main__")'
            ) from error
        except BaseException:
            _end(pool)  # or leaving would wait for what they are at
            raise


def _pool(jobs: int) -> ProcessPoolExecutor | None:
    """None where the system lacks semaphores, or does not let us have any: one process does all, then."""
    context = multiprocessing.get_context("spawn")
    try:
        return ProcessPoolExecutor(min(jobs, _MOST), mp_context=context, initializer=_follow_parent)
    except (ImportError, NotImplementedError, OSError):
        return None


def _end(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):  # before Python 3.14 it has no other way
        process.terminate()


def _follow_parent() -> None:
    """In a worker: end with the parent, which may be killed, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
