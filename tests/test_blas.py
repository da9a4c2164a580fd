"""How many threads BLAS has while aecodec's functions work, and afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import aecodec
from aecodec.blas import VARIABLES, one_thread, settle_here
from tests.conftest import ROOT

several = pytest.mark.skipif((os.cpu_count() or 1) == 1, reason="one processor has one thread whatever is settled")


def threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A caller whose BLAS has two threads, and whose environment says nothing."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with threadpool_limits(2, "blas"):
        assert threads() == {2}
        yield


@several
def test_callers_get_back_what_they_had(two: None) -> None:
    with one_thread():
        assert threads() == {1}
        with one_thread():
            assert threads() == {1}
        assert threads() == {1}, "the inner one gave them back"
    assert threads() == {2}


@several
def test_so_they_do_after_an_error(two: None) -> None:
    with pytest.raises(ValueError, match="x"), one_thread():
        raise ValueError("x")
    assert threads() == {2}


@several
def test_those_who_overlap_share_one_limit(two: None) -> None:
    """As in two threads: the first to come is the first to go."""
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == {1}
    second.__exit__(None, None, None)
    assert threads() == {2}


@several
def test_the_environment_comes_first(two: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with one_thread():
        assert threads() == {2}
    settle_here()
    assert threads() == {2}


@several
def test_functions_work_with_one(two: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever they do is done so; the last thing of each is watched."""
    seen: list[set[int]] = []

    def watched(*_: object) -> None:
        seen.append(threads())

    picture = np.zeros((4, 5), np.uint8)
    data = aecodec.compress(picture, lossless=True)
    monkeypatch.setattr("aecodec.codec.encode._check_work", watched)
    monkeypatch.setattr("aecodec.codec.decode._compare", watched)
    assert aecodec.compress(picture, lossless=True) == data
    assert np.array_equal(aecodec.decompress(data), picture)
    assert seen == [{1}, {1}] and threads() == {2}


PROCESSES = """
from threadpoolctl import threadpool_info
from aecodec.codec.workers import workers
import os, time

def seen(asks):
    time.sleep(0.5 if os.getpid() == asks else 0)
    return os.getpid() == asks, tuple(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")

if __name__ == "__main__":
    with workers(2) as engine:
        print(sorted({threads for own, threads in engine.map(seen, [os.getpid()] * 8) if not own}))
"""


@several
def test_other_processes_have_one_each(tmp_path: Path) -> None:
    (tmp_path / "asks.py").write_text(PROCESSES)
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "asks.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[(1,)]\n", done.stderr


@several
def test_readers_work_with_one(two: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.aec").write_bytes(aecodec.compress([np.zeros((4, 5), np.uint8)] * 3, lossless=True))
    seen: list[set[int]] = []
    monkeypatch.setattr("aecodec.codec.decode._compare", lambda *_: seen.append(threads()))
    with aecodec.open(tmp_path / "a.aec") as reader:
        assert len(list(reader)) == 3
    assert seen == [{1}] and threads() == {2}
