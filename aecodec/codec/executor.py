"""An executor that only a thread of its own speaks to.

Signals are handled in the main thread, between any two of its steps. What a handler raises there may leave a lock
taken for which the executor's threads wait, and then nothing ends. So whoever asks here only puts and gets in queues
that no exception breaks in two: it may be interrupted at every instant, whatever handlers the program has.
"""

from __future__ import annotations

import signal
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar
from weakref import finalize

T = TypeVar("T")
E = TypeVar("E", bound=Executor)
_LOOK: Final = 0.2  # seconds; on Windows only a wait that has an end hears a signal


@dataclass(frozen=True)
class Outcome:
    """What came of a call."""

    value: Any = None
    error: BaseException | None = None

    def take(self) -> Any:
        """Return the value; raises the error."""
        if self.error is not None:
            raise self.error
        return self.value


def outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Outcome:
    """Call here, and return what comes of it; an interruption is no outcome, but raised."""
    try:
        return Outcome(function(*arguments))
    except Exception as error:
        return Outcome(error=error)


@dataclass(frozen=True)
class Call:
    """A function, which an executor calls."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    _outcomes: SimpleQueue[Outcome] = field(default_factory=SimpleQueue)

    @property
    def is_done(self) -> bool:
        """Whether :meth:`result` need not wait."""
        return not self._outcomes.empty()

    def result(self) -> Any:
        """Return what the function returned, which is given but once; waits for it. Raises what the function raised."""
        return _next_of(self._outcomes).take()

    def submit(self, pool: Executor) -> None:
        """Have ``pool`` do it; what it raises instead is the outcome."""
        try:
            pool.submit(self.function, *self.arguments).add_done_callback(self._take)
        except Exception as error:
            self._outcomes.put(Outcome(error=error))

    def _take(self, future: Future[Any]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        self._outcomes.put(Outcome(error=error) if error is not None else Outcome(future.result()))


@dataclass(frozen=True)
class _End:
    """Whether the work came to its end, or is given up."""

    whole: bool


@dataclass(frozen=True)
class Asker:
    """Asks an executor for calls, from any one thread."""

    calls: SimpleQueue[Call | _End]

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Call:
        """Ask for a call; does not wait."""
        call = Call(function, arguments)
        self.calls.put(call)
        return call


@contextmanager
def executor(make: Callable[[], E | None], give_up: Callable[[E], None] | None = None) -> Iterator[Asker | None]:
    """Give the executor that ``make`` makes, None where it makes none. Whatever is at work at the end is waited for.

    ``give_up`` is called with the executor where an error or an interruption ends the work. Raises what ``make``
    raises, and RuntimeError where the system has no more threads.
    """
    calls: SimpleQueue[Call | _End] = SimpleQueue()
    asker = Asker(calls)
    finalize(asker, calls.put, _End(whole=False))  # where an interruption keeps what is below from being reached
    made: SimpleQueue[Outcome] = SimpleQueue()
    ended: SimpleQueue[None] = SimpleQueue()
    running = whole = False
    try:
        start_new_thread(_serve, (make, give_up, calls, made, ended))
        there = _next_of(made).take()
        running = True
        yield asker if there else None
        whole = True
    finally:
        calls.put(_End(whole))
        if running:
            _next_of(ended)


def _serve(
    make: Callable[[], E | None],
    give_up: Callable[[E], None] | None,
    calls: SimpleQueue[Call | _End],
    made: SimpleQueue[Outcome],
    ended: SimpleQueue[None],
) -> None:
    found = outcome(make, ())
    if hasattr(signal, "pthread_sigmask"):  # processes that start from here leave a terminal's interruption to this one
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # behind multiprocessing, which unblocks it in make
    pool = found.value
    made.put(Outcome(pool is not None, found.error))
    try:
        if pool is None:
            return
        end = _submit_all(calls, pool)
        if give_up is not None and not end.whole:
            give_up(pool)
        pool.shutdown(cancel_futures=True)
    finally:
        ended.put(None)


def _submit_all(calls: SimpleQueue[Call | _End], pool: Executor) -> _End:
    while True:
        call = calls.get()
        if isinstance(call, _End):
            return call
        call.submit(pool)
        del call  # its result may be large


def _next_of(queue: SimpleQueue[T]) -> T:
    while True:
        try:
            return queue.get(timeout=_LOOK)
        except Empty:
            continue
