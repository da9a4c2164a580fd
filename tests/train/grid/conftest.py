"""Fixtures: a cache of made pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from aecodec.train.grid import fitting
from aecodec.train.grid.pictures import make_cache
from tests.train.grid.runs import named


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    make_cache(folder, named())
    return folder


@pytest.fixture(autouse=True)
def few_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release looks at few crops, which is no worse for networks that learned nothing."""
    for name, count in (("ROUNDED", 6), ("COUNTED", 12), ("FILTERED", 6), ("TUNED", 2)):
        monkeypatch.setattr(fitting, name, count)
