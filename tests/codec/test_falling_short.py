"""A model that is named and does not reach a bound on distortion gives way to others, and these to an exact file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec import Options, compress_all
from aecodec.zoo import Zoo
from tests.codec.attempts import WAYS, Line, bounded, steady_error, steady_size
from tests.conftest import ROOT
from tests.made import made_model


def test_another_model_is_taken(ladder: Zoo) -> None:
    line = Line(steady_size, steady_error)
    found = bounded(line, ladder, latent_dim=8, max_mse=0.02)
    assert max(found.errors) <= 0.02 and not found.exact and found.model is not None
    assert len(found.data) == min(steady_size(*way) for way in WAYS if steady_error(*way) <= 0.02)
    assert found.fell_short is not None and found.fell_short.id == "rung-8"
    by_named = [place for place, way in enumerate(line.tried) if way[0] == 8]
    assert by_named == list(range(len(by_named))), "it is tried first, and then no more"


@pytest.mark.parametrize("asked", [{"latent_dim": 64}, {"model": "rung-8"}])
def test_an_exact_file_is_taken(asked: dict[str, Any], ladder: Zoo) -> None:
    found = bounded(Line(steady_size, steady_error), ladder, max_mse=0.001, **asked)
    assert found.exact and found.fell_short is not None
    assert found.fell_short.id == f"rung-{asked.get('latent_dim', 8)}"


def test_it_stays_where_it_reaches_the_bound(ladder: Zoo) -> None:
    found = bounded(Line(steady_size, steady_error, exact=1), ladder, latent_dim=64, max_mse=0.02)
    assert found.fell_short is None and found.model is not None and found.model.id == "rung-64"
    assert bounded(Line(steady_size, steady_error), ladder, max_mse=0.02).fell_short is None


def test_other_models_are_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are none for anything but the size of tiles, an exact file is left."""
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path)
    (tmp_path / "rung-8.safetensors").write_bytes(made_model("rung-8"))
    found = bounded(Line(steady_size, steady_error), Zoo([tmp_path]), model="rung-8", max_mse=1e-4)
    assert found.exact


@pytest.mark.parametrize(("bound", "exact"), [({"min_psnr": 30}, False), ({"max_mse": 1e-7}, True)])
def test_the_general_model_comes_first(bound: dict[str, Any], exact: bool) -> None:
    """Of the models that are shipped: one of digits, then the general one, then every pixel."""
    y, x = np.mgrid[:48, :56]
    picture = np.stack([4 * y, 3 * x, 128 + 60 * np.sin(y / 7) * np.cos(x / 9)], -1).astype(np.uint8)
    found = compress_all([picture], Options(latent_dim=8, **bound), Zoo(ROOT / "models"), many=False)
    assert found.fell_short is not None and found.fell_short.latent_dim == 8
    assert found.exact == exact and found.mse <= Options(**bound).largest_mse
    assert exact or (found.model is not None and found.model.purpose.pictures is None)
    assert aecodec.inspect(found.data).lossless == exact
