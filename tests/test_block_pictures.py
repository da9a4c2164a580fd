"""How many pictures go into a block: what is asked for, a default, and no more than are coded quickly together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aecodec
from aecodec.cli import app
from aecodec.codec.encode import pictures_a_block
from aecodec.codec.plan import Plan
from aecodec.kinds import TileCodec
from aecodec.limits import BLOCK_SHARE, BLOCK_SHARE_EXACT, GROUP_TILES
from aecodec.zoo import Zoo
from tests.checks import check_all_same
from tests.made import made_grid_model, made_model, strokes

PICTURES = list(strokes(40, 8, 8))


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "none")
    (tmp_path / "made-6.safetensors").write_bytes(made_model(tile=(8, 8)))
    return [tmp_path]


@pytest.mark.parametrize(
    ("asked", "blocks"),
    [({"block_pictures": 7}, 6), ({"block_pictures": 40}, 1), ({"block_pictures": 4096}, 1), ({}, 1)],
)
@pytest.mark.parametrize("lossless", [False, True])
def test_as_many_as_are_asked_for(asked: dict[str, Any], blocks: int, lossless: bool, models: list[Path]) -> None:
    data = aecodec.compress(PICTURES, model="made-6", lossless=lossless, model_path=models, effort=0, **asked)
    assert aecodec.inspect(data).blocks == blocks
    other = aecodec.compress(PICTURES, model="made-6", lossless=lossless, model_path=models, effort=0)
    check_all_same(*(aecodec.decompress(each, model_path=models) for each in (data, other)))


def test_the_default_is_a_share(models: list[Path]) -> None:
    model = Zoo(models).by_id("made-6")
    for exact, share in ((False, BLOCK_SHARE), (True, BLOCK_SHARE_EXACT)):
        plan = Plan(model, exact, 0)
        assert pictures_a_block(plan, GROUP_TILES) == GROUP_TILES // share
        assert pictures_a_block(plan, 1) == 1
        assert pictures_a_block(Plan(model, exact, 0, most=900), GROUP_TILES) == 900
        assert pictures_a_block(Plan(model, exact, 0, most=900), 5) == 5
    many = list(np.zeros((GROUP_TILES // BLOCK_SHARE + 1, 8, 8), np.uint8))
    found = aecodec.inspect(aecodec.compress(many, model="made-6", model_path=models, effort=0))
    assert found.blocks == 2


def test_large_pictures_of_a_grid_share_a_block_where_that_is_asked_for(tmp_path: Path) -> None:
    """By default one fills a block; by tiles, more than go together would be of no use."""
    (tmp_path / "any.safetensors").write_bytes(made_grid_model("any"))
    pictures = [np.zeros((512, 1040), np.uint8)] * 17
    options: dict[str, Any] = {"model": "any", "model_path": [tmp_path], "effort": 0}
    blocks = [
        aecodec.inspect(aecodec.compress(pictures, **options, **asked)).blocks for asked in ({}, _asks(5), _asks(17))
    ]
    assert blocks == [17, 4, 2]


@pytest.mark.parametrize(
    ("moved", "asked", "blocks"),
    [(0, {"effort": 1}, 1), (90, {"effort": 1}, 2), (0, {"effort": 0}, 2), (0, {"effort": 1, "block_pictures": 4}, 2)],
    ids=["alike", "unlike", "no-effort", "asked"],
)
def test_pictures_that_are_alike(moved: int, asked: dict[str, int], blocks: int, tmp_path: Path) -> None:
    """Four pictures of 256x256 are in a block, and of such that come again with a change all six."""
    (tmp_path / "any.safetensors").write_bytes(made_grid_model("any"))
    picture = np.kron(strokes(1, 16, 16)[0], np.ones((16, 16), np.uint8))
    pictures = [np.roll(picture, number * moved, 1) for number in range(6)]
    for number, each in enumerate(pictures):
        each[:16, :16] = 40 * number
    data = aecodec.compress(pictures, model="any", model_path=[tmp_path], **asked)
    assert aecodec.inspect(data).blocks == blocks
    assert len(aecodec.decompress(data, model_path=[tmp_path])) == 6


def test_tiles_are_never_alike(models: list[Path]) -> None:
    model = Zoo(models).by_id("made-6").codec
    picture = PICTURES[0][..., None]
    assert isinstance(model, TileCodec) and not model.are_alike([(picture, picture)])


def _asks(count: int) -> dict[str, int]:
    return {"block_pictures": count}


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for place, picture in enumerate(PICTURES[:9]):
        Image.fromarray(picture).save(f"in/{place}.png")
    command = ["compress", "in", "-o", "out.aec", "--lossless", "--effort", "0", "--block-pictures"]
    assert CliRunner().invoke(app, [*command, "4"]).exit_code == 0
    with aecodec.open("out.aec") as reader:
        assert (len(reader), reader.block_pictures) == (9, 4)
        check_all_same(list(reader), PICTURES[:9])
    for wrong in ("0", "4097", "x"):
        assert CliRunner().invoke(app, [*command, wrong, "-f"]).exit_code == 2
    for alone in (["in/0.png", "-o", "one.aec"], ["in", "--each"]):
        done = CliRunner().invoke(app, ["compress", *alone, "--lossless", "--effort", "0", "--block-pictures", "4"])
        assert done.exit_code in (1, 2) and "--block-pictures is for several pictures in one file" in done.stderr


def test_one_of_a_large_container_by_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its block is read: damage elsewhere is not noticed, in it it is."""
    monkeypatch.chdir(tmp_path)
    noise = [np.random.default_rng(place).integers(0, 256, (64, 64), np.uint8) for place in range(40)]
    data = bytearray(aecodec.compress(noise, lossless=True, effort=0, block_pictures=4))
    data[-3000] ^= 1  # in the last block
    Path("d.aec").write_bytes(data)
    command = ["decompress", "d.aec", "-o", "p.png", "-f", "--index"]
    done = CliRunner().invoke(app, [*command, "7"])
    assert done.exit_code == 0 and f"{len(data)} " in done.stderr
    assert np.array_equal(np.asarray(Image.open("p.png")), noise[7])
    for index, code in (("39", 3), ("40", 2)):
        assert CliRunner().invoke(app, [*command, index]).exit_code == code
    assert CliRunner().invoke(app, ["decompress", "d.aec", "-o", "all"]).exit_code == 3
