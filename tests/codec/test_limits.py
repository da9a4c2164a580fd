"""Limits: kept by writers, and by readers before memory is taken."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

import aecodec
from aecodec.codec.tiles import count_tiles
from aecodec.coders import Frame
from aecodec.coders.tiles import BY_TABLE
from aecodec.container import Shape
from aecodec.errors import FormatError, LimitError
from aecodec.limits import GROUP_TILES, MAX_ACTIVATIONS, MAX_SIDE
from aecodec.lossy.tiling import check_payload
from aecodec.zoo import load_model
from tests.checks import check_error, run_python
from tests.codec.samples import PRINT, raw, read
from tests.conftest import ROOT
from tests.made import strokes

ALL_LARGE = "PRINT + varint({count}) + varint(4096) + varint({count}) + LARGE"
BOMBS = {
    "one block of enormous pictures": "1 | 4 | 8, " + ALL_LARGE.format(count=4096) + " + b'\\5xcccc'",
    "the same, lossless": "1 | 2 | 4 | 8, " + ALL_LARGE.format(count=4096) + " + b'\\6\\3xcccc'",
    "2**24 pictures in no blocks": "1 | 8, PRINT + varint(1 << 24) + varint(1) + b'\\5xcccc'",
    "2**24 pictures in one run": "1 | 4 | 8, " + ALL_LARGE.format(count=1 << 24) + " + b'\\5xcccc'",
}
BOMB = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
import aecodec
from aecodec.container.varint import varint
from tests.codec.samples import raw
PRINT, LARGE = bytes.fromhex(sys.argv[3]), b"\\0" + varint(32768) + varint(2730)
data = raw({fields})
assert len(data) < 60
try:
    aecodec.decompress(data, model_path=[sys.argv[1]], index=0 if sys.argv[2] == "index" else None)
except (aecodec.FormatError, aecodec.LimitError):
    print("refused")
"""


@pytest.mark.parametrize("name", BOMBS)
def test_counts_are_bounded_before_memory_is_taken(name: str, models: list[Path]) -> None:
    """A file of 60 bytes that asks for 366 gigabytes is refused, within 3 and within seconds."""
    code = BOMB.replace("{fields}", BOMBS[name])
    for how in ("all", "index"):
        assert run_python(code, str(models[0]), how, PRINT.hex(), timeout=20) == "refused\n"


@pytest.mark.parametrize("lossless", [True, False])
def test_limit_of_a_block(lossless: bool, models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader would refuse, no writer makes."""
    pictures = list(strokes(3, 20, 20))
    data = aecodec.compress(pictures, lossless=lossless, model_path=models)
    monkeypatch.setattr("aecodec.codec.tiles.MAX_BLOCK_SAMPLES", 1200)
    assert aecodec.compress(pictures, lossless=lossless, model_path=models) == data
    read(data, models)
    monkeypatch.setattr("aecodec.codec.tiles.MAX_BLOCK_SAMPLES", 1199)
    check_error(LimitError, lambda: read(data, models))
    check_error(LimitError, lambda: aecodec.compress(pictures, lossless=lossless, model_path=models))


def test_limit_of_tiles(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles may hold many times the samples of the pictures that they cover."""
    pictures = list(strokes(3, 9, 20))  # six tiles of 64 samples each
    data = aecodec.compress(pictures, model_path=models)
    exact = raw(1 | 2 | 4, PRINT + b"\0\x14\x09xd")
    monkeypatch.setattr("aecodec.lossy.tiling.MAX_TILE_SAMPLES", 3 * 384)
    assert aecodec.compress(pictures, model_path=models) == data
    read(data, models)
    check_error(FormatError, lambda: read(exact, models))
    monkeypatch.setattr("aecodec.lossy.tiling.MAX_TILE_SAMPLES", 3 * 384 - 1)
    check_error(LimitError, lambda: read(data, models))
    check_error(LimitError, lambda: aecodec.compress(pictures, model_path=models))
    monkeypatch.setattr("aecodec.lossy.tiling.MAX_TILE_SAMPLES", 383)
    check_error(LimitError, lambda: read(exact, models))


@pytest.mark.parametrize("tile", [(8, 8), (20, 20), (28, 28), (64, 64), (256, 256)])
def test_no_picture_has_too_many_tiles(tile: tuple[int, int]) -> None:
    """The largest and the thinnest ones, and a full group of the largest tiles that a model may have."""
    for height, width in ((MAX_SIDE, 2730), (2730, MAX_SIDE), (MAX_SIDE, 1), (1, MAX_SIDE), (9459, 9459), (1, 1)):
        shape = Shape(height, width, 4)
        shape.check()
        check_payload(count_tiles(shape, tile, with_alpha=True), tile)
    check_payload(GROUP_TILES, (1, MAX_ACTIVATIONS))
    check_error(LimitError, lambda: check_payload(GROUP_TILES + 1, (1, MAX_ACTIVATIONS)))


def test_a_decoder_does_not_hang_on_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans have 20 x 20 pixels and more, whatever sides are searched."""
    monkeypatch.setattr("aecodec.coders.by_tiles.SEARCHED_SIZES", range(30, 60))
    expected: list[int] = []
    monkeypatch.setattr("aecodec.coders.tiles.StreamReader.expect", lambda _, count: expected.append(count))
    model = load_model((ROOT / "models" / "mnist-exact.safetensors").read_bytes())
    with contextlib.suppress(FormatError):  # no payload is empty
        BY_TABLE.decode(b"", Frame([Shape(28, 28)] * 5), model)
    assert expected == [5 * 401]
