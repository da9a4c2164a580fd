"""Releases: PyTorch equal to the engine, a usable model, and the command that trains one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image
from pydantic import ValidationError

import aecodec
from aecodec.cli import app
from aecodec.errors import UsageError
from aecodec.lossy import LossyModel
from aecodec.train.config import Settings
from aecodec.train.data import Pictures, load
from aecodec.train.exact_layers import Dense
from aecodec.train.export import ExportError, check_equal, integer_layer, released
from aecodec.train.loop import Training
from aecodec.train.release import release
from aecodec.zoo import Pictures as Made
from aecodec.zoo import Purpose, Role, load_model
from tests.made import save_strokes, strokes
from tests.train.runs import CPU

pytestmark = pytest.mark.usefixtures("one_thread")


def test_engine_equals_simulation(trained: Training, pictures: Pictures) -> None:
    arrays, description = released(trained.model)
    engine = LossyModel(arrays, description)
    check_equal(trained.model, engine, pictures.training)
    noise = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (64, 1, 16, 20), dtype=np.uint8))
    check_equal(trained.model, engine, noise)


def test_a_changed_weight_is_noticed(trained: Training, pictures: Pictures) -> None:
    arrays, description = released(trained.model)
    name = "synthesis.2.weight"
    arrays[name] = np.where(arrays[name] > 0, arrays[name] - 1, arrays[name]).astype(np.int8)
    with pytest.raises(ExportError, match="synthesis differs"):
        check_equal(trained.model, LossyModel(arrays, description), pictures.training)


def test_export_keeps_the_bound() -> None:
    """Weights so large that int8 at a fine exponent would overflow 2**24 get a coarser one."""
    layer = Dense(4000, 3, fraction_in=4, fraction_out=2)
    layer.integer = True
    with torch.no_grad():
        layer.weight.fill_(0.9)
    weight, bias, shift = integer_layer(layer)
    reach = np.abs(weight.astype(np.int64)).sum(1) * 255 + np.abs(bias.astype(np.int64))
    assert (reach + 2.0 ** (shift.astype(int) - 1) < 2**24).all()
    assert np.abs(weight).max() < 32  # an int8 weight of 0.9 alone would be 115


def test_release_is_used_at_once(trained: Training, pictures: Pictures, tmp_path: Path) -> None:
    made = release(trained, tmp_path)
    assert made.path.name == f"{pictures.name}-5.safetensors"
    model = load_model(made.path.read_bytes())
    assert model.latent_dim == 5 and model.tiles.tile == (16, 20) and model.residual is not None
    assert model.description["role"] == "collection"
    assert model.purpose == Purpose(Role.COLLECTION, Made((16, 20), 1, pictures.name), 5)
    assert "latent_dim | 5" in made.path.with_suffix(".md").read_text()
    picture = strokes(1, 16, 20, seed=9)[0]
    data = aecodec.compress(picture, model=str(made.path))
    back = aecodec.decompress(data, model_path=[tmp_path])
    assert back.shape == (16, 20) and len(data) < 40
    exact = aecodec.compress(picture, model=str(made.path), lossless=True)
    assert np.array_equal(aecodec.decompress(exact, model_path=[tmp_path]), picture)
    unsearched, searched = json.loads(json.dumps(made.description["validation"]))
    assert unsearched["pictures"] == searched["pictures"] == 21
    assert (unsearched["effort"], searched["effort"]) == (0, 3)
    assert unsearched["bytes"] > unsearched["payload_bytes"] > 0


def test_settings_refuse_unknown_keys() -> None:
    with pytest.raises(ValidationError, match="batchsize"):
        Settings(batchsize=3)  # type: ignore[call-arg]


def test_data_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no pictures"):
        load("", Path(), tmp_path, CPU)
    with pytest.raises(UsageError, match="no mnist"):
        load("mnist", tmp_path, None, CPU)
    for number in range(30):
        Image.new("L", (10, 12)).save(tmp_path / f"{number}.png")
    with pytest.raises(UsageError, match="multiples of 4"):
        load("", Path(), tmp_path, CPU)
    Image.new("L", (12, 12)).save(tmp_path / "other.png")
    with pytest.raises(UsageError, match="not like"):
        load("", Path(), tmp_path, CPU)


def test_command_trains_and_continues(tmp_path: Path) -> None:
    """Through the command line: a model, the same run refused as its own source, and another run from it."""
    save_strokes(tmp_path / "scans", 40, 8, 8)

    def train(*options: str) -> Result:
        small = ["--images", str(tmp_path / "scans"), "--latent-dim", "3", "--epochs", "2", "--batch-size", "32", "-q"]
        return CliRunner().invoke(app, ["train", *small, "--threads", "1", *options])

    runs, checkpoint = tmp_path / "runs", tmp_path / "runs" / "first" / "training.ckpt"
    first = train("--copies", "1", "--run", str(runs / "first"), "-o", str(tmp_path / "first"))
    assert first.exit_code == 0 and "validation MSE" in first.stderr, first.output
    description = load_model((tmp_path / "first" / "scans-3.safetensors").read_bytes()).description
    assert (
        description["training"]["copies"] == 1
        and "warped copies of each picture | 1" in (tmp_path / "first" / "scans-3.md").read_text()
    )
    again = ("--copies", "1", "--search-mse", "0.2", "--continue-from", str(checkpoint))
    refused = train(*again, "--run", str(runs / "first"))
    assert refused.exit_code == 2 and "name another folder with --run" in refused.stderr
    second = train(*again, "--run", str(runs / "second"), "-o", str(tmp_path / "second"))
    assert second.exit_code == 0, second.output
    continued = load_model((tmp_path / "second" / "scans-3.safetensors").read_bytes())
    assert continued.description["training"]["continues"] == "first"
