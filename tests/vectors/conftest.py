"""Fixtures: no other models than those of the vectors."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def only_these_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AECODEC_MODEL_PATH", raising=False)
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "none")
