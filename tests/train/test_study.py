"""A study: its file read and refused, the command line before it, and its runs, interrupted and resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from PIL import Image

import aecodec
from aecodec.cli import app
from aecodec.cli.commands.train import train
from aecodec.cli.tasks.train_given import NO_KEYS, SINGLE, overrides
from aecodec.errors import UsageError
from aecodec.train import study_model
from aecodec.train.config import Common, Settings
from aecodec.train.loop import Training
from aecodec.train.study import Study, read_study
from aecodec.zoo import load_model
from tests.conftest import ROOT
from tests.made import save_strokes, strokes
from tests.train.studies import NAMES, SMALL

pytestmark = pytest.mark.usefixtures("one_thread")

# Of each key: a value that is not the default for the file, and another for the command line, as typed and as read.
KEYS: dict[str, tuple[Any, list[str], Any]] = {
    "dataset": ("kmnist", ["--dataset", "emnist"], "emnist"),
    "data_dir": ("a", ["--data-dir", "b"], Path("b")),
    "images": ("a", ["--images", "b"], Path("b")),
    "model_type": ("convolutional", ["--model-type", "convolutional"], "convolutional"),
    "latent_dim_lossy": ([8, 16], ["--latent-dim", "4,5"], (4, 5)),
    "latent_dim_lossless": (784, ["--latent-dim-lossless", "256"], 256),
    "model_save_dir": ("a", ["-o", "b"], Path("b")),
    "results_save_dir": ("a", ["--results-dir", "b"], Path("b")),
    "num_epochs": (3, ["--epochs", "0.5"], 0.5),
    "batch_size": (3, ["--batch-size", "4"], 4),
    "learning_rate": (0.1, ["--learning-rate", "1e-2"], 0.01),
    "weight_decay": (0.1, ["--weight-decay", "0"], 0.0),
    "seed": (3, ["--seed", "0"], 0),
    "device": ("cuda", ["--device", "cpu"], "cpu"),
    "threads": (3, ["--threads", "4"], 4),
    "precision": ("bfloat16", ["--precision", "float32"], "float32"),
    "copies": (3, ["--copies", "0"], 0),
    "target_mse": (0.1, ["--target-mse", "0.2"], 0.2),
    "search_mse": (0.1, ["--search-mse", "0.2"], 0.2),
    "phase_shares": ([1, 1, 1, 1, 1], ["--phase-shares", "1,2,3,4,0.5"], (1, 2, 3, 4, 0.5)),
    "prior_weights": (3, ["--prior-weights", "4"], 4),
    "analysis_channels": ([3, 4], ["--analysis-channels", "5"], (5,)),
    "synthesis_channels": ([3, 4], ["--synthesis-channels", "5,6,7"], (5, 6, 7)),
    "analysis_hidden": (3, ["--analysis-hidden", "0"], 0),
    "synthesis_hidden": (3, ["--synthesis-hidden", "4"], 4),
}


def written(folder: Path, text: str) -> Path:
    path = folder / "study.yaml"
    path.write_text(text)
    return path


def from_line(path: Path, *options: str) -> Study:
    """What the command line makes of a file."""
    context = train.make_context("train", ["--config", str(path), *options])
    return read_study(path, overrides(context))


# --- the file ----------------------------------------------------------------------------------------


def test_every_key_of_training_is_one_of_a_study() -> None:
    """But for what single runs alone have; and every option is a key, or about how to run."""
    own = {"latent_dim", "epochs", "lossless", "continues"}
    assert (
        set(Settings.model_fields) - own
        == set(Common.model_fields)
        == set(Settings.model_fields) & set(Study.model_fields)
    )
    parameters = {parameter.name for parameter in train.params}
    assert len(parameters) == len(Study.model_fields) + len(NO_KEYS) + len(SINGLE)


@pytest.mark.parametrize("key", Study.model_fields)
def test_command_line_beats_file_beats_defaults(key: str, tmp_path: Path) -> None:
    in_file, options, expected = KEYS[key]
    defaults = from_line(written(tmp_path, "seed: 1"))
    assert defaults == Study()
    path = written(tmp_path, yaml.safe_dump({key: in_file}))
    alone = from_line(path)
    assert alone == Study.model_validate({key: in_file})
    assert key == "model_type" or getattr(alone, key) != getattr(defaults, key)
    both = from_line(path, *options)
    assert getattr(both, key) == expected
    assert both.model_dump(exclude={key}) == defaults.model_dump(exclude={key})


@pytest.mark.parametrize("key", Study.model_fields)
def test_every_key_is_an_option_by_its_own_name(key: str, tmp_path: Path) -> None:
    _, options, expected = KEYS[key]
    study = from_line(written(tmp_path, "batch_size: 9"), f"--{key.replace('_', '-')}", options[1])
    assert getattr(study, key) == expected


def test_defaults_are_those_of_single_runs() -> None:
    (settings,) = Study().settings()
    assert settings == Settings()


def test_none_on_the_command_line(tmp_path: Path) -> None:
    path = written(tmp_path, "latent_dim_lossless: 784")
    assert from_line(path, "--latent-dim-lossless", "none").latent_dim_lossless is None


def test_a_data_set_asked_for_replaces_a_folder(tmp_path: Path) -> None:
    path = written(tmp_path, "images: scans\ndata_dir: d")
    assert from_line(path).images == Path("scans")
    assert from_line(path, "--dataset", "kmnist").images is None
    assert from_line(path, "--dataset", "kmnist", "--images", "b").images == Path("b")


def test_settings_of_the_runs(tmp_path: Path) -> None:
    path = written(tmp_path, "latent_dim_lossy: [8, 784]\nlatent_dim_lossless: 16\nnum_epochs: 2\ncopies: 1")
    runs = from_line(path).settings()
    assert [run.latent_dim for run in runs] == [8, 784, 16]
    assert [run.with_residual for run in runs] == [False, False, True]
    assert [run.lossless for run in runs] == [None, False, True]
    assert all((run.epochs, run.copies) == (2, 1) for run in runs)
    assert from_line(written(tmp_path, "latent_dim_lossy: 9")).latent_dim_lossy == (9,)
    assert from_line(written(tmp_path, "latent_dim_lossy: []\nlatent_dim_lossless: 9")).latent_dims == (9,)


def test_numbers_as_people_write_them(tmp_path: Path) -> None:
    """YAML 1.1 takes 1e-3 for a text."""
    for text in ("1e-3", "1.0e-3", "1E-3", "0.001", ".001"):
        assert read_study(written(tmp_path, f"learning_rate: {text}"), {}).learning_rate == 0.001


def test_the_study_that_is_here() -> None:
    study = read_study(ROOT / "training" / "study.yaml", {})
    assert study.latent_dims == (8, 16, 32, 64, 128, 256, 784) and study.latent_dim_lossless == 784
    assert (study.data_dir, study.model_save_dir, study.results_save_dir) == (
        Path("data"),
        Path("study/models"),  # the shipped models lie in models/
        Path("study/runs"),
    )
    shape = {"latent_dim_lossy", "latent_dim_lossless", "model_save_dir", "results_save_dir"}
    assert study.model_dump(exclude=shape) == Study().model_dump(exclude=shape)
    keys = yaml.safe_load((ROOT / "training" / "study.yaml").read_text())
    assert set(keys) == set(Study.model_fields)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("seed: 1\nbatchsize: 3", ["line 2", "unknown key batchsize", "did you mean batch_size?"]),
        ("zzz: 3", ["line 1", "unknown key zzz", "expected dataset, data_dir"]),
        ("1: 3", ["line 1", "unknown key 1"]),
        ("epochs: 3", ["unknown key epochs", "num_epochs"]),
        ("device: {name: cpu}", ["line 1", "device", "'auto', 'cpu', 'cuda' or 'mps'", '{"name": "cpu"}']),
        ("seed: 1\n\nbatch_size: many", ["line 3", "batch_size", "integer", '"many"']),
        ("batch_size: 1.5", ["batch_size", "integer", "1.5"]),
        ("batch_size: yes", ["batch_size", "integer", "true"]),
        ("batch_size: 0", ["batch_size", "greater than or equal to 1", "found 0"]),
        ("batch_size: null", ["batch_size", "integer", "null"]),
        ("learning_rate: -1", ["learning_rate", "greater than 0", "-1"]),
        ("learning_rate: .inf", ["learning_rate", "finite"]),
        ("num_epochs: '3'", ["num_epochs", "number", '"3"']),
        ("target_mse: 1", ["target_mse", "less than 1"]),
        ("dataset: 3", ["dataset", "string", "3"]),
        ("data_dir: [a]", ["data_dir", "path", '["a"]']),
        ("latent_dim_lossy: [8, a]", ["latent_dim_lossy[1]", "integer", '"a"']),
        ("latent_dim_lossy: [0]", ["latent_dim_lossy[0]", "greater than or equal to 1"]),
        ("latent_dim_lossy: a", ["latent_dim_lossy", "list", '"a"']),
        ("latent_dim_lossy: true", ["latent_dim_lossy[0]", "integer", "true"]),
        ("latent_dim_lossy: []", ["latent_dim_lossy is empty"]),
        ("latent_dim_lossy: [8, 8]", ["8 is named twice"]),
        ("latent_dim_lossy: [8]\nlatent_dim_lossless: 8", ["8 is named twice"]),
        ("latent_dim_lossless: 2000", ["latent_dim_lossless", "less than or equal to 1024", "2000"]),
        ("model_type: linear", ["model_type", "'convolutional'", '"linear"']),
        ("phase_shares: [1, 2]", ["phase_shares[2]", "required"]),
        ("phase_shares: [0, 0, 0, 0, 0]", ["phase_shares", "greater than 0"]),
        ("phase_shares: [-1, 1, 1, 1, 1]", ["phase_shares[0]", "greater than or equal to 0"]),
        ("synthesis_channels: [4]", ["synthesis_channels", "at least 2"]),
        ("seed: 1\nseed: 2", ["seed is there twice"]),
        ("seed: [1", ["no YAML", "line"]),
        ("a: b: c", ["line 1", "no YAML"]),
        ("seed: !!python/object:os.system 1", ["line 1", "no YAML"]),
        ("seed: 1\n---\nseed: 2", ["no YAML", "line"]),
        ("? [1]\n: 2", ["no YAML"]),
        ("seed: 2020-99-99", ["no YAML"]),
        ("\0", ["no YAML"]),
        ("", ["expected keys and values", "found nothing"]),
        ("# nothing", ["found nothing"]),
        ("- a", ["found a list"]),
        ("seed", ["found a str"]),
    ],
)
def test_refused(text: str, parts: list[str], tmp_path: Path) -> None:
    """Through the command line: exit code 2 and one line with the file, the key and what was expected."""
    path = written(tmp_path, text)
    result = CliRunner().invoke(app, ["train", "--config", str(path)])
    assert result.exit_code == 2 and result.stdout == "", result.output
    assert result.stderr.startswith(f"aecodec: error: {path}") and result.stderr.count("\n") == 1
    assert all(part in result.stderr for part in parts), result.stderr


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, part in ((tmp_path / "absent.yaml", "does not exist"), (tmp_path, "is a directory")):
        result = CliRunner().invoke(app, ["train", "--config", str(path)])
        assert result.exit_code == 2 and part in result.stderr and result.stderr.count("\n") == 1
        with pytest.raises(UsageError, match="cannot read"):
            read_study(path, {})
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"dataset: \xff")
    with pytest.raises(UsageError, match="no YAML"):
        read_study(path, {})


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--run", "r"], ["--run", "--config"]),
        (["--continue-from", "c"], ["--continue-from", "--config"]),
        (["--lossless"], ["--lossless", "--config"]),
        (["--latent-dim", "8,8"], ["8 is named twice"]),
        (["--latent-dim", "8,x"], ["'x' is not a whole number"]),
        (["--latent-dim", "2000"], ["2000 is not in the range"]),
        (["--phase-shares", "1,2"], ["command line", "phase_shares"]),
        (["--synthesis-channels", "4"], ["command line", "synthesis_channels"]),
        (["--model-type", "linear"], ["'linear'", "convolutional"]),
    ],
)
def test_refused_on_the_command_line(options: list[str], parts: list[str], tmp_path: Path) -> None:
    path = written(tmp_path, "seed: 1")
    result = CliRunner().invoke(app, ["train", "--config", str(path), *options])
    assert result.exit_code == 2 and result.stderr.count("\n") == 1, result.output
    assert all(part in result.stderr for part in parts), result.stderr


def test_refused_without_a_study() -> None:
    for options, part in (
        (["--latent-dim", "8,16"], "--config"),
        (["--latent-dim-lossless", "8"], "--config"),
        (["--latent-dim-lossless", "none"], "--config"),
        (["--engine", "ray"], "--engine is for the models of a study; it needs --config"),
        (["-j", "2"], "--jobs is for the models of a study"),
        (["--synthesis-channels", "4"], "command line: synthesis_channels"),
    ):
        result = CliRunner().invoke(app, ["train", *options])
        assert result.exit_code == 2 and part in result.stderr and result.stderr.count("\n") == 1, result.output


# --- the runs ----------------------------------------------------------------------------------------

Begin = Callable[..., Result]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Runs the study of a folder, there; ``begin.trained`` has the latent_dim of each run that took a step."""
    save_strokes(tmp_path / "scans", 40, 8, 8)
    written(tmp_path, SMALL)
    monkeypatch.chdir(tmp_path)
    trained: list[int] = []
    step = Training.train_step

    def watched(self: Training) -> tuple[float, float]:
        if self.settings.latent_dim not in trained:
            trained.append(self.settings.latent_dim)
        return step(self)

    monkeypatch.setattr(Training, "train_step", watched)

    def run(*options: str) -> Result:
        trained.clear()
        return CliRunner().invoke(app, ["train", "--config", "study.yaml", "-q", *options])

    run.trained = trained  # type: ignore[attr-defined]
    return run


def trained(begin: Begin) -> list[int]:
    found: list[int] = begin.trained  # type: ignore[attr-defined]
    return found


def succeeded(result: Result) -> list[str]:
    assert result.exit_code == 0 and result.stdout == "", result.output
    return result.stderr.splitlines()


def refused(result: Result, *parts: str) -> None:
    assert result.exit_code == 2 and result.stderr.count("\n") == 1, result.output
    assert all(part in result.stderr for part in parts), result.stderr


def contents(folder: str) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def test_a_study_from_end_to_end(begin: Begin) -> None:
    lines = succeeded(begin())
    assert trained(begin) == [2, 3, 4] and len(lines) == 3
    assert sorted(contents("models")) == sorted(
        f"models/{name}{end}" for name in NAMES for end in (".md", ".safetensors")
    )
    table = json.loads(Path("results/study.json").read_text())
    assert table["study"]["latent_dim_lossy"] == [2, 3] and table["study"]["num_epochs"] == 2
    assert table["data"] == {**table["data"], "name": "scans", "training": 37, "validation": 3}
    assert [row["model"] for row in table["models"]] == list(NAMES)
    for row, line in zip(table["models"], lines, strict=True):
        path = Path("results") / row["path"]
        content = path.read_bytes()
        assert path.resolve() == Path("models", f"{row['model']}.safetensors").resolve()
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        model = load_model(content)
        assert model.latent_dim == row["latent_dim"]
        assert (model.residual is not None) == (row["latent_dim"] == 4) == ("lossless" in row)
        assert (row["mse"], row["bytes"]) == tuple(model.description["validation"][-1][key] for key in ("mse", "bytes"))
        assert row["settings"] == model.description["training"] and row["settings"]["dataset"] == "scans"
        assert f"validation MSE {row['mse']:.6f}, {row['bytes']:.2f} bytes" in line
        folder = Path("results") / row["model"]
        epochs = [json.loads(epoch) for epoch in (folder / "metrics.jsonl").read_text().splitlines()]
        assert [epoch["step"] for epoch in epochs] == [2, 4, 5] or epochs[-1]["step"] == epochs[-1]["steps"]
        assert (folder / "training.ckpt").is_file()
    assert table["models"][2]["lossless"]["mse"] == 0
    assert str(Path.cwd()) not in json.dumps(table)
    exact = aecodec.compress(strokes(1, 8, 8)[0], model="models/scans-4.safetensors", lossless=True)
    assert (aecodec.decompress(exact, model_path=["models"]) == strokes(1, 8, 8)[0]).all()

    # Again: nothing is trained, nothing changes. A model that was deleted comes back.
    before = contents("results") | contents("models")
    lines = succeeded(begin())
    assert trained(begin) == [] and all(line.endswith("was finished") for line in lines)
    assert contents("results") | contents("models") == before
    Path("models/scans-3.safetensors").unlink()
    succeeded(begin("-o", "./models"))
    assert trained(begin) == [] and contents("results") | contents("models") == before
    succeeded(begin("-o", "others", "--threads", "1"))
    assert trained(begin) == [] and len(contents("others")) == 6

    # Other settings, other pictures: not taken for done, and nothing is touched.
    refused(begin("--epochs", "3"), "results/scans-2", "num_epochs differ", "--restart")
    refused(begin("--seed", "3"), "seed differ", "results_save_dir")
    refused(begin("--latent-dim", "3,4", "--latent-dim-lossless", "none"), "scans-4", "latent_dim_lossless differ")
    Image.fromarray(strokes(1, 8, 8, seed=8)[0]).save("scans/new.png")
    refused(begin(), "the pictures differ")
    assert trained(begin) == []
    Path("scans/new.png").unlink()

    # A record that is damaged, or whose model is: the checkpoint decides, and gives the same model without a step.
    expected = contents("models")
    Path("results/scans-2/finished.json").write_text('{"settings": ')
    Path("results/scans-3/scans-3.safetensors").write_bytes(b"")
    refused(begin(), "models/scans-3.safetensors is there already", "-f")
    succeeded(begin("-f"))
    assert trained(begin) == [] and contents("models") == expected


def test_interrupted_and_resumed(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first model, and in the middle of the second: the same files as without."""
    succeeded(begin("--results-dir", "whole", "-o", "whole-models"))
    run = Training.run
    with monkeypatch.context() as patch:

        def stop(self: Training, path: Path, report: Callable[[dict[str, Any]], None], **options: Any) -> Any:
            def until_4(event: dict[str, Any]) -> None:
                report(event)
                if self.settings.latent_dim == 3 and event["step"] == 4:
                    raise KeyboardInterrupt  # the last checkpoint is of an earlier step

            return run(self, path, until_4, **options)

        patch.setattr(Training, "run", stop)
        result = begin("--results-dir", "parts", "-o", "parts-models")
        assert result.exit_code == 130 and trained(begin) == [2, 3]
    assert not Path("parts/study.json").exists() and "parts-models/scans-2.safetensors" in contents("parts-models")
    refused(begin("--results-dir", "parts", "-o", "parts-models", "--batch-size", "8"), "batch_size differ")
    succeeded(begin("--results-dir", "parts", "-o", "parts-models"))
    assert trained(begin) == [3, 4]
    whole, parts = (Path(folder, "study.json").read_text() for folder in ("whole", "parts"))
    assert parts == whole.replace("whole-models", "parts-models")
    for name in NAMES:
        for kind in ("whole/{0}/metrics.jsonl", "whole-models/{0}.safetensors", "whole-models/{0}.md"):
            path = kind.format(name)
            assert Path(path).read_bytes() == Path(path.replace("whole", "parts", 1)).read_bytes(), path


def test_interrupted_while_measured(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that replaces the run's own is its own, too, before the record says so."""
    one = ("--latent-dim", "2", "--latent-dim-lossless", "none")
    succeeded(begin(*one))
    with monkeypatch.context() as patch:

        def stop(*_: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(study_model, "keep", stop)
        assert begin(*one, "--epochs", "1", "--restart").exit_code == 130
    assert trained(begin) == [2]
    succeeded(begin(*one, "--epochs", "1"))
    assert trained(begin) == []


def test_nothing_is_replaced_unasked(begin: Begin) -> None:
    """Models of another origin stand in the way, before anything is trained."""
    one = ("--latent-dim", "2", "--latent-dim-lossless", "none")
    Path("models").mkdir()
    Path("models/scans-2.safetensors").write_bytes(b"of another run")
    refused(begin(*one), "models/scans-2.safetensors is there already", "-o", "-f")
    assert trained(begin) == [] and not Path("results").exists()
    succeeded(begin(*one, "-f"))
    made = Path("models/scans-2.safetensors").read_bytes()
    assert load_model(made).latent_dim == 2
    succeeded(begin(*one, "--restart"))  # its own it may replace
    assert trained(begin) == [2] and Path("models/scans-2.safetensors").read_bytes() == made
    metrics = [json.loads(line)["step"] for line in Path("results/scans-2/metrics.jsonl").read_text().splitlines()]
    assert metrics == sorted(set(metrics))
    refused(begin(*one, "--epochs", "1"), "num_epochs differ")
    succeeded(begin(*one, "--epochs", "1", "--restart"))
    assert trained(begin) == [2] and Path("models/scans-2.safetensors").read_bytes() != made


def test_a_single_run_and_a_study_share_a_folder(begin: Begin) -> None:
    """The same settings are the same run, whichever command made it."""
    line = "--images scans --latent-dim 2 --epochs 2 --batch-size 16 --copies 0 --threads 1 --device cpu -q"
    shape = "--analysis-channels 4 --analysis-hidden 0 --synthesis-hidden 0 --synthesis-channels 4,4"
    options = [*line.split(), *shape.split(), "--results-dir", "results", "-o", "single"]
    assert CliRunner().invoke(app, ["train", *options]).exit_code == 0
    assert not Path("results/study.json").exists()
    succeeded(begin("--latent-dim", "2", "--latent-dim-lossless", "none"))
    assert trained(begin) == []
    assert Path("models/scans-2.safetensors").read_bytes() == Path("single/scans-2.safetensors").read_bytes()


def test_results_that_cannot_be_written(begin: Begin) -> None:
    Path("results").write_text("a file")
    result = begin()
    assert result.exit_code == 7 and "results" in result.stderr and result.stderr.count("\n") == 1, result.output
