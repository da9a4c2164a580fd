"""The loop of training a grid: what it learns, resumes, refuses, and shares."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aecodec.errors import UsageError
from aecodec.grid import GridModel
from aecodec.grid.gains import GAIN_MAX as ENGINES_GAIN_MAX
from aecodec.grid.gains import OCTAVE
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.grid import checkpoint, loop
from aecodec.train.grid.begin import begin_with, found_state
from aecodec.train.grid.export import fill, tensors_and_description
from aecodec.train.grid.loop import Training, pixels_of
from aecodec.train.grid.networks import GAIN_MAX, Grid, live_channels
from aecodec.train.grid.pictures import make_cache, open_cache
from aecodec.train.grid.settings import Settings
from tests.checks import check_error
from tests.train.grid.runs import CPU, TINY, check_equal, named, run, weights

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_loss_falls(cache: Path, tmp_path: Path) -> None:
    training = Training(Settings(steps=200, finish=0, pixels=2 * 64 * 64, size="tiny"), open_cache(cache), [], CPU)
    losses = [training.train_step()[0] for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


def test_gains_stay_within_what_a_file_allows(cache: Path, tmp_path: Path) -> None:
    """Those of channels that are never used drift; also in checkpoints of runs from before this was known."""
    training = run(cache, tmp_path / "run")
    for gains in (training.model.gains, training.average.gains, training.average.hyper_gains):
        gains.data[3, 1] = -1.3 * GAIN_MAX
    training.save(tmp_path / "drifted.ckpt")
    training.train_step()
    assert training.model.gains.min() >= -GAIN_MAX
    again = Training(TINY, training.pictures, training.validation, CPU)
    again.resume(tmp_path / "drifted.ckpt")
    again.average.set_integer(True)
    GridModel(*tensors_and_description(again.average))
    assert GAIN_MAX * OCTAVE == ENGINES_GAIN_MAX


@pytest.mark.parametrize("stop", [1, 9, 11])
def test_a_run_resumes_bit_for_bit(stop: int, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is interrupted; over its last steps, from the tenth on, the learning rate falls."""
    expected = weights(run(cache, tmp_path / "straight"))
    interrupt(monkeypatch, stop)
    with pytest.raises(KeyboardInterrupt):
        run(cache, tmp_path / "stopped")
    monkeypatch.undo()
    check_equal(weights(run(cache, tmp_path / "stopped")), expected)
    steps = [json.loads(line)["step"] for line in (tmp_path / "stopped" / "metrics.jsonl").read_text().splitlines()]
    assert steps == [TINY.steps]


def test_a_run_keeps_its_precision(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checkpoint knows: measured again, another one might seem quicker."""
    settings = Settings(**{**vars(TINY), "steps": 4})
    expected = run(cache, tmp_path / "straight", settings, precision="bfloat16")
    interrupt(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        run(cache, tmp_path / "stopped", settings, precision="bfloat16")
    monkeypatch.undo()
    resumed = run(cache, tmp_path / "stopped", settings, precision="auto")
    assert resumed.mixed
    check_equal(weights(resumed), weights(expected))


def interrupt(monkeypatch: pytest.MonkeyPatch, stop: int) -> None:
    """Once so many steps are taken, each of which is saved."""
    step = Training.train_step

    def watched(self: Training, **options: Any) -> tuple[float, float, float]:
        if self.step == stop:
            raise KeyboardInterrupt
        return step(self, **options)

    monkeypatch.setattr(Training, "train_step", watched)
    monkeypatch.setattr(loop, "SAVED_EVERY", -1.0)


def test_a_finished_run_goes_on_from_its_trunk(cache: Path, tmp_path: Path) -> None:
    """As if it had been longer from the start. Given again it does nothing."""
    first = run(cache, tmp_path / "a")
    longer = Settings(**{**vars(TINY), "steps": 16})
    check_equal(weights(run(cache, tmp_path / "a")), weights(first))
    check_equal(weights(run(cache, tmp_path / "a", longer)), weights(run(cache, tmp_path / "b", longer)))
    assert checkpoint.read(tmp_path / "a" / checkpoint.TRUNK, CPU)["step"] == longer.finishing


def test_checkpoints_of_other_runs_are_refused(cache: Path, tmp_path: Path) -> None:
    run(cache, tmp_path / "a")
    for change in ({"seed": 2}, {"learning_rate": 1e-3}, {"optimizer": "adam"}, {"size": "small"}, {"pixels": 8192}):
        other = Settings(**{**vars(TINY), **change})
        message = check_error(UsageError, lambda other=other: run(cache, tmp_path / "a", other))
        assert next(iter(change)) in message and "--restart" in message
    shorter = Settings(**{**vars(TINY), "steps": 5})
    assert "steps" in check_error(UsageError, lambda: run(cache, tmp_path / "a", shorter))
    make_cache(tmp_path / "others", named(4))
    assert "pictures" in check_error(UsageError, lambda: run(tmp_path / "others", tmp_path / "a"))
    run(tmp_path / "others", tmp_path / "a", restart=True)
    for content in (b"", b"nothing of the kind"):
        (tmp_path / "a" / CHECKPOINT).write_bytes(content)
        check_error(UsageError, lambda: run(cache, tmp_path / "a"))
    torch.save({"settings": "{}"}, tmp_path / "a" / CHECKPOINT)
    check_error(UsageError, lambda: run(cache, tmp_path / "a"))
    assert found_state(tmp_path / "none", TINY, "", CPU) is None


def test_a_run_begins_with_anothers_weights(cache: Path, tmp_path: Path) -> None:
    first = run(cache, tmp_path / "a")
    file = str(tmp_path / "a" / CHECKPOINT)
    settings = Settings(**{**vars(TINY), "continues": file, "learning_rate": 1e-9, "finish": 0, "steps": 1})
    second = run(cache, tmp_path / "b", settings)
    for name, value in first.average.state_dict().items():
        assert torch.allclose(value, second.model.state_dict()[name], atol=1e-6)
    settings = Settings(**{**vars(settings), "size": "small"})
    assert "cannot begin with" in check_error(UsageError, lambda: run(cache, tmp_path / "c", settings))


def test_dead_channels_begin_anew(cache: Path, tmp_path: Path) -> None:
    """And the model gives what it gave."""
    first = run(cache, tmp_path / "a")
    dead = first.average.analysis.sixteenth
    dead.bias.data[2:5] = -900.0
    file = tmp_path / "a" / CHECKPOINT
    first.save(file)
    second = Training(Settings(**{**vars(TINY), "continues": str(file)}), first.pictures, first.validation, CPU)
    fresh = second.model.analysis.sixteenth.weights[0].detach().clone()
    begin_with(second, file)
    renewed = second.model.analysis.sixteenth
    assert torch.equal(renewed.weights[0][2:5], fresh[2:5]) and not renewed.bias[2:5].any()
    for name, value in first.average.state_dict().items():
        own = second.model.state_dict()[name]
        changed = "analysis.sixteenth" in name or "analysis.last.weights.0" in name or "hyper_synthesis.first" in name
        assert changed or torch.equal(own, value), name
    picture = pixels_of(first.pictures.picture(3)[None, :64, :96])
    for each in (first.average, second.average):
        each.set_integer(False)  # where exponents of layers do not depend on their weights
    with torch.no_grad():
        assert torch.allclose(second.average.analysis(picture), first.average.analysis(picture), atol=1e-4)
    with live_channels(second.average) as live, torch.no_grad():
        second.average(picture, torch.full((1,), 50.0))
    assert live["analysis.sixteenth"][2:5].any()


def test_a_model_without_filters_is_one_whose_filters_let_all_pass(cache: Path, tmp_path: Path) -> None:
    """So a run can begin with the weights of a model whose blocks do not overlap."""
    training = run(cache, tmp_path)
    training.average.set_integer(True)
    arrays, description = tensors_and_description(training.average)
    without = {name: each for name, each in arrays.items() if name not in ("prefilter", "postfilter")}
    without["pixels.shift"] = arrays["pixels.shift"] - 4  # its pixels are no sixteenths
    model = Grid(TINY.widths)
    model.set_integer(True)
    fill(model, without)
    found, expected = GridModel(tensors_and_description(model)[0], description), GridModel(without, description)
    pixels = training.pictures.picture(0).numpy()[:96, :64]
    latents = expected.analyse(pixels)
    assert np.array_equal(found.analyse(pixels), latents)
    assert np.array_equal(found.synthesis(latents, 60, map), expected.synthesis(latents, 60, map))


def test_wrong_settings_are_refused() -> None:
    for change in (
        {"steps": 0},
        {"finish": 2},
        {"learning_rate": 1},
        {"optimizer": "sgd"},
        {"size": "x"},
        {"seed": -1},
    ):
        check_error(UsageError, lambda change=change: Settings(**change))


def test_workers_train_one_model_and_always_the_same(cache: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """Two of them; and when one run is interrupted, as in one process."""
    settings = Settings(steps=3, finish=0.4, pixels=2 * 64 * 64, size="tiny")
    expected = weights(run(cache, tmp_path / "a", settings, workers=2))
    interrupt(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        run(cache, tmp_path / "b", settings, workers=2)
    monkeypatch.undo()
    check_equal(weights(run(cache, tmp_path / "b", settings, workers=2)), expected)


BARE = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"constriction", "click", "rich", "PIL", "pydantic", "safetensors", "torchvision"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
from aecodec.train.grid.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_bare_machine_trains(cache: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", BARE, f"--cache={cache}", f"--run={tmp_path}", "--steps=2", "--size=tiny"]
    command += ["--batch-pixels=4096", "--device=cpu", "--threads=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "q90" in done.stdout, done.stderr
    assert checkpoint.read(tmp_path / CHECKPOINT, CPU)["step"] == 2
    done = subprocess.run([*command, "--seed=2"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "seed differ" in done.stderr and "Traceback" not in done.stderr
