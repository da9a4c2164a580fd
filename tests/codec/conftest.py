"""Fixtures: a folder of made models, and no other models than those; a family of models that are never asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from aecodec.zoo import Zoo, save_model
from tests.codec.samples import FILES
from tests.made import made_tensors


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("models")
    for name, data in FILES.items():
        (folder / f"{name}.safetensors").write_bytes(data)
    return [folder]


@pytest.fixture(autouse=True)
def only_these_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AECODEC_MODEL_PATH", raising=False)
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "none")


@pytest.fixture
def ladder(tmp_path: Path) -> Zoo:
    for latent_dim in (8, 32, 64):
        tensors, description = made_tensors(seed=latent_dim, latents=2)
        data = save_model(f"rung-{latent_dim}", tensors, {**description, "latent_dim": latent_dim})
        (tmp_path / f"rung-{latent_dim}.safetensors").write_bytes(data)
    return Zoo([tmp_path])
