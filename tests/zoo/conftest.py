"""Fixtures: the folders that are searched for models."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Four folders in search order: an argument, two of the environment, the one shipped."""
    made = [tmp_path / name for name in ("argument", "first", "second", "shipped")]
    for folder in made:
        folder.mkdir()
    monkeypatch.setenv("AECODEC_MODEL_PATH", os.pathsep.join(["", str(made[1]), str(made[2])]))
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: made[3])
    return made
