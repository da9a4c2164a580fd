"""No instant of an interruption keeps what shares its work from its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from aecodec.codec.executor import Terms, executor
from aecodec.codec.threads import threads
from aecodec.codec.workers import workers
from tests.conftest import ROOT
from tests.interrupted import work


@pytest.mark.skipif(os.name == "nt", reason="no process sends itself SIGINT there")
@pytest.mark.parametrize(("way", "rounds", "least"), [("steps", 200, 500), ("threads", 200, 200), ("processes", 8, 8)])
def test_it_ends_whenever_the_interruption_comes(way: str, rounds: int, least: int) -> None:
    words = [sys.executable, "-m", "tests.interrupted", way, str(rounds)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= least


@pytest.mark.parametrize("share", [workers, threads])
def test_other_threads_may_ask_too(share: object) -> None:
    """No handler can be set there; and those of the program stay what they are."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    def asked() -> list[int]:
        with share(2) as shared:  # type: ignore[operator]
            return [len(result) for result in getattr(shared, "map", shared)(work, range(9))]

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asked).result(60) == list(range(200_000, 200_009))
    assert asked() == list(range(200_000, 200_009))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_what_cannot_be_made_is_said_to_who_asks() -> None:
    def refuse() -> ThreadPoolExecutor:
        raise OSError("no room")

    with executor(refuse, Terms(1)) as asker, pytest.raises(OSError, match="no room"):
        asker.submit(os.getpid).result()


def test_where_there_are_no_others_one_does_all() -> None:
    with executor(no_pool, Terms(1)) as asker:
        call = asker.submit(os.getpid)
        time.sleep(0.1)
        assert call.claim() and not call.claim()
        call.work()
        assert call.result() == os.getpid()


def no_pool() -> ThreadPoolExecutor | None:
    return None


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signal can be blocked there")
def test_processes_hear_no_interruption_from_their_start() -> None:
    """A terminal's goes to them, too, and would be a traceback in what they import first."""
    with workers(2) as engine:
        blocked = dict(engine.map(blocked_here, [os.getpid()] * 9))
    others = [signal.SIGINT in signals for pid, signals in blocked.items() if pid != os.getpid()]
    assert others == [True]


def blocked_here(asks: int) -> tuple[int, set[int]]:
    time.sleep(0.5 if os.getpid() == asks else 0)  # for as long as others take to start
    return os.getpid(), signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_little_work_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("one was started")

    monkeypatch.setattr("aecodec.codec.workers._pool", refuse)
    with workers(2) as engine:
        assert list(engine.map(abs, range(-50, 0))) == list(range(50, 0, -1))


def test_work_ends_before_processes_have_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for those that are still starting: calls are theirs when they are there."""
    monkeypatch.setattr("aecodec.codec.workers._START", 0.0)
    begun = time.monotonic()
    with workers(3) as engine:
        assert list(engine.map(slept, [0.02] * 5)) == [os.getpid()] * 5
    assert time.monotonic() - begun < 10


def slept(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def test_all_work_at_once() -> None:
    """Calls that take long are shared from the start on, also the last ones."""
    with workers(3) as engine:
        done = list(engine.map(slept, [0.4] * 12))
    assert len(set(done)) == 3
