"""Engines: the same bytes from each, and what dies costs only itself."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from aecodec.blas import VARIABLES
from aecodec.engines import ENGINES, engine
from aecodec.engines.protocol import ONE_THREAD, TRIES
from aecodec.errors import LimitError, UsageError
from aecodec.shards import compress_shard
from tests.shard_work import (
    counts_and_dies,
    dies_once,
    expected,
    is_told_in_a_finalizer,
    make_pictures,
    plan_of,
    refuses,
    shards,
    threads_here,
)


@pytest.mark.parametrize("jobs", [1, 2])
def test_processes_give_the_same_bytes(tmp_path: Path, jobs: int) -> None:
    make_pictures(tmp_path)
    plan = plan_of(tmp_path, tmp_path / "out")
    with engine("processes", jobs) as used:
        records = [done.take() for done in used.as_finished(compress_shard, plan.jobs())]
    assert sorted(record.shard for record in records) == ["000000", "000001", "000002"]
    assert shards(tmp_path / "out") == expected(tmp_path)


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    make_pictures(tmp_path)
    jobs = [(str(tmp_path), job) for job in plan_of(tmp_path, tmp_path / "out").jobs()]
    with engine("processes", 2) as used:
        assert len([done.take() for done in used.as_finished(dies_once, jobs)]) == 3
    assert (tmp_path / "died").exists() and shards(tmp_path / "out") == expected(tmp_path)


def test_a_job_whose_workers_die_fails_alone(tmp_path: Path) -> None:
    with engine("processes", 2) as used:
        found = {
            done.job[1]: done for done in used.as_finished(counts_and_dies, [(str(tmp_path), n) for n in range(5)])
        }
        again = [done.take() for done in used.as_finished(counts_and_dies, [(str(tmp_path), 9)])]
    assert isinstance(found.pop(2).error, LimitError) and again == [9]
    assert {number: done.take() for number, done in found.items()} == {0: 0, 1: 1, 3: 3, 4: 4}
    tried = {path.name: len(path.read_text()) for path in tmp_path.iterdir()}
    assert tried == {**{f"tried-{n}": 1 for n in (0, 1, 3, 4, 9)}, "tried-2": TRIES}


@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
def test_a_worker_told_to_end_in_a_finalizer_ends(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Imports have finalizers: a worker was deaf from then on, and Python printed what it had dropped."""
    begun = time.monotonic()
    with engine("processes", 1) as used:
        (done,) = used.as_finished(is_told_in_a_finalizer, [str(tmp_path)])
    assert isinstance(done.error, LimitError) and time.monotonic() - begun < 15
    assert [path.name for path in tmp_path.iterdir()] == ["tidy"]
    assert capfd.readouterr().err == ""


def test_errors_are_those_of_their_jobs() -> None:
    with engine("processes", 1) as used:
        found = {done.job: done for done in used.as_finished(refuses, range(3))}
    with pytest.raises(LimitError, match="one is too much"):
        found[1].take()
    assert [found[0].take(), found[2].take()] == [0, 2]


def test_workers_have_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with engine("processes", 1) as used:
        (done,) = used.as_finished(threads_here, [0])
    assert done.take() == (1, "1")
    assert not set(VARIABLES) & set(os.environ) and set(ONE_THREAD) == set(VARIABLES)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UsageError, match="no engine 'spark'; there are: processes, ray"):
        engine("spark")


def test_an_engine_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "far", ("nowhere_at_all", "far", "aecodec[far]"))
    with pytest.raises(UsageError, match=r"the engine far needs .*: pip install 'aecodec\[far\]'"):
        engine("far")


def test_without_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a system has none for us, it is done here."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no semaphores")

    monkeypatch.setattr("aecodec.engines.processes.ProcessPoolExecutor", refuse)
    with engine("processes", 2) as used:
        found = {done.job: done for done in used.as_finished(refuses, range(3))}
    assert isinstance(found[1].error, LimitError) and [found[0].take(), found[2].take()] == [0, 2]
