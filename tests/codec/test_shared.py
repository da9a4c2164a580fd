"""Blocks that several processes share: the same bytes and pixels, whoever does the work."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import aecodec
from aecodec.codec import Options, compress_all
from aecodec.codec.decode import Decoder
from aecodec.zoo import Model, Zoo, load_model
from tests.checks import check_all_same
from tests.codec.samples import FILES, exact_tiles
from tests.made import made_grid_model, strokes
from tests.others import others_do_all

WAYS: dict[str, dict[str, Any]] = {
    "tiles": {"model": "made-64", "effort": 1},
    "a grid": {"model": "made-grid", "effort": 1},
    "exact": {"lossless": True, "model": "made-784"},
    "without a model": {"lossless": True, "effort": 0},
    "in layers": {"lossless": True, "progressive": True, "model": "made-64", "effort": 0},
}
PICTURES = [*strokes(5, 8, 8), *exact_tiles(2)]


@pytest.fixture
def several(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders of models; containers have blocks of two pictures, and all work is done by one other process."""
    (models[0] / "made-grid.safetensors").write_bytes(made_grid_model())
    monkeypatch.setattr("aecodec.codec.encode.pictures_a_block", lambda plan, most: 2)
    others_do_all(monkeypatch)
    return models


@pytest.mark.parametrize("way", WAYS)
def test_jobs_change_nothing(way: str, several: list[Path]) -> None:
    ways = {"model_path": several, **WAYS[way]}
    data = aecodec.compress(PICTURES, **ways)
    assert aecodec.inspect(data).blocks > 2
    assert aecodec.compress(PICTURES, jobs=2, **ways) == data
    found = aecodec.decompress(data, model_path=several)
    check_all_same(aecodec.decompress(data, model_path=several, jobs=2), found)
    if "lossless" in ways:
        check_all_same(found, PICTURES)
    if "progressive" in ways:
        base = aecodec.decompress(data, model_path=several, base=True)
        check_all_same(aecodec.decompress(data, model_path=several, base=True, jobs=2), base)


def test_progress_counts_pictures_in_their_order(several: list[Path]) -> None:
    told: list[int] = []
    options = Options(model="made-64", effort=0, jobs=2)
    compress_all(PICTURES, options, Zoo(several), many=True, progress=told.append)
    assert told == [2, 4, 6, 7]


def test_processes_that_do_not_start_in_time_are_not_waited_for(models: list[Path]) -> None:
    """Little work is done before they begin; nothing is lost."""
    data = aecodec.compress(PICTURES, model="made-64", effort=0, model_path=models, jobs=4)
    assert len(list(Decoder(data, Zoo(models), jobs=4))) == len(PICTURES)


def test_a_model_travels_as_its_file() -> None:
    """It is checked where it arrives, once."""
    model = load_model(FILES["made-64"])
    first, second = (pickle.loads(pickle.dumps(model)) for _ in range(2))
    assert isinstance(first, Model) and first is second
    assert (first.id, first.sha256, first.size) == (model.id, model.sha256, len(FILES["made-64"]))
    sent = pickle.dumps(model)
    place = sent.index(b"__metadata__")
    with pytest.raises(aecodec.ModelError):
        pickle.loads(sent[:place] + b"__metadatA__" + sent[place + 12 :])


def test_a_zoo_travels_without_models(models: list[Path]) -> None:
    zoo = Zoo(models)
    before = len(pickle.dumps(zoo))
    zoo.by_id("made-64")
    sent = pickle.dumps(zoo)
    assert len(sent) == before
    assert pickle.loads(sent).by_id("made-64").sha256 == zoo.by_id("made-64").sha256
