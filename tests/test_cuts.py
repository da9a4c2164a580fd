"""Thin pictures: cut into pieces and put together, smaller than PNG, in little time, and found when damaged."""

from __future__ import annotations

import io
import time

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
from aecodec.coders import CODERS, Frame
from aecodec.coders.cuts import LEAST_BITS, MOST_BITS, cut, cut_sizes, put_together
from aecodec.container import Shape, parse
from aecodec.errors import FormatError, LimitError
from aecodec.kinds import Size
from aecodec.zoo import Zoo, load_model
from formats.vectors_maker.drawings import text
from formats.vectors_maker.methods import CUT, DRAWINGS, PIXELS, QUICK
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.vector import OneModel
from tests.checks import check_all_same, check_damage_is_found, check_error
from tests.golden import MODELS, package, vector

MODEL = load_model((MODELS / "vector-drawings.safetensors").read_bytes())
BITS = st.integers(LEAST_BITS, MOST_BITS)
SHAPES = st.lists(st.tuples(st.integers(1, 200), st.integers(1, 200), st.integers(1, 4)), min_size=1, max_size=4)
Picture = NDArray[np.uint8]


def wander(seed: int, *shape: int) -> Picture:
    """Greys that wander along the longer side, alike in all rows and channels."""
    random, along = np.random.default_rng(seed), int(np.argmax(shape))
    one = np.moveaxis(np.zeros(shape), along, -1) + 128 + 100 * np.sin(random.normal(0, 3, max(shape)).cumsum() / 60)
    return np.rint(np.moveaxis(one, -1, along) + random.normal(0, 1, shape)).astype(np.uint8)


def lively(seed: int, height: int, width: int) -> Picture:
    """The same with noise that is one in all channels, so that green tells of the others."""
    noisy = np.random.default_rng(seed).normal(0, 8, (height, width, 1))
    return np.clip(wander(seed, height, width, 3) / 2 + 60 + noisy, 0, 255).astype(np.uint8)


THIN = {
    "row": wander(1, 1, 32_768),
    "column": wander(2, 32_768, 1),
    "three rows": wander(3, 3, 20_000, 3),
    "three columns": wander(4, 20_000, 3),
    "lively": lively(9, 3, 20_000),
    "noise": noise(5, 1, 32_768),
    "flat": np.full((1, 32_768, 3), 77, np.uint8),
    "slope": (np.arange(32_768) // 128).astype(np.uint8)[None],
    "letters": text(6, 7, 20_000),
    "black and white": 255 * (noise(7, 1, 32_768) > np.arange(32_768) // 128).astype(np.uint8),
}


@given(shapes=SHAPES, bits=BITS)
def test_pieces_make_the_picture_again(shapes: list[tuple[int, int, int]], bits: int) -> None:
    pictures = [noise(at, *shape) for at, shape in enumerate(shapes)]
    sizes = [Size(*shape) for shape in shapes]
    pieces = cut(pictures, bits)
    assert [Size(*piece.shape) for piece in pieces] == cut_sizes(sizes, bits)
    assert max(max(piece.shape[:2]) for piece in pieces) <= 1 << bits
    check_all_same(put_together(pieces, sizes, bits), pictures)


@pytest.mark.parametrize("bits", [0, LEAST_BITS - 1, MOST_BITS + 1, 255])
def test_pieces_of_a_size_that_there_is_not(bits: int) -> None:
    check_error(FormatError, lambda: cut_sizes([Size(1, 1, 1)], bits))


@pytest.mark.parametrize("name", THIN)
def test_thin_pictures_are_smaller_than_png_and_quick(name: str) -> None:
    """A step takes a millisecond, however few samples it has."""
    picture, png = THIN[name], io.BytesIO()
    Image.fromarray(picture).save(png, "PNG", optimize=True)
    start = time.process_time()
    for effort in (0, 3):
        data = aecodec.compress(picture, lossless=True, effort=effort)
        check_all_same([aecodec.decompress(data)], [picture])
    assert len(data) < len(png.getvalue())
    assert time.process_time() - start < 20


def test_the_quick_way_in_pieces() -> None:
    picture = THIN["lively"]
    data = encode([picture], Plan(None, True, 0, quick=True), many=False).data
    assert parse(data).body(0)[0] == CUT + QUICK
    check_all_same(list(Decoder(data, Zoo())), [picture])


@pytest.mark.parametrize(("name", "method"), [("lively", PIXELS), ("letters", DRAWINGS)])
def test_a_model_takes_pieces(name: str, method: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.coders.by_pixels.encode_packed", lambda *_, **__: None)
    pictures = [THIN[name][:3], THIN[name][:3, :5000], THIN[name][:2]]
    data = encode(pictures, Plan(MODEL, True, 3), many=True, names=["a.png", "b.png", "c.png"]).data
    assert [parse(data).body(block)[0] for block in range(parse(data).header.blocks)] == [CUT + method]
    check_all_same(list(Decoder(data, OneModel(MODEL))), pictures)


def test_what_is_thick_is_whole() -> None:
    data = encode([lively(8, 90, 100)], Plan(MODEL, True, 3), many=False).data
    assert parse(data).body(0)[0] == PIXELS


@pytest.mark.parametrize("name", ["cut-quick-row", "cut-quick-alpha"])
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)


@pytest.mark.parametrize("bits", [LEAST_BITS, MOST_BITS])
def test_a_large_claim_is_soon_refused(bits: int) -> None:
    """Before anything is decoded: more symbols than a stream holds, in as many pieces as can be."""
    start = time.perf_counter()
    frame = Frame([Shape(32_768, 2_730, 3)] * 2)
    check_error(LimitError, lambda: CODERS[CUT + QUICK].decode(bytes([bits]), frame, None))
    assert time.perf_counter() - start < 5
