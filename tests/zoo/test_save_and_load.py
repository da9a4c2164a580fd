"""Model files: written and read, the same bytes for the same model."""

from __future__ import annotations

import hashlib

import numpy as np

from aecodec.zoo import load_model, save_model
from tests.checks import check_same
from tests.made import made_model, made_tensors
from tests.zoo.files import DATA, model_file


def test_save_and_load() -> None:
    tensors, description = made_tensors()
    model = load_model(DATA)
    assert (model.id, model.latent_dim, model.tiles.tile, model.tiles.lmbda) == ("made-6", 6, (8, 8), 1 << 18)
    assert model.sha256 == hashlib.sha256(DATA).hexdigest() and model.size == len(DATA)
    assert model.fingerprint == hashlib.sha256(DATA).digest()[:4]
    assert model.residual is not None
    assert {**model.description, **description} == model.description
    tiles = np.random.default_rng(0).integers(0, 256, (5, 8, 8)).astype(np.uint8)
    again = load_model(save_model("made-6", tensors, description))
    check_same(again.tiles.networks.analyse(tiles), model.tiles.networks.analyse(tiles))


def test_the_same_model_is_the_same_bytes() -> None:
    tensors, description = made_tensors()
    backwards = {key: np.asfortranarray(tensors[key]) for key in sorted(tensors, reverse=True)}
    shuffled = dict(sorted(description.items(), reverse=True))
    assert save_model("made-6", backwards, shuffled) == DATA == made_model()
    assert save_model("made-6", tensors, dict(load_model(DATA).description)) == DATA
    assert save_model("other", tensors, description) != DATA
    load_model(model_file())


def test_a_model_without_residual_coder() -> None:
    assert load_model(model_file(drop="residual.costs")).residual is None


def test_tensors_that_are_not_known_are_allowed() -> None:
    load_model(model_file({"notes": np.zeros(3, np.float32)}))
