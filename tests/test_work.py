"""What a file asks of its reader is in proportion to what it claims and to its bytes."""

from __future__ import annotations

import time

import numpy as np
import pytest

import aecodec
from aecodec.codec import work
from aecodec.codec.decode import Decoder
from aecodec.codec.inspection import inspect
from aecodec.codec.tiles import count_tiles
from aecodec.container import Header, Shape, Shapes, build, parse
from aecodec.errors import LimitError
from aecodec.grid import grid_size
from aecodec.limits import SAMPLES_OF_UNIT
from aecodec.zoo import Zoo
from tests.checks import check_error, check_same
from tests.made import strokes

SAID = "asks for too much work"
LINE = np.full((1, 500), 7, np.uint8)


def made(method: bytes, shape: Shape, count: int, block: int, latent_dim: int | None = None) -> bytes:
    """A container of blocks with empty payloads."""
    fingerprint = None if latent_dim is None else Zoo().by_latent_dim(latent_dim).fingerprint
    shapes = Shapes([(shape, count)])
    header = Header(
        exact=latent_dim is None, fingerprint=fingerprint, many=True, count=count, block_pictures=block, shapes=shapes
    )
    return build(header, [method] * -(-count // block), [0] * -(-count // block))


def test_a_few_bytes_do_not_ask_for_hours() -> None:
    tiny = made(b"", Shape(1, 1), 1 << 24, 4096, latent_dim=8)
    high = made(b"\x08", Shape(32768, 1), 3000, 1)
    for data in (tiny, high):
        assert len(data) < 32_000
        start = time.monotonic()
        assert SAID in check_error(LimitError, lambda data=data: aecodec.decompress(data))  # type: ignore[misc]
        assert SAID in check_error(LimitError, lambda data=data: aecodec.decompress(data, index=1))  # type: ignore[misc]
        assert time.monotonic() - start < 5


@pytest.mark.parametrize("tile", [(28, 28), (16, 16), None])
def test_no_picture_but_a_tiny_one_has_many_for_its_samples(tile: tuple[int, int] | None) -> None:
    """So no container of others is refused, however blank they are."""
    for height in [*range(1, 70), 32768]:
        for width in [*range(1, 70), 32768]:
            shape = Shape(height, width)
            units = np.prod(grid_size(height, width)) if tile is None else count_tiles(shape, tile, with_alpha=True)
            assert units * SAMPLES_OF_UNIT <= height * width or height * width < SAMPLES_OF_UNIT, (height, width)


@pytest.mark.parametrize(
    ("pictures", "options", "units"),
    [
        ([LINE] * 3, {"model": "mnist-8", "effort": 0}, 3 * 18),
        ([LINE] * 3, {"quality": 50, "effort": 0}, 3 * 32),
        (list(strokes(5)), {"lossless": True, "model": "mnist-exact", "effort": 0}, 5),
    ],
)
def test_units_are_counted_as_they_are_done(pictures: list[np.ndarray], options: dict[str, object], units: int) -> None:
    data = aecodec.compress(pictures, **options)  # type: ignore[arg-type]
    decoder = Decoder(data, Zoo())
    assert work.count_work(parse(data), work.tile_of(decoder.model)) == units
    for found, picture in zip(aecodec.decompress(data), pictures, strict=True):
        assert found.shape == picture.shape


def test_what_is_written_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound holds for the writer, too, and for each of two layers."""
    ways: list[dict[str, object]] = [
        {"model": "mnist-8", "effort": 0},
        {"lossless": True, "progressive": True, "effort": 0},
    ]
    files = [aecodec.compress([LINE] * 3, **options) for options in ways]  # type: ignore[arg-type]
    monkeypatch.setattr(work, "MAX_UNITS", 0)
    monkeypatch.setattr(work, "UNITS_OF_BYTE", 0)
    for options, data in zip(ways, files, strict=True):
        aecodec.decompress(data)  # a line has 28 samples a tile
        with monkeypatch.context() as patch:
            patch.setattr(work, "SAMPLES_OF_UNIT", 29)
            assert SAID in check_error(LimitError, lambda data=data: aecodec.decompress(data))  # type: ignore[misc]
            assert SAID in check_error(LimitError, lambda: aecodec.compress([LINE] * 3, **options))  # type: ignore[arg-type]  # noqa: B023
            assert inspect(data).pictures == 3
    check_same(aecodec.decompress(files[1])[0], LINE)


def test_info_says_what_a_file_asks_for() -> None:
    colour = np.zeros((40, 60, 3), np.uint8)
    colour[3:9, 4:50, 1] = 200
    quick = inspect(made(b"\x08", Shape(40, 60, 3), 5, 2))
    assert (quick.pixels, quick.block_bytes, quick.work) == (5 * 2400, 2 * 7200, 3 * (60 + 2 * 39 + 3 * 2))
    grid = inspect(aecodec.compress(colour, quality=50, model="general"))
    assert (grid.pixels, grid.block_bytes, grid.work) == (2400, 7200, 12)
    plain = inspect(made(b"\x00", Shape(40, 60, 3), 5, 2))
    assert (plain.pixels, plain.block_bytes, plain.work) == (5 * 2400, 2 * 7200, 0)
    thin = inspect(aecodec.compress(LINE, model="mnist-8", effort=0))
    assert (thin.pixels, thin.block_bytes, thin.work) == (500, 500, None)
    native = inspect(aecodec.compress(list(strokes(3)), model="mnist-8"))
    assert (native.pixels, native.block_bytes, native.work) == (None, None, 3)
