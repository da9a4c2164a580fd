"""Which model a file is made with, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import aecodec
from aecodec.errors import ModelError
from aecodec.zoo import Pictures, Role, load_model, save_model, stated
from tests.checks import check_error
from tests.codec.samples import ALL, EXACT_MODEL, FILES, MODEL, PICTURES, exact_model
from tests.made import made_tensors


@pytest.mark.parametrize("options", [{"latent_dim": 9}, {"latent_dim": 0}, {"latent_dim": -64}, {"model": "nine"}])
@pytest.mark.parametrize("lossless", [True, False])
def test_models_that_are_not_there(options: dict[str, Any], lossless: bool, models: list[Path]) -> None:
    check_error(ModelError, lambda: aecodec.compress(ALL[0], lossless=lossless, model_path=models, **options))


def test_no_models_at_all(models: list[Path]) -> None:
    check_error(ModelError, lambda: aecodec.compress(ALL[0]))
    data = aecodec.compress(ALL[0], model_path=models)
    assert MODEL.fingerprint.hex() in check_error(ModelError, lambda: aecodec.decompress(data))
    assert aecodec.inspect(data).pictures == 1  # needs no model


def test_another_kind_of_model_is_passed_over(tmp_path: Path, models: list[Path]) -> None:
    """A lossy one that is called exact, or by the latent_dim; then the next is taken, or none."""
    tensors, description = made_tensors(seed=3)
    del tensors["residual.costs"]
    picture = PICTURES["native of the exact model"]
    for name in ("stamps-exact", "stamps-784"):
        data = save_model(name, tensors, {**description, "latent_dim": 784})
        (tmp_path / f"{name}.safetensors").write_bytes(data)
        found = aecodec.compress(picture, lossless=True, model_path=[tmp_path, *models])
        assert found[3:7] == EXACT_MODEL.fingerprint
        without = aecodec.compress(picture, lossless=True, model_path=[tmp_path])
        assert aecodec.inspect(without).model is None


def test_an_unsound_exact_model_costs_no_bytes(tmp_path: Path, models: list[Path]) -> None:
    """Where another is sound it is taken; where none is, nobody is left to wonder why files are large."""
    picture = PICTURES["native of the exact model"]
    exact = exact_model(**stated(Role.EXACT, Pictures((8, 8))))
    (tmp_path / "foo.safetensors").write_bytes(exact[:-1])
    message = check_error(ModelError, lambda: aecodec.compress(picture, lossless=True, model_path=[tmp_path, *models]))
    assert "foo.safetensors: the model is damaged" in message
    (tmp_path / "good.safetensors").write_bytes(exact)
    data = aecodec.compress(picture, lossless=True, model_path=[tmp_path, *models])
    assert data[3:7] == load_model(exact).fingerprint


def test_the_model_asked_for_is_used(models: list[Path]) -> None:
    for name, options in (
        ("made-8", {"latent_dim": 8}),
        ("made-128", {"model": "made-128"}),
        ("made-64", {}),
    ):
        info = aecodec.inspect(aecodec.compress(ALL[0], model_path=models, **options))
        assert info.model == load_model(FILES[name]).fingerprint.hex()
