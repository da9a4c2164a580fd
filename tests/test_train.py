"""Training in small: the phases, bit-exact resumption, PyTorch equal to the engine, a usable release."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError

import aecodec
from aecodec.lossy import LossyModel
from aecodec.train.config import Settings
from aecodec.train.data import Pictures, load
from aecodec.train.export import ExportError, check_equal, integer_layer, released
from aecodec.train.layers import Dense
from aecodec.train.loop import Training
from aecodec.train.release import release
from aecodec.zoo import load_model
from tests.made import strokes

CPU = torch.device("cpu")


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Networks this small only wait for a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    folder = tmp_path_factory.mktemp("collection")
    for number, picture in enumerate(strokes(260, 16, 20)):
        Image.fromarray(picture).save(folder / f"{number:04}.png")
    return load("", Path(), folder, CPU)


def settings(**changed: Any) -> Settings:
    small = {
        "latent_dim": 5,
        "epochs": 6,
        "batch_size": 16,
        "analysis_channels": (4, 6),
        "synthesis_channels": (4, 4),
        "analysis_hidden": 12,
        "synthesis_hidden": 16,
        "lossless": True,
    }
    return Settings(**(small | changed))


@pytest.fixture(scope="module")
def trained(pictures: Pictures, tmp_path_factory: pytest.TempPathFactory) -> Training:
    training = Training(settings(), pictures, CPU)
    training.run(tmp_path_factory.mktemp("run") / "a.ckpt", lambda event: None)
    return training


def test_pictures(pictures: Pictures) -> None:
    assert pictures.training.shape == (239, 1, 16, 20)
    assert pictures.validation.shape == (21, 1, 16, 20)
    assert pictures.size == (16, 20)


def test_phases(trained: Training) -> None:
    assert trained.phase == 2
    assert all(layer.integer for chain in trained.model.chains() for layer in chain)


def test_learns(pictures: Pictures, tmp_path: Path) -> None:
    """The last epoch is better than the first, in rate plus distortion at the last lambda."""
    events: list[dict[str, Any]] = []
    Training(settings(epochs=8, integer_share=0.1), pictures, CPU).run(tmp_path / "c", events.append)
    epochs = [event for event in events if event["event"] == "epoch"]
    assert len(epochs) == 8
    slope = epochs[-1]["lambda"]
    first, last = (e["validation_mse"] * slope + e["validation_bits"] for e in (epochs[0], epochs[-1]))
    assert last < first


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


def test_resumes_bit_exactly(pictures: Pictures, tmp_path: Path) -> None:
    """Stopped in every phase and begun again, training ends in the very same weights."""
    whole = Training(settings(epochs=3), pictures, CPU)
    whole.run(tmp_path / "whole.ckpt", lambda event: None)
    checkpoint = tmp_path / "parts.ckpt"
    for stop in (*whole.phase_ends[:2], whole.phase_ends[1] + 2, whole.steps):
        part = Training(settings(epochs=3), pictures, CPU)
        if checkpoint.exists():
            part.resume(checkpoint)
        part.run(checkpoint, lambda event: None, until=stop - 1 if stop < whole.steps else stop)
    for ours, theirs in zip(whole.model.state_dict().values(), part.model.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)


def test_checkpoint_of_another_run(pictures: Pictures, tmp_path: Path) -> None:
    training = Training(settings(), pictures, CPU)
    training.save(tmp_path / "c")
    with pytest.raises(ValueError, match="seed"):
        Training(settings(seed=2), pictures, CPU).resume(tmp_path / "c")


def test_release_is_used_at_once(trained: Training, pictures: Pictures, tmp_path: Path) -> None:
    made = release(trained, tmp_path)
    assert made.path.name == f"{pictures.name}-5.safetensors"
    model = load_model(made.path.read_bytes())
    assert model.latent_dim == 5 and model.tile == (16, 20) and model.residual is not None
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
    with pytest.raises(FileNotFoundError, match="no pictures"):
        load("", Path(), tmp_path, CPU)
    with pytest.raises(FileNotFoundError, match="no mnist"):
        load("mnist", tmp_path, None, CPU)
    for number in range(30):
        Image.new("L", (10, 12)).save(tmp_path / f"{number}.png")
    with pytest.raises(ValueError, match="multiples of 4"):
        load("", Path(), tmp_path, CPU)
    Image.new("L", (12, 12)).save(tmp_path / "other.png")
    with pytest.raises(ValueError, match="not like"):
        load("", Path(), tmp_path, CPU)
