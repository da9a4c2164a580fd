"""Other processes for work that one cannot do fast enough.

The process that asks is one of those that work: it takes a call that no other has begun while it waits for a result.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

from aecodec.errors import LimitError

_AHEAD: Final = 3  # calls more than others: one for this process, two that lie ready
_MOST: Final = 61 if os.name == "nt" else sys.maxsize  # Windows waits for no more processes at once
Run = Callable[..., Iterable[Any]]  # as the builtin map


@contextmanager
def workers(jobs: int) -> Iterator[Run]:
    """What to use in place of ``map``: ``jobs`` processes, of which this is one, or no others.

    Functions and arguments must be such as can be pickled. Arguments are asked for a few calls ahead of the results.

    Whatever ends the work early ends the others too. Raises LimitError where one of them was killed.
    """
    others = min(jobs - 1, _MOST)
    pool = _pool(others) if others > 0 else None
    if pool is None:
        yield map
        return
    with pool:
        try:
            yield partial(_shared, pool, others)
        except BrokenExecutor as error:
            raise LimitError(
                "a worker process was killed: for want of memory (use fewer jobs), or because the program that uses "
                'aecodec cannot be imported (it needs if __name__ == "__main__")'
            ) from error
        except BaseException:
            _end(pool)  # or leaving would wait for what they are at
            raise


def _shared(
    pool: ProcessPoolExecutor, others: int, function: Callable[..., Any], *arguments: Iterable[Any]
) -> Iterator[Any]:
    """As ``map``. One call is kept for this process while ``others`` have something to do."""
    calls = zip(*arguments, strict=False)
    window: deque[_Call] = deque()  # calls that wait or are at work, and results that nobody has taken
    while True:
        for each in islice(calls, others + _AHEAD - len(window)):
            at_work = sum(call.future is not None and not call.future.done() for call in window)
            keep = at_work >= others and all(call.future is not None for call in window)
            window.append(_Call(each, None if keep else pool.submit(function, *each)))
        if not window:
            return
        first = window[0]
        if first.future is None or not first.future.done():
            own = next((call for call in window if call.future is None), None)
            if own is not None:
                own.future = _done(function, own.arguments)
                continue
        assert first.future is not None
        result = first.future.result()  # waits
        window.popleft()
        yield result


@dataclass
class _Call:
    arguments: tuple[Any, ...]
    future: Future[Any] | None


def _done(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
    """What comes of a call here."""
    future: Future[Any] = Future()
    try:
        future.set_result(function(*arguments))
    except Exception as error:  # it belongs to this call, whose turn may not have come
        future.set_exception(error)
    return future


def _pool(jobs: int) -> ProcessPoolExecutor | None:
    """None where the system lacks semaphores, or does not let us have any: one process does all, then."""
    context = multiprocessing.get_context("spawn")
    try:
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=_follow_parent)
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
