"""Training of the networks for drawings: what is noted, the run, its release; a few steps on made pictures."""

from __future__ import annotations

import json
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
from aecodec.drawings.candidates import RANKS
from aecodec.errors import UsageError
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.drawings import release
from aecodec.train.drawings.base import read_base
from aecodec.train.drawings.networks import DrawingNetworks
from aecodec.train.drawings.pictures import Drawings, found
from aecodec.train.drawings.samples import CHOICE, INPUTS, columns, gathered, noted
from aecodec.train.export import ExportError
from aecodec.train.pixels.loop import Training
from aecodec.train.pixels.samples import Samples
from aecodec.train.pixels.settings import Settings
from aecodec.zoo import load_model
from tests.checks import check_error
from tests.golden import MODELS

pytestmark = pytest.mark.usefixtures("one_thread")

FEW = Settings(steps=10, samples=32, hidden=(8, 4), kept=200)
BASE = MODELS / "vector-pixels.safetensors"


def drawn(seed: int, height: int = 30, width: int = 40) -> NDArray[np.uint8]:
    """Rectangles of a few colours with soft edges, some of them seen through: RGBA."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 4), np.uint8)
    for _ in range(8):
        top, left = int(random.integers(height - 8)), int(random.integers(width - 8))
        colour = random.integers(0, 256, 4)
        picture[top : top + 8, left : left + 8] = colour
        picture[top, left : left + 8] = colour // 2
    return picture


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Drawings:
    folder = tmp_path_factory.mktemp("drawings")
    for seed in range(6):
        picture = drawn(seed)
        Image.fromarray(picture if seed % 3 else picture[..., :3].copy()).save(folder / f"{seed}.png")
    Image.fromarray(drawn(9)[..., 0].copy()).save(folder / "grey.png")
    (folder / "broken.png").write_bytes(b"\x89PNG")
    told: list[str] = []
    every = found([folder], told.append)
    assert len(every) == 7 and len(told) == 1 and "broken.png" in told[0]
    return every


@pytest.fixture(scope="module")
def samples(drawings: Drawings, tmp_path_factory: pytest.TempPathFactory) -> Samples:
    return gathered(drawings, tmp_path_factory.mktemp("samples"), 200, 1, lambda done: None)


def trained(samples: Samples, folder: Path, settings: Settings = FEW) -> Training:
    training = Training(settings, samples, samples, DrawingNetworks)
    if (folder / CHECKPOINT).exists():
        training.resume(folder / CHECKPOINT)
    training.run(folder / CHECKPOINT, lambda event: None, every=5)
    return training


def test_what_is_noted_is_what_came() -> None:
    """Of a striped picture: the stripes that are seen for the first time are values, and then they are candidates."""
    picture = np.zeros((20, 20, 3), np.uint8)
    picture[:, ::2] = (200, 100, 50)
    ((count, tables),) = noted([picture], 1000, 1)
    assert count == 1 and [table.shape[1] for table in tables.values()] == [columns(name) for name in INPUTS]
    assert len(tables["alpha"]) == 0 and 1 <= len(tables["green"]) <= 4
    came = tables[CHOICE][:, -1]
    assert (came == RANKS).sum() == len(tables["green"]) and (came < RANKS).mean() > 0.95


def test_pictures_in_turn_know_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same picture a second time nearly all is candidates, where it comes after the first."""
    monkeypatch.setattr("aecodec.drawings.blocks.TOGETHER", 1)
    pictures = [drawn(1)] * 3
    found = list(noted(pictures, 10_000, 1))
    assert [count for count, _ in found] == [1, 2]
    alone, both = (tables["green"] for _, tables in found)
    assert len(both) < 1.3 * len(alone)


def test_samples_are_gathered_once(drawings: Drawings, tmp_path: Path) -> None:
    told: list[int] = []
    first = gathered(drawings, tmp_path, 50, 1, told.append)
    again = gathered(drawings, tmp_path, 50, 1, told.append)
    assert told[-1] == len(drawings) and told == sorted(set(told))
    assert all(np.array_equal(one, other) for one, other in zip(first.tables, again.tables, strict=True))


def test_the_bits_fall(samples: Samples, tmp_path: Path) -> None:
    training = Training(replace(FEW, steps=120, samples=128, learning_rate=0.01), samples, samples, DrawingNetworks)
    before = np.mean(training.validate())
    training.run(tmp_path / CHECKPOINT, lambda event: None, every=50)
    assert np.mean(training.validate()) < before - 0.5


def test_a_run_resumes_bit_for_bit(samples: Samples, tmp_path: Path) -> None:
    whole = trained(samples, tmp_path / "whole")
    begun = Training(FEW, samples, samples, DrawingNetworks)
    for _ in range(3):
        begun.train_step()
    begun.save(tmp_path / "parts" / CHECKPOINT)
    resumed = trained(samples, tmp_path / "parts")
    for one, other in zip(whole.average.parameters(), resumed.average.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_release_needs_equal_integers(samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training, put_dense = trained(samples, tmp_path), release.put_dense

    def disturbed(arrays: Any, prefix: str, layer: Any) -> Any:
        found = put_dense(arrays, prefix, layer)
        arrays[f"{prefix}.bias"] = arrays[f"{prefix}.bias"] + 64
        return found

    monkeypatch.setattr(release, "put_dense", disturbed)
    check_error(ExportError, lambda: release.release(training, read_base(BASE), tmp_path, "made"))


def test_what_is_no_base(tmp_path: Path) -> None:
    check_error(UsageError, lambda: read_base(tmp_path / "none.safetensors"))
    check_error(UsageError, lambda: read_base(MODELS / "vector-grid.safetensors"))


def test_one_picture_cannot_be_held_back(tmp_path: Path) -> None:
    Image.fromarray(drawn(1)).save(tmp_path / "one.png")
    check_error(UsageError, lambda: found([tmp_path], lambda line: None).held_back())
    check_error(UsageError, lambda: found([tmp_path / "nowhere"], lambda line: None))


def test_the_command_makes_a_model_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "icons").mkdir()
    for seed in range(5):
        Image.fromarray(np.tile(drawn(seed), (3, 3, 1))).save(tmp_path / "icons" / f"{seed}.png")
    words = ["train", "--kind", "drawings", "--images", "icons", "--base", str(BASE), "--steps", "4", "--name", "mine"]
    words += ["-q", "--threads", "1"]
    first = CliRunner().invoke(app, words, catch_exceptions=False)
    assert first.exit_code == 0 and "bits a sample" in first.stderr
    data = aecodec.compress(drawn(7), lossless=True, model="models/mine.safetensors")
    stated = load_model((tmp_path / "models" / "mine.safetensors").read_bytes()).description
    assert (stated["role"], stated["pictures"]) == ("pixels", "any")
    assert np.array_equal(aecodec.decompress(data, model_path=["models"]), drawn(7))
    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0
    assert "## Drawings" in (tmp_path / "models" / "mine.md").read_text()
    listed = CliRunner().invoke(app, ["models", "list", "--json", "--model-path", "models"], catch_exceptions=False)
    assert any(each["id"] == "mine" for each in map(json.loads, listed.stdout.splitlines()))
    wrong = CliRunner().invoke(app, ["train", "--kind", "pixels", "--images", "icons", "--base", str(BASE), "-q"])
    assert wrong.exit_code != 0 and "--base is for --kind drawings" in wrong.stderr
