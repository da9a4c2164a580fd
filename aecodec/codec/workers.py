"""Other processes for work that one cannot do fast enough.

The process that asks is one of those that work: it takes a call that no other has begun while it waits for a result.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from aecodec.blas import settle_here
from aecodec.engine import HERE, Engine
from aecodec.errors import LimitError
from aecodec.exact.rounding import rounding_checked
from aecodec.frozen import dataclass

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from aecodec.codec.executor import Asker, Call

_AHEAD: Final = 3  # calls more than others: one for this process, two that lie ready
_START: Final = 0.2  # seconds, about what the others take until they can begin
_MANY: Final = 16  # calls, for which the others are surely worth their start
_MOST: Final = 61 if os.name == "nt" else sys.maxsize  # Windows waits for no more processes at once


@contextmanager
def workers(jobs: int, calls: int | None = None) -> Iterator[Engine]:
    """Give an engine of ``jobs`` processes, of which this is one, or of no others. ``calls`` is how many there will be,
    where that is known.

    The others start at once where these are many, else once this one has been at work for as long as their start takes:
    what is little is done by then. Functions and arguments must be such as can be pickled. Arguments are asked for a
    few calls ahead of the results.

    Whatever ends the work early ends the others too. Raises LimitError if one of them was killed.
    """
    others = min(jobs if calls is None else min(jobs, calls), _MOST + 1) - 1
    if others <= 0:
        yield HERE
        return
    from concurrent.futures import BrokenExecutor

    from aecodec.codec.executor import Terms, executor  # which one process need not wait for

    delay = _START if calls is None or calls < _MANY else 0.0
    with executor(partial(_pool, others), Terms(others, delay, warm=True), kill) as asker:
        try:
            yield _Shared(asker, others)
        except BrokenExecutor as error:
            raise LimitError(
                "a worker process was killed: memory ran out (use fewer jobs), or the program that uses "
                'aecodec cannot be imported (it needs if __name__ == "__main__")'
            ) from error


@dataclass(frozen=True)
class _Shared:
    """An engine of this process and ``others``, which ``asker`` asks."""

    asker: Asker
    others: int

    def map(self, function: Callable[..., Any], /, *arguments: Iterable[Any]) -> Iterator[Any]:
        """See Engine. While the next result is not there, this process does a call that no other has begun.

        Rounding is checked around each call: another process may have loaded other libraries.
        """
        checked = partial(_checked, function)
        calls = zip(*arguments, strict=False)
        window: deque[Call] = deque()  # calls that wait or are at work, and results that nobody has taken
        while True:
            for each in islice(calls, self.others + _AHEAD - len(window)):
                window.append(self.asker.submit(checked, *each))
            if not window:
                return
            own = self._own(window)
            if own is not None:
                own.work()
                continue
            result = window[0].result()  # waits
            window.popleft()
            yield result

    def _own(self, window: deque[Call]) -> Call | None:
        """Claim a call for this process, or None if all are claimed, or the next result is there."""
        return None if window[0].is_done else next((call for call in window if call.claim()), None)


@rounding_checked()
def _checked(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def _pool(jobs: int) -> ProcessPoolExecutor | None:
    """Return None where the system lacks semaphores, or does not let us have any: one process does all, then."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

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
    """In a worker: end with the parent, which may be killed, leave Ctrl-C to it, and the other processors to others."""
    settle_here()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
