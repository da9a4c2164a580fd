"""Packed pictures: what repeats to the letter, with palettes, column by column, and found when damaged."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import aecodec
from aecodec.codec import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.container import parse
from aecodec.errors import FormatError, UnsupportedError
from aecodec.lossless import packed
from aecodec.lossless.packed import (
    COLUMNS,
    DIFFERENCES,
    MOST_UNPACKED,
    PALETTE,
    decode_packed,
    encode_packed,
    palette_of,
)
from aecodec.zoo import Zoo
from formats.vectors_maker.drawings import text
from formats.vectors_maker.methods import PACKED
from formats.vectors_maker.packed import body_of, numbers_of, of_colours
from formats.vectors_maker.packed import packed as lzma_of
from formats.vectors_maker.pictures import noise
from tests.checks import check_all_same, check_damage_is_found, check_error, resealed
from tests.golden import outcome, package, reference, vector

Picture = NDArray[np.uint8]
ENOUGH = 1 << 40  # bytes
SHAPES = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=4)


def round_trip(pictures: list[Picture]) -> bytes:
    body = encode_packed(pictures, ENOUGH)
    assert body is not None
    check_all_same(decode_packed(body, [each.shape for each in pictures]), pictures)
    return body


@given(SHAPES, st.integers(1, 4), st.sampled_from([1, 2, 3, 4, 5, 16, 17, 256, 300]), st.integers(0, 99))
def test_what_is_packed_comes_back(shapes: list[tuple[int, int]], samples: int, values: int, seed: int) -> None:
    """With palettes of every width, and without."""
    random = np.random.default_rng(seed)
    colours = random.integers(0, 256, (values, samples)).astype(np.uint8)
    round_trip([colours[random.integers(0, values, shape)] for shape in shapes])


@given(SHAPES, st.integers(1, 4), st.integers(0, 99))
def test_pictures_of_several_numbers_of_samples(shapes: list[tuple[int, int]], samples: int, seed: int) -> None:
    pictures = [noise(seed, *shape, samples if at else 1) % 3 for at, shape in enumerate(shapes)]
    round_trip(pictures)


def test_each_kind_is_chosen_where_it_is_shortest() -> None:
    rows = np.tile(noise(1, 1, 300, 3), (40, 1, 1))
    dithered = 255 * (noise(2, 90, 90, 1) > 128).astype(np.uint8)
    slope = (np.arange(900) ** 2 // 700).astype(np.uint8)[None, :, None].repeat(3, 0)
    for picture, kind in ((slope, DIFFERENCES), (slope.swapaxes(0, 1), COLUMNS | DIFFERENCES)):
        assert round_trip([np.ascontiguousarray(picture)])[0] == kind
    across = np.ascontiguousarray(np.tile(noise(3, 7, 7, 1), (9, 60, 1))[:, :400])
    assert len(round_trip([across])) < across.size // 20
    for picture, kind in ((rows, 0), (dithered, PALETTE), (rows.swapaxes(0, 1), COLUMNS)):
        assert round_trip([np.ascontiguousarray(picture)])[0] == kind


def test_nothing_that_is_too_large_is_packed() -> None:
    picture = noise(4, 30, 30, 3)
    body = round_trip([picture])
    assert encode_packed([picture], len(body)) is None
    assert encode_packed([picture], len(body) + 1) == body
    assert encode_packed([picture], len(body) // 2) is None


@pytest.mark.parametrize(
    ("picture", "few"),
    [
        (of_colours(5, 256, 40, 40), True),
        (noise(5, 17, 16, 3), False),
        (of_colours(6, 128, 40, 40, 1)[..., None], True),
        (of_colours(6, 129, 40, 40, 1)[..., None], False),
        (noise(7, 300, 300, 3), False),
    ],
)
def test_few_colours(picture: Picture, few: bool) -> None:
    palette = palette_of([picture])
    assert (palette is not None and palette.is_small) == few


def test_colours_are_those_of_all_pictures() -> None:
    pictures = [of_colours(seed, 100, 20, 20) for seed in range(4)]
    assert all(palette_of([each]) is not None for each in pictures) and palette_of(pictures) is None


def palette_photograph() -> Picture:
    """A photograph's slopes, dithered to 32 colours, as a GIF has them."""
    y, x = np.mgrid[:160, :200]
    smooth = 90 + 60 * np.sin(x / 37) + 50 * np.cos(y / 23 + x / 61)
    mixed = np.stack([smooth, smooth[::-1], 255 - smooth], -1) + np.random.default_rng(8).normal(0, 9, (160, 200, 1))
    picture = Image.fromarray(mixed.clip(0, 255).astype(np.uint8)).quantize(32)
    return np.asarray(picture.convert("RGB"))


def smooth(height: int, width: int) -> Picture:
    """A few pixels, stretched along the longer side: hardly ever two neighbours are the same, or far apart."""
    few = Image.fromarray(noise(14, *((height, 500) if width > height else (500, width)), 3))
    return np.asarray(few.resize((width, height), Image.Resampling.BICUBIC))


PICTURES = {
    "letters": text(9, 10, 4000),
    "letters downwards": np.ascontiguousarray(text(9, 10, 4000).swapaxes(0, 1)),
    "few colours": palette_photograph(),
    "bilevel": 255 * (noise(10, 200, 210) > np.linspace(0, 255, 210)).astype(np.uint8),
    "repeated": np.tile(noise(11, 40, 40, 3), (6, 6, 1)),
    "flat": np.full((300, 400, 4), 7, np.uint8),
    "smooth row": smooth(1, 20_000),
    "smooth columns": smooth(20_000, 3),
}


@pytest.mark.parametrize("effort", [0, 3])
@pytest.mark.parametrize("name", PICTURES)
def test_never_larger_than_png(name: str, effort: int) -> None:
    picture, png = PICTURES[name], io.BytesIO()
    image = Image.fromarray(picture)
    few = name in ("few colours", "bilevel")
    (image.convert("RGB").quantize(256) if few else image).save(png, "PNG", optimize=True)
    data = aecodec.compress(picture, lossless=True, effort=effort)
    check_all_same([aecodec.decompress(data)], [picture])
    assert len(data) < len(png.getvalue())


@pytest.mark.parametrize("name", ["letters", "few colours", "repeated"])
def test_a_packed_file_needs_no_model(name: str) -> None:
    picture = PICTURES[name]
    data = encode([picture], Plan(None, True, 0, quick=True), many=False).data
    assert parse(data).body(0)[0] == PACKED and parse(data).header.fingerprint is None
    (found,) = Decoder(data, Zoo())
    check_all_same([found], [picture])
    found[...] = 0  # what is given can be written to


def test_a_packed_container_is_read_by_numbers() -> None:
    pictures = [text(at, 9, 200, 4) for at in range(5)]
    data = aecodec.compress(pictures, lossless=True, effort=0)
    check_all_same(aecodec.decompress(data), pictures)
    check_all_same([aecodec.decompress(data, index=3)], pictures[3:4])


@pytest.mark.parametrize("name", ["packed-rows", "packed-16", "packed-256"])
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)


@pytest.mark.parametrize("kind", range(256))
def test_both_decoders_say_the_same_of_each_kind(kind: int) -> None:
    data = vector("valid", "packed-rows")
    place = data.index(body_of([text(670, 9, 60)], 0)) + 1
    changed = resealed(data[:place] + bytes([kind]) + data[place + 1 :])
    expected = "" if kind == 0 else "FormatError"
    assert outcome(package, changed)[0] == outcome(reference, changed)[0] == expected


@pytest.mark.parametrize("kind", [0, COLUMNS, PALETTE, COLUMNS | PALETTE, DIFFERENCES, COLUMNS | DIFFERENCES])
def test_contents_of_chance(kind: int) -> None:
    """Bodies that are sound streams of any content: pictures, or a documented error."""
    sizes = [(3, 5, 2), (2, 4, 2)]
    refused = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        content = random.integers(0, random.choice([2, 4, 256]), 46).astype(np.uint8)
        try:
            found = decode_packed(bytes([kind]) + lzma_of(content.tobytes()), sizes)
        except FormatError:
            refused += 1
        else:
            assert [each.shape for each in found] == sizes
    assert refused < 200 if not kind & PALETTE else refused > 0


def test_a_bomb_is_not_unpacked() -> None:
    """Neither where the pixels claimed are few, nor where they are more than the bytes can hold."""
    bomb = lzma_of(bytes(1 << 26))
    tracemalloc.start()
    check_error(FormatError, lambda: decode_packed(b"\0" + bomb, [(3, 3, 3)]))
    check_error(FormatError, lambda: decode_packed(b"\2" + bomb, [(3, 3, 3)]))
    with pytest.raises(FormatError, match="cannot hold"):
        decode_packed(b"\0" + bomb, [(MOST_UNPACKED * len(bomb) + 1, 1, 1)])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 25  # the dictionary is half of it
    densest = decode_packed(b"\0" + bomb, [(1 << 13, 1 << 13, 1)])
    assert MOST_UNPACKED // 2 * len(bomb) < 1 << 26 and not densest[0].any()


def test_a_python_without_lzma(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes in other ways, and says what it cannot read."""
    body = round_trip([of_colours(12, 4, 9, 9)])
    monkeypatch.setattr(packed, "HAS_LZMA", False)
    assert encode_packed([of_colours(12, 4, 9, 9)], ENOUGH) is None
    message = check_error(UnsupportedError, lambda: decode_packed(body, [(9, 9, 3)]))
    assert "lzma" in message
    picture = PICTURES["letters"]
    check_all_same([aecodec.decompress(aecodec.compress(picture, lossless=True, effort=0))], [picture])


def test_the_last_bits_of_a_line_are_ignored() -> None:
    picture = of_colours(13, 2, 1, 3)
    content = bytearray(numbers_of([picture]))
    content[-1] |= 0x1F
    check_all_same(decode_packed(b"\2" + lzma_of(bytes(content)), [picture.shape]), [picture])
