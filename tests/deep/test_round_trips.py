"""Pictures of 16 bits come back as they are, by every way, and the reference decoder agrees."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import aecodec
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.container import parse
from formats.vectors_maker.deep import sensed, spiky
from tests.checks import check_all_same, check_same
from tests.golden import reference
from tests.pixels.model import MODEL, decoded

Deep = NDArray[np.uint16]
KINDS = ("sensed", "spiky", "noise", "steps", "flat", "ramp")


def made(kind: str, seed: int, shape: tuple[int, ...]) -> Deep:
    """A picture of a kind, of one channel or more."""
    rng = np.random.default_rng(seed)
    height, width, *channels = shape
    if kind == "sensed":
        return sensed(seed, height, width, *channels, most=int(rng.choice([255, 1023, 4095, 65535])))
    if kind == "spiky":
        planes = [spiky(seed + at, height, width) for at in range(*(channels or [1]))]
        return planes[0] if not channels else np.stack(planes, -1)
    if kind == "noise":
        return rng.integers(0, 65536, shape, np.uint16)
    if kind == "steps":
        return (rng.integers(0, 9, shape) * 257 * int(rng.integers(1, 28))).astype(np.uint16)
    if kind == "flat":
        return np.full(shape, rng.integers(0, 65536), np.uint16)
    return (np.arange(np.prod(shape)).reshape(shape) * int(rng.integers(1, 300))).astype(np.uint16)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.integers(0, 99),
    st.integers(1, 17),
    st.integers(1, 17),
    st.sampled_from([(), (2,), (3,), (4,)]),
    st.sampled_from([None, 0]),
)
def test_what_goes_in_comes_out(
    kind: str, seed: int, height: int, width: int, channels: tuple[int, ...], effort: int | None
) -> None:
    picture = made(kind, seed, (height, width, *channels))
    found = aecodec.decompress(aecodec.compress(picture, lossless=True, effort=effort))
    check_same(found, picture)


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_decoder_agrees(kind: str, quick: bool) -> None:
    """Of a container of pictures of several sizes, by the made model or without one."""
    shapes = ((19, 23), (12, 9, 3), (19, 23), (7, 8, 2), (5, 6, 4), (1, 13), (13, 1, 3))
    pictures = [made(kind, at, shape) for at, shape in enumerate(shapes)]
    data = encode(pictures, Plan(None if quick else MODEL, True, 0, quick=quick), many=True).data
    check_all_same(decoded(data), pictures)
    check_all_same(reference(data)[0], pictures)


def test_the_present_way_is_taken() -> None:
    """Of what a sensor sees methods 13 and 14, of steps another."""
    frame = sensed(1, 60, 70)
    for plan, method in ((Plan(MODEL, True, 3), 13), (Plan(None, True, 0, quick=True), 14)):
        assert parse(encode([frame], plan, many=False).data).body(0)[0] == method
    drawn = np.repeat(np.repeat(made("steps", 2, (6, 7)), 9, 0), 8, 1)
    assert parse(encode([drawn], Plan(MODEL, True, 3), many=False).data).body(0)[0] in (1, 2, 11, 12)


def test_lists_and_readers() -> None:
    pictures = [made("sensed", at, (21, 18)) for at in range(7)]
    data = aecodec.compress(pictures, lossless=True, names=[f"{at}.png" for at in range(7)], block_pictures=3)
    check_all_same(aecodec.decompress(data), pictures)
    check_same(aecodec.decompress(data, index=4), pictures[4])
    with aecodec.open(io.BytesIO(data)) as reader:
        check_same(reader[5], pictures[5])
        check_all_same(reader[2:4], pictures[2:4])
        check_same(reader[reader.index_of("6.png")], pictures[6])
        assert (reader.info.bits, reader.info.block_bytes, reader.shapes[0]) == (16, 3 * 21 * 18 * 2, (21, 18))
        reader.verify()


def test_arrays_of_any_layout() -> None:
    picture = made("sensed", 3, (14, 11, 3))
    whole: list[Any] = [picture.astype(">u2"), np.asfortranarray(picture), picture[::-1].copy()[::-1]]
    expected = aecodec.compress(picture, lossless=True)
    assert all(aecodec.compress(each, lossless=True) == expected for each in whole)
    assert aecodec.decompress(expected).dtype == np.uint16
