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
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

from aecodec.codec.executor import Asker, Call, Outcome, executor, outcome
from aecodec.engine import HERE, Engine
from aecodec.errors import LimitError
from aecodec.exact.rounding import rounding_checked

_AHEAD: Final = 3  # calls more than others: one for this process, two that lie ready
_MOST: Final = 61 if os.name == "nt" else sys.maxsize  # Windows waits for no more processes at once


@contextmanager
def workers(jobs: int) -> Iterator[Engine]:
    """An engine of ``jobs`` processes, of which this is one, or of no others.

    Functions and arguments must be such as can be pickled. Arguments are asked for a few calls ahead of the results.

    Whatever ends the work early ends the others too. Raises LimitError where one of them was killed.
    """
    others = min(jobs - 1, _MOST)
    if others <= 0:
        yield HERE
        return
    with executor(partial(_pool, others), kill) as asker:
        if asker is None:
            yield HERE
            return
        try:
            yield _Shared(asker, others)
        except BrokenExecutor as error:
            raise LimitError(
                "a worker process was killed: for want of memory (use fewer jobs), or because the program that uses "
                'aecodec cannot be imported (it needs if __name__ == "__main__")'
            ) from error


@dataclass(frozen=True)
class _Shared:
    """An engine of this process and ``others``, which ``asker`` asks."""

    asker: Asker
    others: int

    def map(self, function: Callable[..., Any], /, *arguments: Iterable[Any]) -> Iterator[Any]:
        """See Engine. One call is kept for this process while the others have something to do.

        Rounding is checked around each call: another process may have loaded other libraries.
        """
        checked = partial(_checked, function)
        calls = zip(*arguments, strict=False)
        window: deque[Call | _Own] = deque()  # calls that wait or are at work, and results that nobody has taken
        while True:
            for each in islice(calls, self.others + _AHEAD - len(window)):
                at_work = sum(isinstance(call, Call) and not call.is_done for call in window)
                kept = any(isinstance(call, _Own) and not call.is_done for call in window)
                keep = at_work >= self.others and not kept
                window.append(_Own(checked, each) if keep else self.asker.submit(checked, *each))
            if not window:
                return
            if not window[0].is_done:
                own = next((call for call in window if isinstance(call, _Own) and not call.is_done), None)
                if own is not None:
                    own.work()
                    continue
            result = window[0].result()  # waits
            window.popleft()
            yield result


@rounding_checked()
def _checked(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


@dataclass
class _Own:
    """A call that this process keeps for itself."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    outcome: Outcome | None = None

    @property
    def is_done(self) -> bool:
        return self.outcome is not None

    def work(self) -> None:
        """Do it; an error belongs to this call, whose turn may not have come."""
        self.outcome = outcome(self.function, self.arguments)

    def result(self) -> Any:
        assert self.outcome is not None
        return self.outcome.take()


def _pool(jobs: int) -> ProcessPoolExecutor | None:
    """None where the system lacks semaphores, or does not let us have any: one process does all, then."""
    context = multiprocessing.get_context("spawn")
    try:
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=follow_parent)
    except (ImportError, NotImplementedError, OSError):
        return None


def kill(pool: ProcessPoolExecutor) -> None:
    """End the processes, whatever they are at; before Python 3.14 there is no other way."""
    for process in list((pool._processes or {}).values()):
        process.kill()
    results: Any = pool._result_queue
    results._writer.close()  # or half a result that one had begun would be waited for


def follow_parent() -> None:
    """In a worker: end with the parent, which may be killed, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
