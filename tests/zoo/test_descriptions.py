"""Descriptions in model files: what is wrong in them, or asks for too much, is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from aecodec.errors import ModelError
from aecodec.zoo import load_model, save_model
from aecodec.zoo.digests import content_digest
from tests.checks import check_error
from tests.made import made_tensors
from tests.zoo.files import DATA, LAYERS, TENSORS, model_file


@pytest.mark.parametrize(
    "change",
    [
        {"tile": None},
        {"tile": [8]},
        {"tile": [8, 8, 1]},
        {"tile": "8x8"},
        {"tile": [4, 8]},
        {"tile": [0, 0]},
        {"tile": [-8, -8]},
        {"tile": [10**30, 8]},
        {"tile": [float("nan"), 8]},
        {"tile": [float("inf"), 8]},
        {"prior_units": None},
        {"prior_units": [3]},
        {"prior_units": [4, 3]},
        {"prior_units": [-3, -4]},
        {"prior_units": 7},
        {"latent_dim": None},
        {"latent_dim": "many"},
        {"latent_dim": [6]},
        {"slope": None},
        {"slope": "steep"},
        {"slope": float("inf")},
        {"slope": 10**30},
        {"slope": 0},
        {"slope": -1},
        {"latent_dim": 0},
        {"analysis": None},
        {"analysis": "conv"},
        {"analysis": [7]},
        {"analysis": []},
        {"analysis": {"op": "conv"}},
        {"analysis": [{"op": "conv"}]},
        {"analysis": [*LAYERS["analysis"], {"op": "softmax"}]},
        {"analysis": LAYERS["analysis"][1:]},
        {"synthesis": LAYERS["synthesis"][:-1]},
        {"synthesis": LAYERS["analysis"]},
        {"synthesis": [*LAYERS["synthesis"][:1], {"op": "reshape", "shape": [-1, 2, 8]}]},
        {"synthesis": [*LAYERS["synthesis"][:1], {"op": "reshape", "shape": "2"}]},
        {"known_answer": None},
        {"known_answer": "0" * 64},
        {"known_answer": 7},
        {"digest": "0" * 64},
        {"digest": 7},
        {"typical_mse": 10**400},
        {"typical_mse": 11},
        {"typical_mse": -1e-9},
        {"typical_mse": True},
        {"typical_mse": "0.1"},
        {"typical_mse": float("nan")},
        {"notes": float("nan")},
        {"notes": [{"deep": [float("-inf")]}]},
    ],
    ids=lambda change: f"{change!s:.80}",
)
def test_a_wrong_description(change: dict[str, Any]) -> None:
    check_error(ModelError, lambda: load_model(model_file(fields=change)))


def test_a_tiny_model_of_enormous_tiles_is_refused() -> None:
    """15 sub-pixel steps would make 2**30 pixels of one number."""
    one = {
        "weight": np.ones((1, 1, 1, 1), np.int8),
        "bias": np.zeros(1, np.int32),
        "shift": np.zeros(1, np.int8),
    }
    four = {
        "weight": np.ones((4, 1, 1, 1), np.int8),
        "bias": np.zeros(4, np.int32),
        "shift": np.zeros(4, np.int8),
    }
    relu = {"low": 0, "high": 255}
    tensors = {k: v for k, v in made_tensors(latents=1)[0].items() if k.startswith(("prior", "residual"))}
    for number in range(15):
        tensors.update({f"analysis.{number}.{key}": value for key, value in one.items()})
        tensors.update({f"synthesis.{number + 1}.{key}": value for key, value in four.items()})
    for name in ("analysis.15", "synthesis.0"):
        tensors.update({f"{name}.{key}": value for key, value in one.items()})
        tensors[f"{name}.weight"] = np.ones((1, 1), np.int8)
    grow = [{"op": "conv", "stride": 1, **relu}, {"op": "shuffle"}]
    description = {
        "tile": [1 << 15, 1 << 15],
        "analysis": [
            *[{"op": "conv", "stride": 2, **relu}] * 15,
            {"op": "flatten"},
            {"op": "dense", "low": 0, "high": 9},
        ],
        "synthesis": [{"op": "dense", **relu}, {"op": "reshape", "shape": [1, 1, 1]}, *grow * 15],
    }
    fields = {**LAYERS, **description, "latent_dim": 1, "known_answer": ""}
    fields["digest"] = content_digest("big", tensors, fields)
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    data = save(tensors, {"format": "aecodec-model", "version": "1", "id": "big", "description": text})
    assert len(data) < 100_000
    assert "begin with" in check_error(ModelError, lambda: load_model(data))


@pytest.mark.parametrize("key", ["tile", "latent_dim", "slope", "prior_units"])
def test_numbers_that_are_no_integers(key: str) -> None:
    sound = LAYERS[key]
    for number in (2.0, 2.5, "2", True):
        change = [number, *sound[1:]] if isinstance(sound, list) else number
        check_error(ModelError, lambda c=change: load_model(model_file(fields={key: c})), repr(number))


def test_the_same_number_in_other_digits() -> None:
    """It reads as the same description, and is another file than the one that was released."""
    data = save_model("made", TENSORS, {**LAYERS, "mse": 0.0019880566344184732})
    load_model(data)
    for other in (b"0.0019880566344184733", b"0.0019880566344184731"):
        changed = data.replace(b"0.0019880566344184732", other)
        assert changed != data and float(other) == 0.0019880566344184732
        assert "form" in check_error(ModelError, lambda c=changed: load_model(c))


def test_optional_numbers() -> None:
    for number in (0, 0.0, 1e-9, 1, 2.5):
        model = load_model(model_file(fields={"typical_mse": number}))
        assert model.description["typical_mse"] == number
    for number in (float("nan"), float("inf")):
        message = check_error(ModelError, lambda n=number: load_model(model_file(fields={"notes": {"deep": [n]}})))
        assert "is no number of JSON" in message
    large = DATA.replace(b'\\"slope\\":262144', b'\\"slope\\":1e9999')
    assert large != DATA and len(large) == len(DATA)  # Python's JSON makes an infinity of it
    check_error(ModelError, lambda: load_model(large))


@pytest.mark.parametrize("name", ["", "two\nlines", "\x1b[31mred", "x" * 201])
def test_an_id_that_cannot_be_shown(name: str) -> None:
    check_error(ModelError, lambda: load_model(model_file(id=name)))


def test_messages_about_foreign_files_are_short() -> None:
    for change in ({"format": "two\nlines" * 9_000}, {"version": "\x1b[31m" * 9_000}):
        message = check_error(ModelError, lambda c=change: load_model(model_file(**c)))
        assert len(message) < 2_000 and message.isprintable()
    layers: list[dict[str, Any]] = [{"op": "x" * 90_000}, {"op": "reshape", "shape": [7] * 90_000}]
    for layer in layers:
        fields = {"synthesis": [LAYERS["synthesis"][0], layer]}
        assert len(check_error(ModelError, lambda f=fields: load_model(model_file(fields=f)))) < 300


def test_a_tiny_model_of_enormous_work_is_refused_at_once() -> None:
    """A convolution whose windows would fill the memory, and layers without weights that would take hours."""
    side, kernel = 1 << 10, 31
    wide = {
        "analysis.0.weight": np.ones((1, kernel, kernel, 1), np.int8),
        "analysis.0.bias": np.zeros(1, np.int32),
        "analysis.0.shift": np.zeros(1, np.int8),
    }
    clip = {"low": 0, "high": 255}
    windows = {"tile": [side, side], "analysis": [{"op": "conv", "stride": 1, **clip}, *LAYERS["analysis"][1:]]}
    assert "windows" in check_error(ModelError, lambda: load_model(model_file(wide, windows)))
    rounds = {"tile": [side, side], "analysis": [{"op": "round", "shift": 1, **clip}] * 9_000}
    assert "multiplications" in check_error(ModelError, lambda: load_model(model_file(fields=rounds)))


def test_a_prior_of_enormous_layers_is_refused() -> None:
    """One latent needs no weights between the two layers, so that a small file can ask for any number of units."""
    tensors = {"prior.low": np.array([-1], np.int8), "prior.high": np.array([0], np.int8)}
    for units in ([1 << 17, 4], [4, 1 << 17], [0, 4], [4, 0]):
        assert "units" in check_error(ModelError, lambda u=units: load_model(model_file(tensors, {"prior_units": u})))
