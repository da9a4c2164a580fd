"""The engine that uses processes of this machine.

Each process has a pool of its own. A pool of several processes breaks as a whole when one of them dies, and then nobody
can tell which job killed it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from aecodec.codec.executor import Asker, Call, Outcome, Terms, executor, outcome
from aecodec.codec.workers import follow_parent, kill
from aecodec.engine import processors
from aecodec.engines.protocol import SMALL, TRIES, Finished, Share, died

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

J = TypeVar("J")
R = TypeVar("R")
_LOOK: Final = 0.2  # seconds, as in aecodec.codec.executor
_GRACE: Final = 5.0  # seconds for a worker to remove what it has not finished writing
_AGAIN: Final = 0.02  # seconds after which a worker is told once more to end
_ENDED: Final = 128 + 15  # exit code


@contextmanager
def processes(jobs: int | None = None, share: Share = SMALL) -> Iterator[Processes]:
    """Give an engine with ``jobs`` processes, by default as many as the processors allow.

    Whatever ends the work early ends them, too. Each has one BLAS thread, unless the environment names another number.
    """
    with ExitStack() as stack:
        answers: SimpleQueue[tuple[int, Outcome]] = SimpleQueue()
        count = jobs or max(1, processors() // share.processors)
        workers = [stack.enter_context(_Worker(number, answers)) for number in range(count)]
        yield Processes(workers, answers)


class Processes:
    """See :class:`~aecodec.engines.protocol.JobEngine`."""

    def __init__(self, workers: list[_Worker], answers: SimpleQueue[tuple[int, Outcome]]) -> None:
        self._workers, self._answers = workers, answers

    def as_finished(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[Finished[J, R]]:
        """Give each job when it is finished."""
        waiting, again = iter(jobs), deque[tuple[J, int]]()
        idle = deque(range(len(self._workers)))
        at_work: dict[int, tuple[J, int]] = {}
        while True:
            while idle and (job := again.popleft() if again else _next(waiting)) is not None:
                number = idle.popleft()
                at_work[number] = job
                self._workers[number].ask(function, job[0])
            if not at_work:
                return
            number, found = _wait(self._answers)
            (one, tries), worker = at_work.pop(number), self._workers[number]
            if isinstance(found.error, BrokenExecutor):
                worker.restart()
                idle.append(number)
                if tries < TRIES:
                    again.append((one, tries + 1))
                else:
                    yield Finished(one, error=died())
                continue
            idle.append(number)
            if isinstance(found.error, _NoProcessesError):
                found = outcome(function, (one,))
            yield _finished(one, found)


class _Worker:
    """One process. The outcomes of its calls go to ``answers``, with its ``number``."""

    def __init__(self, number: int, answers: SimpleQueue[tuple[int, Outcome]]) -> None:
        self._number, self._answers = number, answers
        self._stack = ExitStack()
        self._asker: Asker | None = None

    def __enter__(self) -> _Worker:
        self._asker = self._stack.enter_context(executor(_pool, Terms(1), _end))
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.__exit__(*raised)

    def restart(self) -> None:
        """Start a new process in place of one that has died."""
        self._stack.close()
        self._asker = self._stack.enter_context(executor(_pool, Terms(1), _end))

    def ask(self, function: Callable[[Any], Any], job: Any) -> None:
        """Ask for a call, without waiting for it."""
        assert self._asker is not None  # it is within its context
        self._asker.calls.put(Call(partial(_in_worker, function), (job,), _Tagged(self._number, self._answers)))


class _Tagged(SimpleQueue[Outcome]):
    """A queue for the outcome of one call. It passes the outcome on to the queue of all workers, with a number."""

    def __init__(self, number: int, answers: SimpleQueue[tuple[int, Outcome]]) -> None:
        self._number, self._answers = number, answers

    def put(self, item: Outcome, block: bool = True, timeout: float | None = None) -> None:
        """Pass it on."""
        self._answers.put((self._number, item))


def _next(jobs: Iterator[J]) -> tuple[J, int] | None:
    for job in jobs:
        return job, 1
    return None


def _wait(answers: SimpleQueue[tuple[int, Outcome]]) -> tuple[int, Outcome]:
    while True:
        try:
            return answers.get(timeout=_LOOK)
        except Empty:
            continue


def _finished(job: J, found: Outcome) -> Finished[J, Any]:
    if isinstance(found.error, Exception):
        return Finished(job, error=found.error)
    return Finished(job, found.take())


class _NoProcessesError(Exception):
    """The system cannot start processes: it lacks semaphores, or forbids them."""


def _pool() -> ProcessPoolExecutor:
    """Return a pool of one process. Raises _NoProcessesError."""
    try:
        return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    except (ImportError, NotImplementedError, OSError) as error:
        raise _NoProcessesError from error


def _begin() -> None:
    """Prepare a worker: it leaves Ctrl-C to its parent, ends with it, and removes files that are half written."""
    follow_parent()
    signal.signal(signal.SIGTERM, _stop)
    sys.unraisablehook = _lost


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(_ENDED)


def _lost(told: UnraisableHookArgs) -> None:
    """See sys.unraisablehook. Python drops a SystemExit in a finalizer, so the worker is told to end once more."""
    if not isinstance(told.exc_value, SystemExit):
        sys.__unraisablehook__(told)
        return
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN)


def _in_worker(function: Callable[[Any], Any], job: Any) -> Any:
    try:
        return function(job)
    except SystemExit:  # else the pool would take it for an outcome
        os._exit(_ENDED)


def _end(pool: ProcessPoolExecutor) -> None:
    """End a pool's processes. They get time to remove files that are half written."""
    some = list((pool._processes or {}).values())
    for process in some:
        process.terminate()
    stop = time.monotonic() + _GRACE
    for process in some:
        process.join(max(0.0, stop - time.monotonic()))
    kill(pool)
