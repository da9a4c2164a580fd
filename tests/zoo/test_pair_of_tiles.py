"""A pair whose lossy half is of tiles: what it is, what its files say, and what it may not have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from aecodec.cli import app
from aecodec.codec import Decoder, Options
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan, plan_at
from aecodec.container import parse
from aecodec.errors import ModelError
from aecodec.files import read_picture
from aecodec.kinds import TileCodec
from aecodec.zoo import Adapted, Model, Role, load_model, save_adapted
from formats.vectors_maker.vector import OneModel
from tests.checks import check_error, check_same
from tests.made import made_tensors, strokes
from tests.zoo.adapted import base, bases, parts

TILE = (12, 8)


def pair_of_tiles(*, residual: bool = False) -> bytes:
    tensors, description = made_tensors(tile=TILE)
    if not residual:
        del tensors["residual.costs"]
    lossy = Adapted(None, tensors, description=description)
    return save_adapted("made-tiles", {**parts(), "lossy": lossy}, {"role": "adapted", "pictures": "any"})


def loaded() -> Model:
    return load_model(pair_of_tiles(), [bases()["made-drawings"]])


def test_it_is_tiles_and_pixels() -> None:
    model = loaded()
    assert isinstance(model.codec, TileCodec) and model.pixels is not None
    assert (model.built.kind, model.built.tile, model.native) == ("pair", TILE, None)
    assert (model.residual, model.ink, model.role) == (None, None, Role.ADAPTED)
    assert len(model.bases) == 1 and model.built.parts == base("made-drawings").built.parts
    check_error(ModelError, lambda: model.tiles)


@pytest.mark.parametrize("size", [TILE, (5, 30)])
@pytest.mark.parametrize("quality", [100, 30])
def test_its_lossy_files_give_sizes(size: tuple[int, int], quality: int) -> None:
    """Also that of a tile, of which no other model of tiles gives any."""
    model, pictures = loaded(), list(strokes(5, *size))
    found = encode(pictures, plan_at(model, Options(effort=1), quality), many=True)
    header = parse(found.data).header
    assert header.shapes is not None and header.quality is None and (header.step > 1) is (quality == 30)
    back = list(Decoder(found.data, OneModel(model)))
    assert np.mean([np.square(a / 255 - b / 255).mean() for a, b in zip(back, pictures, strict=True)]) == pytest.approx(
        found.mse
    )


def test_its_exact_files_are_of_pixels() -> None:
    model, pictures = loaded(), list(strokes(3, *TILE))
    found = encode(pictures, Plan(model, True, 1), many=True)
    assert found.exact
    for ours, theirs in zip(Decoder(found.data, OneModel(model)), pictures, strict=True):
        check_same(ours, theirs)


def test_it_has_no_coders_of_exact_tiles() -> None:
    assert "coders of exact pixels" in check_error(ModelError, lambda: pair_of_tiles(residual=True))


def test_it_is_no_layer(tmp_path: Path) -> None:
    (tmp_path / "tiles.safetensors").write_bytes(pair_of_tiles())
    (tmp_path / "drawings.safetensors").write_bytes(bases()["made-drawings"])
    Image.fromarray(strokes(1, *TILE)[0]).save(tmp_path / "a.png")
    words = ["compress", tmp_path / "a.png", "-o", tmp_path / "a.aec", "--model", tmp_path / "tiles.safetensors"]
    run = CliRunner()
    result = run.invoke(app, [*map(str, words), "--lossless", "--progressive"])
    assert result.exit_code == 5 and not (tmp_path / "a.aec").exists()
    assert run.invoke(app, list(map(str, words))).exit_code == 0
    back = ["decompress", tmp_path / "a.aec", "-o", tmp_path / "b.png", "--model-path", tmp_path]
    assert run.invoke(app, list(map(str, back))).exit_code == 0
    assert read_picture(str(tmp_path / "b.png")).shape == TILE
    shown = run.invoke(app, ["models", "show", str(tmp_path / "tiles.safetensors")])
    assert shown.exit_code == 0 and "pair" in shown.stdout
