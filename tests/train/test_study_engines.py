"""Models of a study, several at once: the same as one after the other, by whatever engine, whatever dies or fails."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
from click.testing import CliRunner, Result

from aecodec.cli import app
from aecodec.engines import Share, engine
from aecodec.errors import UsageError
from aecodec.train import study_model
from aecodec.train.data import Pictures, prepared
from aecodec.train.reports import Console, Report
from aecodec.train.study import read_study
from aecodec.train.study_model import ByEngine, Made, ModelJob, make_there, one_by_one
from aecodec.train.study_record import identity
from aecodec.train.study_runs import run_study
from tests.made import save_strokes
from tests.train.studies import NAMES, SMALL, dies_once

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
KEPT = ("metrics.jsonl", "finished.json", "{0}.safetensors", "{0}.md")  # the same bytes, whoever makes them


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the study makes here, one model after the other."""
    folder = tmp_path_factory.mktemp("one-by-one")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _begin(folder)
        assert _train().exit_code == 0
        return _made()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    _begin(tmp_path)
    yield


def _begin(folder: Path) -> None:
    save_strokes(folder / "scans", 40, 8, 8)
    (folder / "study.yaml").write_text(SMALL)


def _train(*options: str) -> Result:
    return CliRunner().invoke(app, ["train", "--config", "study.yaml", *options])


def _made() -> dict[str, bytes]:
    paths = [Path("results/study.json"), *(Path("models", f"{name}.safetensors") for name in NAMES)]
    paths += [Path("results", name, kind.format(name)) for name in NAMES for kind in KEPT]
    return {str(path): path.read_bytes() for path in paths}


def _relevant(lines: Sequence[str]) -> list[str]:
    return sorted(line.split(":")[0] for line in lines if "bytes a picture" in line)


@pytest.mark.parametrize("name", ["processes", "ray"])
def test_engines_make_the_same_models(name: str, expected: dict[str, bytes]) -> None:
    if name == "ray":
        pytest.importorskip("ray", reason="Ray is not installed: pip install 'aecodec[ray]'")
    result = _train("--engine", name, "--jobs", "2")
    assert result.exit_code == 0, result.output
    assert _made() == expected
    lines = result.stderr.splitlines()
    assert _relevant(lines) == [f"models/{each}.safetensors" for each in NAMES]
    assert all(any(line.startswith(f"{each}, step ") for line in lines) for each in NAMES), lines


def test_a_worker_that_dies_is_replaced_and_goes_on(expected: dict[str, bytes], tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()

    def by_mortals(jobs: Sequence[ModelJob], pictures: Pictures, console: Console) -> Iterator[Made]:
        there = partial(dies_once, marks=marks, device="cpu", threads=1, data=identity(pictures))
        with engine("processes", 2) as used:
            yield from used.as_finished(there, jobs)

    study = read_study(Path("study.yaml"), {})
    lines: list[str] = []
    table = run_study(study, prepared(study, download=False), Console(_no_progress, lines.append), maker=by_mortals)
    assert table == Path("results/study.json") and len(lines) == 3
    assert _made() == expected
    begun = {name: [int(step) for step in (marks / name).read_text().split()] for name in NAMES}
    assert begun["scans-2"] == begun["scans-4"] == [0]
    assert begun["scans-3"][0] == 0 < begun["scans-3"][1] <= 4 and len(begun["scans-3"]) == 2


def test_one_that_fails_is_said_and_the_others_are_made(expected: dict[str, bytes]) -> None:
    broken = Path("results/scans-2/training.ckpt")
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no checkpoint")
    result = _train("-j", "2", "-q")
    assert result.exit_code == 1, result.output
    failed, *others = sorted(result.stderr.splitlines(), key=lambda line: not line.startswith("scans-2: "))
    assert "training.ckpt" in failed and _relevant(others) == [f"models/{name}.safetensors" for name in NAMES[1:]]
    assert not Path("results/study.json").exists()
    broken.unlink()
    result = _train("-q")
    assert result.exit_code == 0 and result.stderr.count("was finished") == 2, result.output
    assert _made() == expected


def test_all_begin_anew(expected: dict[str, bytes]) -> None:
    """With --restart nothing of before is left, also of models that come late and whose turn an error prevents."""
    assert _train("-q").exit_code == 0
    Path("results/scans-2/metrics.jsonl").unlink()
    Path("results/scans-2/metrics.jsonl").mkdir()  # cannot be written
    result = _train("-q", "--restart")
    assert result.exit_code == 7, result.output
    assert not list(Path("results").glob("*/finished.json")) and not list(Path("results").glob("*/training.ckpt"))
    Path("results/scans-2/metrics.jsonl").rmdir()
    Path("results/scans-2/metrics.jsonl").touch()
    assert _train("-q").exit_code == 0
    assert _made() == expected


def test_what_nobody_expects_waits_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    study = read_study(Path("study.yaml"), {})
    lines: list[str] = []

    def one_breaks(jobs: Sequence[ModelJob], pictures: Pictures, console: Console) -> Iterator[Made]:
        yield Made(jobs[0], error=RuntimeError("broken\nat last"))
        yield from one_by_one(jobs[1:], pictures, console)

    with pytest.raises(RuntimeError, match="broken"):
        run_study(study, prepared(study, download=False), Console(_no_progress, lines.append), maker=one_breaks)
    assert lines[0] == "scans-2: RuntimeError: broken" and len(_relevant(lines)) == 2


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (ByEngine(), (None, Share(2))),  # three models, eight processors
        (ByEngine(at_once=2), (2, Share(4))),
        (ByEngine(at_once=16), (16, Share(2))),
        (ByEngine("ray", threads=4), (None, Share(4))),
        (ByEngine("ray", at_once=1, threads=3, device="cuda"), (1, Share(3, gpus=1))),
    ],
)
def test_shares_of_a_machine(by: ByEngine, expected: tuple[int | None, Share], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def no_engine(name: str, jobs: int | None, share: Share) -> NoReturn:
        asked.append((name, jobs, share))
        raise UsageError("none")

    monkeypatch.setattr(study_model, "processors", lambda: 8)
    monkeypatch.setattr(study_model, "engine", no_engine)
    study = read_study(Path("study.yaml"), {})
    with pytest.raises(UsageError, match="none"):
        run_study(study, prepared(study, download=False), Console(_no_progress, print), maker=by)
    assert asked == [(by.name, *expected)]


def test_other_pictures_elsewhere() -> None:
    """Another machine may have another folder under the same name."""
    study = read_study(Path("study.yaml"), {})
    pictures = prepared(study, download=False)
    jobs: list[ModelJob] = []

    def refusing(found: Sequence[ModelJob], pictures: Pictures, console: Console) -> Iterator[Made]:
        jobs.extend(found)
        return iter(())

    assert run_study(study, pictures, Console(_no_progress, print), maker=refusing) is None
    data = identity(replace(pictures, sha256="0" * 64))
    with pytest.raises(UsageError, match="that is to train scans-2 has other pictures"):
        make_there(jobs[0], device="cpu", threads=1, data=data)
    row = make_there(jobs[0], device="cpu", threads=1, data=identity(pictures))
    assert (
        make_there(jobs[0], device="cpu", threads=1, data=identity(pictures))
        == row
        == json.loads(Path("results/scans-2/finished.json").read_text())["row"]
    )


def _no_progress(label: str, steps: int) -> AbstractContextManager[Report]:
    return nullcontext(lambda event: None)
