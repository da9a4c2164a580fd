"""Training of the networks for exact pixels: samples, loop, checkpoint, release; a few steps on made pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

import aecodec
from aecodec.cli import app
from aecodec.errors import UsageError
from aecodec.pixels.inputs import COLOURS, WIDTHS
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.export import ExportError
from aecodec.train.grid.pictures import Cache, make_cache
from aecodec.train.pixels import release
from aecodec.train.pixels.loop import Training
from aecodec.train.pixels.networks import bits
from aecodec.train.pixels.samples import OUTCOME, Samples, check_enough, gathered, walk
from aecodec.train.pixels.settings import Settings
from aecodec.zoo import load_model
from tests.checks import check_error
from tests.train.grid.runs import waves

pytestmark = pytest.mark.usefixtures("one_thread")

FEW = Settings(steps=12, samples=64, hidden=(8, 4), kept=300)


def named(count: int) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    return ((f"{n}.png", waves(n, 64 + 8 * (n % 3), 96 - 16 * (n % 2))) for n in range(count))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return make_cache(tmp_path_factory.mktemp("pictures"), named(5))


@pytest.fixture(scope="module")
def samples(cache: Cache, tmp_path_factory: pytest.TempPathFactory) -> Samples:
    return gathered(cache, tmp_path_factory.mktemp("samples"), 300, 1, lambda done: None)


def trained(samples: Samples, folder: Path, settings: Settings = FEW) -> Training:
    training = Training(settings, samples, samples)
    if (folder / CHECKPOINT).exists():
        training.resume(folder / CHECKPOINT)
    training.run(folder / CHECKPOINT, lambda event: None, every=5)
    return training


def test_samples_are_what_the_codec_knows() -> None:
    """Values in their places, and predictions that some rows of a plain slope make nearly exact."""
    y, x = np.mgrid[:24, :20]
    slope = np.repeat((3 * x + 2 * y)[..., None], 3, -1).astype(np.uint8)
    tables = walk(slope[None])
    assert [table.shape for table in tables] == [(24, 20, 1, width + OUTCOME) for width in WIDTHS]
    for table in tables:
        assert np.array_equal(table[..., 0, -1], slope[..., 0])
        error = np.abs(table[..., 0, -OUTCOME] - 64 * slope[..., 0].astype(np.int64))
        assert error[-4:, 4:-1].max() <= 8 and error[1].max() > 100


def test_lockstep_knows_what_each_alone_does() -> None:
    pictures = np.stack([waves(n, 13, 17) for n in range(3)])
    for alone, number in ((walk(pictures[n : n + 1]), n) for n in range(3)):
        for table, whole in zip(alone, walk(pictures), strict=True):
            assert np.array_equal(table[:, :, 0], whole[:, :, number])


def test_samples_are_gathered_once(cache: Cache, tmp_path: Path) -> None:
    told: list[int] = []
    first = gathered(cache, tmp_path, 200, 1, told.append)
    again = gathered(cache, tmp_path, 200, 1, told.append)
    assert told[-1] == len(cache) and len(told) == len(set(told)) and len(first.tables) == COLOURS
    assert len(first.tables[0]) == 200 * len(cache)
    assert all(np.array_equal(one, other) for one, other in zip(first.tables, again.tables, strict=True))
    other = gathered(cache, tmp_path / "other", 200, 2, told.append)
    assert not np.array_equal(first.tables[0][:, -1], other.tables[0][:, -1])
    check_error(UsageError, lambda: check_enough(first, 1 << 20))


def test_bits_are_of_a_distribution() -> None:
    """Over all values the probabilities add up to one, nearly: a little lies beyond black and white."""
    outputs = torch.tensor([[0.3, 0.5, -1.0]]).repeat(256, 1)
    outcome = torch.tensor([[120 * 64, 64, 0]]).float().repeat(256, 1)
    values = torch.arange(256).float()[:, None]
    total = float(torch.exp2(-bits(outputs, torch.cat([outcome, values], 1))).sum())
    assert 0.999 < total < 1.001


def test_the_bits_fall(samples: Samples, tmp_path: Path) -> None:
    training = Training(replace(FEW, steps=240, samples=256, learning_rate=0.01), samples, samples)
    before = np.mean(training.validate())
    training.run(tmp_path / CHECKPOINT, lambda event: None, every=50)
    assert np.mean(training.validate()) < before - 0.3


@pytest.mark.parametrize("stop", [1, 7, FEW.floating, FEW.steps - 1])
def test_a_run_resumes_bit_for_bit(stop: int, samples: Samples, tmp_path: Path) -> None:
    whole = trained(samples, tmp_path / "whole")
    begun = Training(FEW, samples, samples)
    for _ in range(stop):
        begun.train_step()
    begun.save(tmp_path / "parts" / CHECKPOINT)
    resumed = trained(samples, tmp_path / "parts")
    assert resumed.step == whole.step == FEW.steps
    for one, other in zip(whole.average.parameters(), resumed.average.parameters(), strict=True):
        assert torch.equal(one, other)
    assert whole.average.grids == resumed.average.grids != []


def test_the_last_steps_train_integers(samples: Samples, tmp_path: Path) -> None:
    """What they give is nearly what floats gave, and better than rounding alone."""
    settings = replace(FEW, steps=200, rounded=40, samples=256, learning_rate=0.01)
    rounded = Training(replace(settings, steps=160, rounded=0), samples, samples)
    rounded.run(tmp_path / "a" / CHECKPOINT, lambda event: None, every=1000)
    floats = np.mean(rounded.validate())
    rounded.to_integers()
    whole = Training(settings, samples, samples)
    whole.run(tmp_path / "b" / CHECKPOINT, lambda event: None, every=1000)
    assert whole.average.grids and np.mean(whole.validate()) < np.mean(rounded.validate()) + 0.01
    assert abs(np.mean(whole.validate()) - floats) < 0.1


def test_a_run_begins_with_anothers_weights(samples: Samples, tmp_path: Path) -> None:
    first = trained(samples, tmp_path / "first")
    next_run = Training(replace(FEW, continues="first"), samples, samples)
    next_run.begin_with(tmp_path / "first" / CHECKPOINT)
    assert next_run.step == 0 and next_run.validate() == pytest.approx(first.validate(), rel=0.01)  # in floats
    wider = Training(replace(FEW, hidden=(9, 4)), samples, samples)
    assert "cannot begin" in check_error(UsageError, lambda: wider.begin_with(tmp_path / "first" / CHECKPOINT))


def test_checkpoints_of_other_runs_are_refused(samples: Samples, tmp_path: Path) -> None:
    trained(samples, tmp_path)
    for settings in (replace(FEW, steps=13), replace(FEW, seed=2)):
        training = Training(settings, samples, samples)
        assert "another run" in check_error(UsageError, lambda one=training: one.resume(tmp_path / CHECKPOINT))
    strange = Training(FEW, replace(samples, pictures="00"), samples)
    assert "pictures" in check_error(UsageError, lambda: strange.resume(tmp_path / CHECKPOINT))


def test_a_release_needs_equal_integers(samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = trained(samples, tmp_path)
    put_dense = release.put_dense

    def disturbed(arrays: Any, prefix: str, layer: Any) -> Any:
        found = put_dense(arrays, prefix, layer)
        arrays[f"{prefix}.bias"] = arrays[f"{prefix}.bias"] + 64
        return found

    monkeypatch.setattr(release, "put_dense", disturbed)
    check_error(ExportError, lambda: release.release(training, tmp_path, "made"))


def test_wrong_settings_are_refused() -> None:
    for wrong in (
        {"steps": 0},
        {"finish": 2.0},
        {"learning_rate": 1.0},
        {"seed": -1},
        {"hidden": (0, 4)},
        {"rounded": -1},
    ):
        check_error(UsageError, lambda one=wrong: replace(FEW, **one))


def test_the_command_makes_a_model_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for name, picture in named(4):
        Image.fromarray(picture).save(tmp_path / "photos" / name)
    words = [
        "train",
        "--kind",
        "pixels",
        "--images",
        "photos",
        "--steps",
        "4",
        "--name",
        "mine",
        "-q",
        "--threads",
        "1",
    ]
    first = CliRunner().invoke(app, words, catch_exceptions=False)
    assert first.exit_code == 0 and "bits a sample" in first.stderr
    listed = CliRunner().invoke(app, ["models", "list", "--json", "--model-path", "models"], catch_exceptions=False)
    assert any(each["id"] == "mine" and "exact" in each["kind"] for each in map(json.loads, listed.stdout.splitlines()))
    picture = waves(9, 21, 33)
    data = aecodec.compress(picture, lossless=True, model="models/mine.safetensors")
    stated = load_model((tmp_path / "models" / "mine.safetensors").read_bytes()).description
    assert (stated["role"], stated["pictures"]) == ("pixels", "any")
    assert np.array_equal(aecodec.decompress(data, model_path=["models"]), picture)
    assert len(data) < picture.size
    again = CliRunner().invoke(app, words, catch_exceptions=False)
    assert again.exit_code == 0  # finished: the same model, which replaces nothing of another
    card = (tmp_path / "models" / "mine.md").read_text()
    assert "| kind | pixels" in card


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ([], ["--images"]),
        (["--images", "photos", "--latent-dim", "8"], ["--latent-dim is for --kind tiles"]),
        (["--images", "photos", "--size", "tiny"], ["--size is for --kind grid"]),
        (["--images", "nowhere"], ["nowhere"]),
        (["--images", "photos", "--continue-from", "none.ckpt"], ["no none.ckpt to continue from"]),
    ],
)
def test_what_does_not_fit_is_one_line(
    options: list[str], parts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["train", "--kind", "pixels", "-q", *options])
    assert result.exit_code != 0 and all(part in result.stderr for part in parts)
    assert len(result.stderr.strip().splitlines()) == 1
