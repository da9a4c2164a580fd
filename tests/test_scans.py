"""Bilevel scans: the reduction's arithmetic, and finding back what was reduced."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.scans.blocks import LONGEST, block
from aecodec.scans.cells import spans
from aecodec.scans.find import find_scans, recover
from aecodec.scans.reduction import BOX, place, reduce_scans, taps
from aecodec.scans.sizes import SEARCHED_SIZES, likeliest_reductions, likely_reductions, reach, scales, strong_taps
from tests.conftest import data_dir

Bits = NDArray[np.uint8]


def blob(side: int, seed: int) -> Bits:
    """A smooth bilevel shape that touches all four edges of its square."""
    generator = np.random.default_rng(seed)
    at = (np.arange(side) + 0.5) / side * 2 - 1
    y, x = at[:, None], at[None]
    angle = np.arctan2(y, x)
    radius = 0.8 + 0.15 * np.cos(angle * generator.integers(2, 5) + generator.uniform(0, 6))
    hole = (x - generator.uniform(-0.3, 0.3)) ** 2 + (y - generator.uniform(-0.3, 0.3)) ** 2 < 0.12
    shape = (np.hypot(x, y) < radius) & ~hole
    bar = slice(side // 2 - side // 10, side // 2 + side // 10)
    shape[:, bar] = shape[bar] = True
    return shape.astype(np.uint8)


def picture_of(bits: Bits) -> NDArray[np.uint8]:
    """A 28 x 28 picture of ``bits``, put where its centre of mass wants it."""
    box = reduce_scans(bits[None])[0]
    top, left = place(box, (28, 28))
    picture = np.zeros((28, 28), np.uint8)
    picture[top : top + BOX, left : left + BOX] = box
    return picture


def reduce_slowly(bits: Bits) -> list[list[int]]:
    """The reduction pixel by pixel, as its makers' program went about it: each adds to four cells at most."""
    single = np.float32
    side = len(bits)
    pitch = single(20) / single(side)
    sums = [[single(0)] * 20 for _ in range(20)]
    for i, j in np.argwhere(bits):
        shares = []
        for at in (i, j):
            start = single(10) + pitch * (single(at) - single(side / 2))
            end = single(float(start) + 0.99 * float(pitch))
            first, last = max(int(np.floor(start)), 0), min(int(np.floor(end)), 19)
            first, last = min(first, 19), max(last, 0)
            shares.append(
                [(first, pitch)] if first == last else [(first, single(first + 1) - start), (last, end - single(last))]
            )
        for row, height in shares[0]:
            for column, width in shares[1]:
                sums[row][column] = single(sums[row][column] + height * width)
    scale = single(255 / float(max(map(max, sums))))
    return [[128 + int(value * scale - single(128)) for value in row] for row in sums]


@pytest.mark.parametrize("side", [20, 23, 28, 34, 41, 47, 51, 60, 73])
def test_reduction_is_that_of_the_makers_program(side: int) -> None:
    generator = np.random.default_rng(side)
    for bits in (blob(side, side), generator.integers(0, 2, (side, side), dtype=np.uint8)):
        assert reduce_scans(bits[None])[0].tolist() == reduce_slowly(bits)


def test_reduction_is_the_same_on_every_machine() -> None:
    digest = hashlib.sha256()
    generator = np.random.Generator(np.random.PCG64(1))
    for side in range(20, 100):
        bits = np.unpackbits(np.frombuffer(generator.bytes(2 * side * side), np.uint8))[: 4 * side * side]
        digest.update(reduce_scans(bits.reshape(4, side, side)).tobytes())
    assert digest.hexdigest() == "075f8ccca0110e28ac9a81022cea12b3b514f838c15c097fa725f787ea0a1c7b"


def test_a_blank_scan_reduces_to_a_blank_picture() -> None:
    assert not reduce_scans(np.zeros((2, 30, 30), np.uint8)).any()


@pytest.mark.parametrize("side", [20, 29, 40, 55, 73])
def test_every_pixel_of_an_scan_counts(side: int) -> None:
    weights = taps(side).weights
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(BOX, abs=0.011 * BOX)
    seen = np.zeros(side)
    np.add.at(seen, taps(side).sources, weights)
    assert seen == pytest.approx(np.full(side, BOX / side), abs=0.011 * BOX / side)


def test_a_box_is_placed_by_its_centre_of_mass() -> None:
    box = np.zeros((BOX, BOX), np.uint8)
    box[3, 5] = 255  # its middle is at 3.5, 5.5
    assert place(box, (28, 28)) == (8, 8)  # never outside the picture
    box[16, 13] = 255  # now at 10, 9.5
    assert place(box, (28, 28)) == (5, 5)
    box[16, 13] = 251
    assert place(box, (28, 28)) == (5, 5)
    box[16, 13] = 255
    box[17, 13] = 1
    assert place(box, (28, 28)) == (4, 5)


@pytest.mark.parametrize("side", [22, 31, 36, 44, 51, 58])
def test_the_side_of_an_scan_is_told(side: int) -> None:
    for seed in range(3):
        picture = picture_of(blob(side, seed))
        assert side in {way.size for way in likely_reductions(picture[None])[0]}


@pytest.mark.parametrize("side", [21, 27, 32, 39, 45, 52, 60])
def test_scans_are_found_and_reduce_to_the_very_picture(side: int) -> None:
    pictures = np.stack([picture_of(blob(side, seed)) for seed in range(4)])
    found = recover(pictures, 48)
    assert all(found)
    for picture, scan in zip(pictures, found, strict=True):
        assert scan is not None
        assert (picture_of(scan.bits) == picture).all()
        assert (scan.top, scan.left) == place(reduce_scans(scan.bits[None])[0], (28, 28))


@pytest.mark.parametrize("beam", [2, 8, 32])
def test_a_picture_alone_and_among_others_has_one_scan(beam: int) -> None:
    """With a narrow beam much depends on which of equally good states are kept."""
    pictures = np.stack([picture_of(blob(side, seed)) for side in (34, 46) for seed in range(8)])
    for picture, scan in zip(pictures, recover(pictures, beam), strict=True):
        (alone,) = recover(picture[None], beam)
        assert (alone is None) == (scan is None)
        if alone is not None and scan is not None:
            assert (alone.bits == scan.bits).all()


def test_a_picture_that_was_not_reduced_has_no_scan() -> None:
    generator = np.random.default_rng(5)
    noise = generator.integers(0, 256, (28, 28), dtype=np.uint8)
    ramp = np.zeros((28, 28), np.uint8)
    ramp[4:24, 4:24] = np.arange(1, 401).reshape(20, 20) % 256
    changed = picture_of(blob(34, 0))
    changed[12, 12] ^= 1
    blank = np.zeros((28, 28), np.uint8)
    assert recover(np.stack([noise, ramp, changed, blank]), 16) == [None] * 4


def test_pictures_smaller_than_a_box_have_no_scan() -> None:
    assert recover(np.full((2, 12, 30), 9, np.uint8), 16) == [None, None]


def test_no_scan_is_better_than_a_wrong_one() -> None:
    box = reduce_scans(blob(34, 1)[None])
    for scale in range(len(scales(36))):
        assert find_scans(box, [36], [scale], 16) == [None]


def test_sides_are_told_alike_with_and_without_tables() -> None:
    pictures = np.stack([picture_of(blob(side, seed)) for side in (22, 37, 45, 53, 60, 64, 72) for seed in range(5)])
    pictures[3, 10, 10] ^= 1
    together = likely_reductions(pictures)
    assert sum(map(bool, together)) >= 34
    assert together == [likely_reductions(picture[None])[0] for picture in pictures]


def test_the_likeliest_reduction_is_the_first_of_the_likely_ones() -> None:
    pictures = np.stack([picture_of(blob(side, seed)) for side in (21, 40, 52, 61, 75) for seed in range(4)])
    pictures[5, 10, 10] ^= 1
    pictures[6] = 0
    pictures[7, :, 6:] = pictures[7, :, :-6].copy()  # its ink is at the edge of some boxes
    likely = likely_reductions(pictures)
    assert likely[6] == []
    assert any(len(ways) > 1 for ways in likely)
    first = [replace(ways[0], choice=0) if ways else None for ways in likely]
    for some in (slice(None), slice(5, 8)):
        told = likeliest_reductions(pictures[some])
        assert [None if way is None else replace(way, choice=0) for way in told] == first[some]


def test_sides_above_the_largest_are_not_looked_for() -> None:
    pictures = np.stack([picture_of(blob(side, 1)) for side in (30, 40)])
    small, large = recover(pictures, 16, 35)
    assert small is not None
    assert large is None


@pytest.mark.parametrize("side", SEARCHED_SIZES)
def test_what_can_come_out_is_never_ruled_out(side: int) -> None:
    generator = np.random.default_rng(side)
    scans = [blob(side, 1), np.ones((side, side), np.uint8)]
    scans += [(generator.random((side, side)) < share).astype(np.uint8) for share in (0.1, 0.5, 0.9)]
    largest = max(strong_taps(side), key=lambda row: sum(row[1]))[0]
    for bits in scans:
        bits[largest[0] : largest[-1] + 1, largest[0] : largest[-1] + 1] = 1  # so that the first scale is right
        assert reach(side).fits(reduce_scans(bits[None]).reshape(1, -1))[0, 0]


@pytest.mark.parametrize("side", SEARCHED_SIZES)
def test_every_side_rules_something_out(side: int) -> None:
    noise = np.random.default_rng(side).integers(0, 256, (50, BOX * BOX), dtype=np.uint8)
    assert not reach(side).fits(noise).any()


@pytest.mark.parametrize("side", [20, 33, 50, 67, 80])
def test_few_boxes_fit_as_many_do(side: int) -> None:
    """They are told by other means, which must come to the same, or files would depend on the batch."""
    generator = np.random.default_rng(side)
    boxes = np.repeat(reduce_scans(np.stack([blob(side, seed) for seed in range(5)])), 6, axis=0).reshape(30, -1)
    for number, box in enumerate(boxes):  # the first of six is as it was, and others nearly
        inked = generator.choice(np.flatnonzero(box), number % 6)
        box[inked] = np.clip(box[inked].astype(int) + generator.integers(-2, 3, len(inked)), 0, 255)
    together = reach(side).fits(boxes)
    assert together.any() and not together.all()
    assert np.array_equal(together, np.concatenate([reach(side).fits(box[None]) for box in boxes]))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (3, 2), (3, 3), (4, 4)])
def test_outlines_are_counted_once(height: int, width: int) -> None:
    """By hand: between all neighbours of which one at least is new, and the other new or before."""
    kinds = block(height, width)
    generator = np.random.default_rng(height)
    for at in generator.integers(0, len(kinds.bits), 20):
        around = generator.integers(0, 2, (1 + height, width + 2), dtype=np.uint8)
        around[1:, 1:-1] = kinds.bits[at]
        length = 0
        for y, x in np.ndindex(1 + height, width + 2):
            for dy, dx, each in ((0, 1, 2), (1, 0, 2), (1, 1, 1), (1, -1, 1)):
                if y + dy <= height and 0 <= x + dx <= width + 1:
                    pair = ((y, x), (y + dy, x + dx))
                    new = any(row > 0 and 0 < column <= width for row, column in pair)
                    unknown = any(row > 0 and column > width for row, column in pair)
                    length += each * int(around[pair[0]] != around[pair[1]]) * (new and not unknown)
        over = int(around[0, 1:-1] @ (1 << np.arange(width))) | int(around[0, -1]) << LONGEST
        left = int(around[:, 0] @ (1 << np.arange(1 + height)))
        assert kinds.inside[at] + kinds.over[over, at] + kinds.left[left, at] == length


def test_blocks_too_many_to_try_are_the_smoothest() -> None:
    kinds = block(4, 4)
    assert len(kinds.bits) == 4096
    assert not kinds.bits[0].any()
    assert kinds.bits.all(axis=(1, 2)).any()
    assert len(np.unique(kinds.flat, axis=0)) == 4096


@pytest.mark.parametrize("side", [20, 31, 44, 57, 63, 80])
def test_cells_share_out_all_pixels(side: int) -> None:
    every = spans(side)
    assert [span.new for span in every] == [0, *(span.end for span in every[:-1])]
    assert every[-1].end == side
    assert all(0 <= span.new - span.first <= 1 for span in every)


@pytest.mark.skipif(data_dir() is None, reason="only MNIST is promised scans: name its folder in AECODEC_DATA_DIR")
def test_most_mnist_pictures_have_an_scan(digits: NDArray[np.uint8]) -> None:
    found = recover(digits, 16)
    assert sum(scan is not None for scan in found) >= 0.98 * len(digits)
    for picture, scan in zip(digits, found, strict=True):
        if scan is not None:
            assert (picture_of(scan.bits) == picture).all()
