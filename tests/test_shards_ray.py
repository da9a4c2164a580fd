"""Ray as the engine of shards: one small Ray of this machine for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from aecodec.cli import app
from aecodec.engines import JobEngine, Share, engine
from aecodec.errors import LimitError, UsageError
from aecodec.shards import compress_shard
from tests.shard_work import (
    WORDS,
    counts_and_dies,
    dies_once,
    expected,
    make_pictures,
    plan_of,
    refuses,
    shards,
    threads_here,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def on_ray() -> Iterator[JobEngine]:
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'aecodec[ray]'")
    with TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        ray.init("local", num_cpus=2, include_dashboard=False, _temp_dir=folder, log_to_driver=False)
        try:
            with engine("ray", 2) as used:
                yield used
        finally:
            ray.shutdown()


def test_ray_gives_the_same_bytes(on_ray: JobEngine, tmp_path: Path) -> None:
    make_pictures(tmp_path)
    plan = plan_of(tmp_path, tmp_path / "out")
    records = [done.take() for done in on_ray.as_finished(compress_shard, plan.jobs())]
    assert sorted(record.shard for record in records) == ["000000", "000001", "000002"]
    assert shards(tmp_path / "out") == expected(tmp_path)


def test_a_worker_that_dies_is_replaced(on_ray: JobEngine, tmp_path: Path) -> None:
    make_pictures(tmp_path)
    jobs = [(str(tmp_path), job) for job in plan_of(tmp_path, tmp_path / "out").jobs()]
    assert len([done.take() for done in on_ray.as_finished(dies_once, jobs)]) == 3
    assert (tmp_path / "died").exists() and shards(tmp_path / "out") == expected(tmp_path)


def test_a_job_whose_workers_die_fails_alone(on_ray: JobEngine, tmp_path: Path) -> None:
    found = {done.job[1]: done for done in on_ray.as_finished(counts_and_dies, [(str(tmp_path), n) for n in range(4)])}
    assert isinstance(found.pop(2).error, LimitError)
    assert {number: done.take() for number, done in found.items()} == {0: 0, 1: 1, 3: 3}
    assert len((tmp_path / "tried-2").read_text()) == 3


def test_errors_are_those_of_their_jobs(on_ray: JobEngine) -> None:
    found = {done.job: done for done in on_ray.as_finished(refuses, range(3))}
    with pytest.raises(LimitError, match="one is too much"):
        found[1].take()
    assert [found[0].take(), found[2].take()] == [0, 2]


def test_the_command_with_ray(on_ray: JobEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths mean in tasks what they mean here."""
    make_pictures(tmp_path)
    monkeypatch.chdir(tmp_path)
    words = ["compress", "pics", "-o", "out", *WORDS, "--engine", "ray", "--manifest", "jsonl"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert shards(tmp_path / "out") == expected(tmp_path)
    result = CliRunner().invoke(app, ["verify", "out", "--engine", "ray", "--model-path", "m"])
    assert result.exit_code == 0 and len(result.stdout.splitlines()) == 4


def test_workers_have_one_thread(on_ray: JobEngine) -> None:
    (done,) = on_ray.as_finished(threads_here, [0])
    assert done.take() == (1, "1")


def test_a_job_may_need_more_of_a_machine(on_ray: JobEngine) -> None:
    """No machine here has so many processors: all of one are enough. A GPU that is not there is an error, no wait."""
    with engine("ray", None, Share(64)) as used:
        assert [done.take() for done in used.as_finished(refuses, [0, 2])] == [0, 2]
    with pytest.raises(UsageError, match="1 GPU"), engine("ray", 2, Share(1, gpus=1)):
        pass
