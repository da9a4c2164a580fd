"""Drawings: pictures of all sizes and kinds come back, by both decoders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aecodec.codec import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.container import parse
from aecodec.drawings.canvas import Canvas
from aecodec.drawings.coder import Drawing, Encoder
from aecodec.entropy import StreamWriter
from formats.vectors_maker.drawings import body_of, drawn, one, text
from formats.vectors_maker.pictures import equal, noise
from formats.vectors_maker.pixels import textured
from formats.vectors_maker.vector import OneModel
from tests.checks import check_all_same
from tests.drawings.model import MODEL, WITHOUT, Picture, networks
from tests.golden import MANIFEST, package, reference, vector

VALID = [name for name in MANIFEST["valid"] if name.startswith("drawings-")]


def decoded(data: bytes) -> list[Picture]:
    return list(Decoder(data, OneModel(MODEL)))


KINDS: dict[str, Callable[[int, int], Picture]] = {
    "grey": lambda h, w: text(1, h, w, 1),
    "la": lambda h, w: text(2, h, w, 2),
    "rgb": lambda h, w: text(3, h, w, 3),
    "rgba": lambda h, w: text(4, h, w, 4),
    "equal": lambda h, w: equal(text(5, h, w, 1)),
    "equal and alpha": lambda h, w: equal(text(6, h, w, 1), text(7, h, w, 1)),
    "noise": lambda h, w: noise(8, h, w, 4),
    "slopes": lambda h, w: textured(9, h, w),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 2), (5, 3), (21, 17)])
def test_round_trips(size: tuple[int, int], kind: str) -> None:
    """And the reference decoder reads the same."""
    picture = KINDS[kind](*size)
    data = one(MODEL, picture)
    for decode in (package, reference):
        check_all_same(decode(data)[0], [picture])


@pytest.mark.parametrize("height", range(1, 8))
@pytest.mark.parametrize("width", range(1, 8))
def test_small_pictures_of_every_size(height: int, width: int) -> None:
    """Where all surroundings lie outside, on one side or another; both decoders, and all numbers of planes."""
    shape = height, width, 1 + (height + width) % 4
    picture = np.random.default_rng(10 * height + width).integers(0, 3, shape).astype(np.uint8) * 90
    picture = picture[..., 0] if shape[2] == 1 else picture
    data = one(MODEL, picture)
    for decode in (package, reference):
        check_all_same(decode(data)[0], [picture])


@pytest.mark.parametrize("size", [(3, 200), (90, 4), (1, 60), (60, 1)])
def test_long_pictures(size: tuple[int, int]) -> None:
    picture = text(10, *size, channels=4)
    for decode in (package, reference):
        check_all_same(decode(one(MODEL, picture))[0], [picture])


@pytest.mark.parametrize("name", VALID)
def test_a_writer_makes_the_same_payloads(name: str) -> None:
    """Of golden files, which are written by hand: all blocks of method 9."""
    container = parse(vector("valid", name))
    header, pictures = container.header, decoded(vector("valid", name))
    assert header.pixels and header.exact and header.check_bytes == 4
    found = 0
    for block in range(header.blocks):
        some = pictures[block * header.block_pictures :][: header.block_pictures]
        if container.body(block)[0] == 9:
            found += 1
            assert body_of(some, MODEL) == container.body(block)
    assert found


def test_golden_files_have_every_kind_of_symbol() -> None:
    """Each rank, and none; each hint, and none; and each channel's value, in some of them."""
    said: dict[int, set[int]] = {7: set(), 16: set(), 2: set()}
    ranked: set[int] = set()

    class Heard(Encoder):
        def code(self, lanes: Any, freq: Any, symbols: Any, offers: Any = None) -> Any:
            found = super().code(lanes, freq, symbols)
            said[freq.shape[1]] |= set(found.tolist())
            return found

    for name in ("drawings-mixed", "drawings-plot", "drawings-icons"):
        for picture in drawn(decoded(vector("valid", name))):
            whole, canvas = (Canvas(1, picture.shape[:2]) for _ in range(2))
            whole.fill(picture[None])
            Drawing(networks()).walk(canvas, picture.shape[2], Heard(whole, StreamWriter()))
            ranked |= set(canvas._chosen.reshape(-1).tolist())
    assert said == {2: {0, 1}, 7: set(range(7)), 16: set(range(16))} and ranked == set(range(7))


def test_the_encoder_takes_drawings() -> None:
    """Method 9 of letters, 7 of slopes; and a model without drawings goes on as before."""
    letters, smooth = text(11, 60, 90), textured(12, 40, 40)
    for picture, method in ((letters, 9), (smooth, 7)):
        found = encode([picture], Plan(MODEL, True, 0), many=False)
        assert parse(found.data).body(0)[0] == method
        check_all_same(decoded(found.data), [picture])
    found = encode([smooth], Plan(WITHOUT, True, 0), many=False)
    assert parse(found.data).body(0)[0] == 7 and found.model is WITHOUT
