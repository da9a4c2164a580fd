"""The quick way of exact pixels: sizes and kinds, when it is taken, damage, and pictures that it is not for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec
from aecodec.codec import Decoder, Options, compress_all
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.coders import Block, Frame
from aecodec.coders.by_pixels import QuickEncoder
from aecodec.container import Shape, parse
from aecodec.errors import LimitError
from aecodec.limits import MAX_PIXEL_STEPS
from aecodec.lossless import encode_plain
from aecodec.pixels import QuickWalk, decode_pictures, most_steps, steps_of
from aecodec.zoo import Zoo
from formats.vectors_maker.methods import PACKED, QUICK
from formats.vectors_maker.pictures import equal, noise
from formats.vectors_maker.pixels import textured
from formats.vectors_maker.quick import lively, one
from tests.checks import check_all_same, check_damage_is_found, check_error, resealed
from tests.golden import REFERENCE, outcome, package, reference, vector

Picture = NDArray[np.uint8]
QUICKEST = Plan(None, True, 0, quick=True)
KINDS: dict[str, Callable[[int, int], Picture]] = {
    "grey": lambda h, w: textured(1, h, w, 1),
    "la": lambda h, w: textured(2, h, w, 2),
    "rgb": lambda h, w: textured(3, h, w, 3),
    "rgba": lambda h, w: textured(4, h, w, 4),
    "equal and alpha": lambda h, w: equal(textured(6, h, w, 1), noise(7, h, w)),
    "noise": lambda h, w: noise(8, h, w, 3),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 2), (5, 3), (33, 17), (3, 90)])
def test_round_trips(size: tuple[int, int], kind: str) -> None:
    """In both decoders."""
    picture = KINDS[kind](*size)
    data = one(picture)
    check_all_same(package(data)[0], [picture])
    check_all_same(reference(data)[0], [picture])


@pytest.mark.parametrize("height", range(1, 6))
@pytest.mark.parametrize("width", range(1, 6))
def test_small_pictures_of_every_size(height: int, width: int) -> None:
    picture = noise(10 * height + width, height, width, 3)
    check_all_same(package(one(picture))[0], [picture])
    check_all_same(reference(one(picture))[0], [picture])


def test_pictures_of_one_size_give_what_each_alone_gives() -> None:
    """In lockstep, whatever is between them; and any of them is found by its place."""
    pictures = [textured(20, 40, 30), textured(21, 26, 43, 1), textured(22, 40, 30), lively(23, 40, 30)]
    pictures += [textured(24, 26, 43, 2), equal(textured(25, 26, 43, 1)), textured(26, 21, 34, 4)]
    names = [f"{at}/of.png" for at in range(len(pictures))]
    data = encode(pictures, QUICKEST, many=True, names=names).data
    assert [parse(data).body(block)[0] for block in range(parse(data).header.blocks)] == [QUICK]
    for decode in (package, reference):
        check_all_same(decode(data)[0], pictures)
        assert decode(data)[1] == names
    decoder = Decoder(data, Zoo())
    check_all_same([decoder.picture(index) for index in range(len(pictures))], pictures)
    assert aecodec.inspect(data).model is None
    together = len(data) - len("".join(names))
    assert together < sum(len(encode([picture], QUICKEST, many=False).data) for picture in pictures)


def test_effort_0_takes_it() -> None:
    """And no model; with more effort the model of pixels is taken, whose file is smaller."""
    picture = textured(9, 80, 90)
    quick, best = (compress_all([picture], Options(lossless=True, effort=each), Zoo(), many=False) for each in (0, 3))
    assert quick.model is None and parse(quick.data).body(0)[0] == QUICK
    assert best.model is not None and best.model.pixels is not None and len(best.data) < len(quick.data)
    check_all_same([aecodec.decompress(quick.data)], [picture])


def test_without_a_model_it_is_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path)
    picture = textured(10, 80, 90)
    found = compress_all([picture], Options(lossless=True), Zoo(), many=False)
    assert found.model is None and parse(found.data).body(0)[0] == QUICK
    check_all_same([aecodec.decompress(found.data)], [picture])


def test_it_predicts() -> None:
    """Smooth pictures cost fewer bits than deflate makes of them, and fewer still by the model."""
    y, x = np.mgrid[:96, :120]
    waves = [128 + 60 * np.sin(x / 17 + colour) + 50 * np.cos(y / 13) for colour in range(3)]
    picture = (np.stack(waves, -1) + np.random.default_rng(1).normal(0, 1.5, (96, 120, 3))).astype(np.uint8)
    plain = encode([picture], Plan(None, True, 0), many=False)
    quick = encode([picture], QUICKEST, many=False)
    best = aecodec.compress(picture, lossless=True)
    assert len(quick.data) < 0.95 * len(plain.data) and len(best) < 0.9 * len(quick.data)


@pytest.mark.parametrize("name", ["noise", "flat", "dot", "stripes"])
def test_never_larger_than_plain_ways(name: str) -> None:
    pictures = {
        "noise": noise(1, 40, 50, 3),
        "flat": np.full((40, 50, 4), 7, np.uint8),
        "dot": noise(2, 1, 1),
        "stripes": np.repeat(noise(3, 1, 50, 3), 40, axis=0),
    }
    picture = pictures[name]
    planes = [picture] if picture.ndim == 2 else [picture[..., each] for each in range(picture.shape[2])]
    least = min(picture.size, len(encode_plain([np.ascontiguousarray(each) for each in planes])[1]))
    for effort in (0, 3):
        assert len(aecodec.compress(picture, lossless=True, effort=effort)) <= least + 16


def test_what_is_not_coded_so() -> None:
    """More symbols than a stream holds: they are packed."""
    planes = [np.broadcast_to(np.uint8(0), (8192, 8192)) for _ in range(3)]
    (bodies,) = QuickEncoder().encode([Block(Frame([Shape(8192, 8192, 3)]), planes)])
    assert [method for method, _ in bodies] == [PACKED]


def test_more_steps_than_a_payload_may_have() -> None:
    sizes = [(32_768 - each, 1, 1) for each in range(2)]
    assert steps_of(sizes) > most_steps(sizes) >= MAX_PIXEL_STEPS
    message = check_error(LimitError, lambda: decode_pictures(b"", sizes, QuickWalk))
    assert f"{steps_of(sizes)} steps" in message


@pytest.mark.parametrize("name", ["quick-1x1", "quick-row", "quick-equal-alpha"])
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)


@pytest.mark.parametrize("method", range(256))
def test_methods_in_a_file_without_a_model(method: int) -> None:
    """Both decoders say the same of each."""
    picture = textured(12, 3, 4)
    data = one(picture)
    place = 3 + 3  # behind the geometry
    assert data[place] == QUICK
    changed = resealed(data[:place] + bytes([method]) + data[place + 1 :])
    expected = "" if method == QUICK else "FormatError" if method in (0, 1, 2, 3, 11, 24) else "UnsupportedError"
    assert outcome(package, changed)[0] == outcome(reference, changed)[0] == expected


@pytest.mark.parametrize("error", ["quick-cut", "quick-long", "quick-zero", "quick-check"])
def test_faults_are_found_without_any_model(error: str) -> None:
    assert outcome(package, vector("invalid", error))[0] == "FormatError"
    with pytest.raises(REFERENCE.Corrupt):
        REFERENCE.decode(vector("invalid", error), {})


def test_a_golden_file_has_every_class_in_every_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    expect = REFERENCE.QuickImage.expect

    def noted(self: Any, colour: int, y: int, x: int) -> Any:
        known = expect(self, colour, y, x)
        found.add((colour, *known.classes))
        return known

    monkeypatch.setattr(REFERENCE.QuickImage, "expect", noted)
    reference(vector("valid", "quick-lively"))
    scales, tails = np.array(REFERENCE.QUICK_SCALES), np.array(REFERENCE.QUICK_TAILS)
    classes = [(colour, scales[colour, at], tails[colour, at], 0) for colour in range(3) for at in range(16)]
    assert found == set(classes)


def test_classes_of_liveliness_are_wider_and_wider() -> None:
    """So that a lively place is never thought to be calmer than a flat one."""
    from aecodec.pixels import quick

    assert quick._SCALES.shape == quick._TAILS.shape == (3, len(quick._EDGES) + 1)
    assert all(first < last for first, last in pairwise(quick._EDGES))
    assert (quick._SCALES[:, -1] > quick._SCALES[:, 0] + 20).all()
