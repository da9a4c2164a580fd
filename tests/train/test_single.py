"""``aecodec train`` for one model: what it replaces and what not, and what is left where it ends early."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aecodec.cli import app
from aecodec.errors import FileError
from aecodec.train import checkpoint, release
from aecodec.train.bare_files import append, new_folder
from aecodec.train.export import ExportError
from aecodec.train.loop import Training
from aecodec.train.run_files import remove, write
from aecodec.zoo import load_model
from tests.made import save_strokes

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = [
    *("--images", "scans", "--latent-dim", "2", "--epochs", "2", "--batch-size", "16", "--copies", "0"),
    *("--threads", "1", "--device", "cpu", "-q", "--analysis-channels", "4", "--analysis-hidden", "0"),
    *("--synthesis-hidden", "0", "--synthesis-channels", "4,4"),
    *("--precision", "float32"),  # the quicker one is found by the clock: runs would not be the same, byte for byte
]
MODEL, CARD = Path("models/scans-2.safetensors"), Path("models/scans-2.md")
RUN = Path("runs/scans-2")
Begin = Callable[..., Result]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Runs the command in a folder with pictures."""
    save_strokes(tmp_path / "scans", 40, 8, 8)
    monkeypatch.chdir(tmp_path)
    return lambda *options: CliRunner().invoke(app, ["train", *SMALL, *options])


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that were taken, in all runs."""
    taken: list[int] = []
    step = Training.train_step

    def watched(self: Training) -> tuple[float, float]:
        taken.append(self.step)
        return step(self)

    monkeypatch.setattr(Training, "train_step", watched)
    return taken


def succeeded(result: Result) -> list[str]:
    assert result.exit_code == 0 and result.stdout == "", result.output
    return result.stderr.splitlines()


def ended(result: Result, code: int, *parts: str) -> None:
    """In one line."""
    assert result.exit_code == code and result.stderr.count("\n") == 1, result.output
    assert all(part in result.stderr for part in parts), result.stderr


def contents(folder: str) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def interrupted(*_: Any) -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize("path", [MODEL, CARD])
def test_nothing_is_replaced_unasked(path: Path, begin: Begin, steps: list[int]) -> None:
    path.parent.mkdir()
    path.write_bytes(b"mine")
    ended(begin(), 2, f"{path} is there already, and not from {RUN}", "-o", "-f")
    assert not steps and not RUN.exists() and contents("models") == {str(path): b"mine"}
    ended(begin("-o", "others", "--run", "models"), 2, f"{path} is there already", "--run", "-f")
    ended(begin("--run", "models"), 2, f"{path} is there already", "--run", "-f")
    assert not steps and not Path("others").exists() and contents("models") == {str(path): b"mine"}
    succeeded(begin("-f"))
    assert load_model(MODEL.read_bytes()).latent_dim == 2 and CARD.read_text().startswith("# scans-2")


def test_its_own_is_in_no_runs_way(begin: Begin, steps: list[int]) -> None:
    (line,) = succeeded(begin())
    before = contents("models")
    assert line.startswith(f"{MODEL}: validation MSE") and list(before) == [str(CARD), str(MODEL)]
    steps.clear()
    assert succeeded(begin()) == [line]
    assert not steps and contents("models") == before
    MODEL.unlink()
    succeeded(begin())
    assert not steps and contents("models") == before
    succeeded(begin("--restart"))
    assert steps and contents("models") == before
    succeeded(begin("--restart", "--epochs", "1"))
    changed = contents("models")
    assert changed != before
    ended(begin("--run", "other"), 2, f"{MODEL} is there already, and not from other")
    assert contents("models") == changed
    succeeded(begin("--run", "both", "-o", "both"))
    steps.clear()
    succeeded(begin("--run", "both", "-o", "both"))
    assert not steps and all(contents("both")[f"both/{Path(name).name}"] == before[name] for name in before)


def test_a_model_is_there_whole_or_not_at_all(begin: Begin, steps: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted while its slope is fitted, and then resumed."""
    with monkeypatch.context() as patch:
        patch.setattr(release, "fitting_lmbda", interrupted)
        assert begin().exit_code == 130
    assert sorted(contents("runs")) == [f"{RUN}/metrics.jsonl", f"{RUN}/training.ckpt"] and not MODEL.exists()
    steps.clear()
    succeeded(begin())
    assert not steps
    load_model(MODEL.read_bytes())
    before = contents("models")
    with monkeypatch.context() as patch:
        patch.setattr(release, "fitting_lmbda", interrupted)
        assert begin("--restart", "--epochs", "1", "-f").exit_code == 130
    assert contents("models") == before
    succeeded(begin("--epochs", "1"))
    assert contents("models") != before


def test_a_model_that_comes_meanwhile_stays(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    fitting = release.fitting_lmbda

    def late(*arguments: Any) -> int:
        MODEL.parent.mkdir(exist_ok=True)
        MODEL.write_bytes(b"of another run")
        return fitting(*arguments)

    monkeypatch.setattr(release, "fitting_lmbda", late)
    ended(begin(), 2, f"{MODEL} exists", "-f")
    assert MODEL.read_bytes() == b"of another run"
    assert load_model((RUN / MODEL.name).read_bytes()).latent_dim == 2
    succeeded(begin("-f"))
    assert MODEL.read_bytes() == (RUN / MODEL.name).read_bytes()


def test_a_network_that_cannot_be_released(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    def differs(*_: Any) -> None:
        raise ExportError("synthesis differs between PyTorch and the engine")

    monkeypatch.setattr(release, "check_equal", differs)
    ended(begin(), 5, "the trained model cannot be released: synthesis differs")
    assert (RUN / "training.ckpt").is_file() and not Path("models").exists()


def test_damaged_metrics(begin: Begin, steps: list[int]) -> None:
    succeeded(begin())
    path = RUN / "metrics.jsonl"
    sound = path.read_bytes()
    first, *others = sound.splitlines(keepends=True)
    damage = [b"\0" * 40, b"\xff", b"{}", b"[]", b"3", b'{"step": "3"}', b"", b"[" * 100_000]
    steps.clear()
    path.write_bytes(b"".join([first, *(each + b"\n" for each in damage), *others, first[:-1]]))
    said, _ = succeeded(begin())
    assert said == f"{path}: left out 9 damaged line(s)"
    assert not steps and path.read_bytes() == sound
    late = json.dumps(json.loads(first) | {"step": 1_000}).encode() + b"\n"
    path.write_bytes(sound + late)  # of an epoch after the checkpoint: not damaged, but not of this run any more
    assert len(succeeded(begin())) == 1 and path.read_bytes() == sound


def test_folders_that_are_none(begin: Begin, steps: list[int]) -> None:
    Path("file").write_text("a file")
    ended(begin("-o", "file"), 7, "cannot write file/scans-2.safetensors")
    ended(begin("-o", "file", "-f"), 7, "cannot write file/scans-2.safetensors")
    ended(begin("--run", "file"), 7, "file/scans-2.safetensors")
    ended(begin("--run", "file", "-f"), 7, "file")
    MODEL.mkdir(parents=True)
    ended(begin("-f"), 7, f"cannot write {MODEL}: it is a folder")
    assert not steps


@pytest.mark.parametrize("name", ["metrics.jsonl", "training.ckpt"])
def test_files_that_cannot_be_written(name: str, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any more, in the middle of training."""
    step = Training.train_step

    def spoilt(self: Training) -> tuple[float, float]:
        if not (RUN / name).is_dir():
            (RUN / name).unlink(missing_ok=True)
            (RUN / name).mkdir()
        return step(self)

    monkeypatch.setattr(Training, "train_step", spoilt)
    ended(begin(), 7, f"cannot write {RUN / name}")


def test_every_failure_names_its_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("a file")
    attempts: list[Callable[[], None]] = [
        lambda: append(tmp_path, b""),
        lambda: remove(file / "a"),
        lambda: new_folder(file),
        lambda: write(file / "a", b""),
        lambda: checkpoint.write(file / "a", {}),
    ]
    for attempt in attempts:
        with pytest.raises(FileError, match=str(tmp_path)):
            attempt()
