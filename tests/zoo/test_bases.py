"""Where the bases of a model are found, and what is said where they are not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

import aecodec
from aecodec.errors import ModelError
from aecodec.zoo import Zoo, kept, load_model
from formats.vectors_maker.drawings import text
from tests.checks import check_error, check_same, flipped
from tests.zoo.adapted import bases, pair

PICTURE = text(609, 36, 61)
MISSING = f"stored as changes to model made-grid, SHA-256 {hashlib.sha256(bases()['made-grid']).hexdigest()}"


@pytest.fixture
def own(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pair in the first folder of the environment, and its bases where models are shipped, by other names."""
    monkeypatch.setattr("aecodec.zoo.kept.SETTLED", 0)
    for number, data in enumerate(bases().values()):
        (folders[3] / f"base-{number}.safetensors").write_bytes(data)
    path = folders[1] / "own.safetensors"
    path.write_bytes(pair())
    return path


def test_a_base_is_found_in_any_folder(own: Path) -> None:
    """By every way to the model."""
    sha256 = hashlib.sha256(pair()).hexdigest()
    for model in (
        Zoo().by_id("made-own"),
        Zoo().by_id("own"),
        Zoo().by_id(str(own)),
        Zoo().by_fingerprint(bytes.fromhex(sha256)[:4]),
        Zoo().load(own),
    ):
        assert model.sha256 == sha256 and model is Zoo().by_id("own")
    assert "made-own" in [model.id for model in Zoo().models()]


def test_a_base_may_lie_beside_the_file(folders: list[Path], tmp_path: Path) -> None:
    """In a folder that is searched for nothing else."""
    away = tmp_path / "away"
    away.mkdir()
    for name, data in {**bases(), "own": pair()}.items():
        (away / f"{name}.safetensors").write_bytes(data)
    assert Zoo().by_id(str(away / "own.safetensors")).id == "made-own"


def test_files_there_and_back(own: Path) -> None:
    """Lossy and exact by one model, by the public functions."""
    fingerprint = load_model(pair(), list(bases().values())).fingerprint
    lossy = aecodec.compress(PICTURE, model="own", effort=0)
    exact = aecodec.compress(PICTURE, model="own", lossless=True)
    assert lossy[3:7] == exact[3:7] == fingerprint
    check_same(aecodec.decompress(exact), PICTURE)
    assert aecodec.decompress(lossy).shape == PICTURE.shape
    many = aecodec.compress([PICTURE] * 9, model="own", effort=0, jobs=2, block_pictures=1)
    check_same(np.stack(aecodec.decompress(many, jobs=2)), np.stack([aecodec.decompress(lossy)] * 9))


def test_a_missing_base_is_named(own: Path, folders: list[Path]) -> None:
    """With its SHA-256, the folders, and what to do; by whatever way."""
    data = aecodec.compress(PICTURE, model="own", effort=0)
    kept._model.cache_clear()
    (folders[3] / "base-0.safetensors").unlink()
    for call in (
        lambda: aecodec.compress(PICTURE, model="own"),
        lambda: aecodec.compress(PICTURE, model=str(own)),
        lambda: aecodec.decompress(data),
        lambda: Zoo().load(own),
    ):
        message = check_error(ModelError, call)
        assert MISSING in message and str(folders[1]) in message and message.endswith("name its folder with model_path")


def test_a_base_that_is_damaged_is_missing(own: Path, folders: list[Path]) -> None:
    path = folders[3] / "base-0.safetensors"
    path.write_bytes(flipped(path.read_bytes(), 4000, 1))
    assert MISSING in check_error(ModelError, lambda: Zoo().by_id("own"))


def test_nothing_else_is_hindered_by_a_missing_base(own: Path, folders: list[Path]) -> None:
    (folders[3] / "base-0.safetensors").unlink()
    assert [model.id for model in Zoo().models()] == ["made-drawings"]
    assert Zoo().name_of(hashlib.sha256(pair()).digest()[:4]) == "made-own"


def test_an_adapted_model_is_taken_only_where_it_is_named(own: Path) -> None:
    for found in (Zoo().general(), Zoo().for_pixels()):
        assert found is not None and found.id != "made-own"
    check_error(ModelError, lambda: Zoo().by_latent_dim(64))
