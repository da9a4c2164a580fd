"""Fixtures: a folder of made models, and no other models than those."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.codec.samples import FILES


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
