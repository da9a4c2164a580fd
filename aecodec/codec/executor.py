"""An executor that only a thread of its own speaks to.

Signals are handled in the main thread, between any two of its steps. What a handler raises there may leave a lock
taken for which the executor's threads wait, and then nothing ends. So whoever asks here only puts and gets in queues
that no exception breaks in two: it may be interrupted at every instant, whatever handlers the program has.
"""

from __future__ import annotations

import math
import signal
import time
from _thread import start_new_thread
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar
from weakref import finalize

from aecodec.frozen import dataclass

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


class Call:
    """A function to be called once: by an executor, or by the thread that asked for it, whichever claims it first."""

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        outcomes: SimpleQueue[Outcome] | None = None,
    ) -> None:
        """``outcomes``: where what comes of it goes, if whoever asked is told of many calls in one place."""
        self._function, self._arguments = function, arguments
        self._outcomes: SimpleQueue[Outcome] = SimpleQueue() if outcomes is None else outcomes
        self._unclaimed: SimpleQueue[None] = SimpleQueue()
        self._unclaimed.put(None)

    @property
    def is_done(self) -> bool:
        """Whether :meth:`result` need not wait."""
        return not self._outcomes.empty()

    def claim(self) -> bool:
        """Whether nobody has claimed it before; whoever is told so must do it."""
        try:
            self._unclaimed.get_nowait()
        except Empty:
            return False
        return True

    def work(self) -> None:
        """Do it here; what it raises is the outcome, for the turn of another call may come first."""
        self._outcomes.put(outcome(self._function, self._arguments))

    def result(self) -> Any:
        """Return what the function returned, which is given but once; waits for it. Raises what the function raised."""
        return _next_of(self._outcomes).take()

    def submit(self, pool: Executor, ended: Callable[[], None]) -> None:
        """Have ``pool`` do it, and call ``ended`` then; what the pool raises instead is the outcome."""
        try:
            future = pool.submit(self._function, *self._arguments)
        except Exception as error:
            self._outcomes.put(Outcome(error=error))
            ended()
            return
        future.add_done_callback(self._take)
        future.add_done_callback(lambda _: ended())

    def _take(self, future: Future[Any]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        self._outcomes.put(Outcome(error=error) if error is not None else Outcome(future.result()))


@dataclass(frozen=True)
class _End:
    """Whether the work came to its end, or is given up."""

    whole: bool


class _Unmade(Executor):
    """Stands for an executor that could not be made."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Raise the error."""
        raise self._error


class _Idle:
    """One of those in the pool has nothing to do."""


@dataclass(frozen=True)
class Asker:
    """Asks an executor for calls, from any one thread."""

    calls: SimpleQueue[Call | _End | _Idle]

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Call:
        """Ask for a call; does not wait."""
        call = Call(function, arguments)
        self.calls.put(call)
        return call


@dataclass(frozen=True)
class Terms:
    """How an executor comes by its calls.

    ``others`` is how many can work at once. The pool is made ``delay`` seconds after the first call was asked for;
    until then, and afterwards while all are busy, calls are left to be claimed by whoever asked. With ``warm`` none is
    taken before its process or thread is there to begin with it at once.
    """

    others: int
    delay: float = 0.0
    warm: bool = False


@contextmanager
def executor(make: Callable[[], E | None], terms: Terms, give_up: Callable[[E], None] | None = None) -> Iterator[Asker]:
    """Give the executor that ``make`` makes. Where it gives None, no call is ever claimed; what it raises, calls raise.

    Whatever is at work at the end is waited for. But ``give_up`` is called with the executor where an error or an
    interruption ends the work, or where the end comes before all in the pool have begun. Raises RuntimeError if the
    system has no more threads.
    """
    calls: SimpleQueue[Call | _End | _Idle] = SimpleQueue()
    asker = Asker(calls)
    finalize(asker, calls.put, _End(whole=False))  # where an interruption keeps what is below from being reached
    ended: SimpleQueue[None] = SimpleQueue()
    running = whole = False
    try:
        start_new_thread(_serve, (make, terms, give_up, calls, ended))
        running = True
        yield asker
        whole = True
    finally:
        calls.put(_End(whole))
        if running:
            _next_of(ended)


def _serve(
    make: Callable[[], E | None],
    terms: Terms,
    give_up: Callable[[E], None] | None,
    calls: SimpleQueue[Call | _End | _Idle],
    ended: SimpleQueue[None],
) -> None:
    try:
        waiting: deque[Call] = deque()
        if _delay(calls, waiting, terms.delay) is not None:
            return
        made = outcome(make, ())
        pool: Executor | None = made.value if made.error is None else _Unmade(made.error)
        if hasattr(signal, "pthread_sigmask"):  # processes that start from here leave a terminal's interruption to us
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # behind multiprocessing, which unblocks it
        if pool is None:
            return
        end, begun = _share(calls, waiting, pool, terms)
        if give_up is not None and made.error is None and not (end.whole and begun):
            give_up(made.value)
        pool.shutdown(cancel_futures=True)
    finally:
        ended.put(None)


def _delay(calls: SimpleQueue[Call | _End | _Idle], waiting: deque[Call], delay: float) -> _End | None:
    """Put what is asked for into ``waiting`` until the delay is over. Return the end, where that comes before."""
    over = math.inf
    while time.monotonic() < over:
        try:
            got = calls.get(timeout=None if over == math.inf else max(0.0, over - time.monotonic()))
        except Empty:
            break
        if isinstance(got, _End):
            return got
        if isinstance(got, Call):
            waiting.append(got)
            over = min(over, time.monotonic() + delay)
    return None


def _share(
    calls: SimpleQueue[Call | _End | _Idle], waiting: deque[Call], pool: Executor, terms: Terms
) -> tuple[_End, bool]:
    """Give the pool what nobody else has claimed. Return the end, and whether all in the pool have begun by then."""

    def free() -> None:
        calls.put(_Idle())

    idle, begun = terms.others, 0
    if terms.warm:
        idle = 0
        for _ in range(terms.others):
            Call(_nothing, ()).submit(pool, free)
    while True:
        while idle and waiting:
            call = waiting.popleft()
            if call.claim():
                call.submit(pool, free)
                idle -= 1
            del call  # its arguments may be large
        got = calls.get()
        if isinstance(got, _End):
            return got, begun >= terms.others or not terms.warm
        if isinstance(got, Call):
            waiting.append(got)
        else:
            idle, begun = idle + 1, begun + 1


def _nothing() -> None:
    """Do nothing: a process that has done it is there."""


def _next_of(queue: SimpleQueue[T]) -> T:
    while True:
        try:
            return queue.get(timeout=_LOOK)
        except Empty:
            continue
