"""Fixtures: a cache of made pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from aecodec.train.grid.pictures import make_cache
from tests.train.grid.runs import named


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    make_cache(folder, named())
    return folder
