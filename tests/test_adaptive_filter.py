"""Adaptive filters: by their definition, in strips, and as an encoder chooses their weights."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.codec import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.grid import GridModel, refined
from aecodec.grid.adaptive_choice import chosen_weights
from aecodec.grid.adaptive_filter import (
    CHAIN,
    CLASSES,
    COLOURS,
    GROUPS,
    MOST_WEIGHT,
    NO_FILTER,
    TAPS,
    AdaptiveFilter,
    Strip,
    answer_weights,
    bands,
    with_rows_around,
)
from aecodec.zoo import load_model, save_model
from formats.vectors_maker.vector import OneModel
from tests.checks import check_same
from tests.made import made_adaptive, made_grid_tensors
from tests.reference import load_reference

Values = NDArray[np.int32]
REFERENCE = load_reference()


def adaptive() -> AdaptiveFilter:
    return AdaptiveFilter(made_adaptive())


def defined(values: Values, chain: Values, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """What the reference decoder makes of them."""
    filter_ = REFERENCE.Adaptive.__new__(REFERENCE.Adaptive)
    tensors = made_adaptive()
    filter_.bounds, filter_.clip = tensors["adaptive.bounds"], int(tensors["adaptive.clip"][0])
    found: NDArray[np.int64] = filter_(
        values.astype(np.int64), chain.astype(np.int64), np.repeat(weights, CLASSES // len(weights), axis=0)
    )
    return found


def surface(height: int, width: int, spread: int, seed: int = 1) -> tuple[Values, Values]:
    """Values that are smooth at the left and wild at the right, and a chain's part of them."""
    rng = np.random.default_rng(seed)
    wild = rng.normal(size=(height, width, COLOURS)) * (spread * np.linspace(0, 1, width) ** 3)[None, :, None]
    chain = rng.integers(-3000, 3000, (height, width, COLOURS))
    return np.rint(wild).astype(np.int32), chain.astype(np.int32)


def strips(values: Values, chain: Values, rows: int = 1 << 20) -> list[Strip]:
    return [
        Strip(slice(top, min(top + rows, len(values))), values[top : top + rows], chain[top : top + rows])
        for top in range(0, len(values), rows)
    ]


@pytest.mark.parametrize("groups", GROUPS[1:])
@pytest.mark.parametrize("size", [(16, 16), (32, 48), (48, 16)])
@pytest.mark.parametrize("spread", [3, 400, 9000])
def test_it_is_as_it_is_defined(groups: int, size: tuple[int, int], spread: int) -> None:
    values, chain = surface(*size, spread)
    rng = np.random.default_rng(groups)
    some = rng.integers(-MOST_WEIGHT, MOST_WEIGHT + 1, (groups, COLOURS, TAPS))
    for weights in (answer_weights(groups), some, np.full_like(some, MOST_WEIGHT), -np.full_like(some, MOST_WEIGHT)):
        ((rows, found),) = adaptive().filtered(strips(values, chain), weights, map)
        assert rows == slice(0, size[0])
        check_same(found.astype(np.int64), defined(values, chain, weights))


def test_all_classes_occur() -> None:
    values, chain = surface(64, 256, 5000)
    ((strip, around),) = with_rows_around(strips(values, chain))
    seen = {number for own in bands(strip) for number in adaptive().band(strip, around, own).classes.tolist()}
    assert seen == set(range(CLASSES))


@pytest.mark.parametrize("rows", [16, 32, 48, 80])
def test_strips_leave_no_seam(rows: int) -> None:
    values, chain = surface(80, 32, 900)
    ((_, whole),) = adaptive().filtered(strips(values, chain), answer_weights(4), map)
    with ThreadPoolExecutor(3) as pool:
        parts = list(adaptive().filtered(strips(values, chain, rows), answer_weights(4), pool.map))
    assert [part[0].start for part in parts] == list(range(0, 80, rows))
    check_same(np.concatenate([part for _, part in parts]), whole)


@pytest.mark.parametrize("groups", GROUPS)
def test_weights_in_a_stream(groups: int) -> None:
    weights = np.random.default_rng(groups).integers(-MOST_WEIGHT, MOST_WEIGHT + 1, (groups, COLOURS, TAPS))
    writer = StreamWriter()
    for _ in range(2):
        adaptive().write(weights, writer)
    reader = StreamReader(writer.finish())
    for _ in range(2):
        check_same(adaptive().read(reader), weights)
    reader.finish()


def noisy(seed: int = 5, size: tuple[int, int] = (61, 90)) -> tuple[NDArray[np.uint8], Values]:
    """A smooth picture, and values that are it with noise, padded to whole places."""
    y, x = np.mgrid[: size[0], : size[1]]
    picture = np.stack([128 + 80 * np.sin(x / 23 + k) * np.cos(y / 17) for k in range(3)], -1)
    noise = np.random.default_rng(seed).normal(0, 60, picture.shape)
    values = np.rint((picture - 128) * 16 + noise).astype(np.int32)
    below, right = -size[0] % 16, -size[1] % 16
    padded = np.pad(values, ((0, below), (0, right), (0, 0)), constant_values=900)  # beyond the picture nothing counts
    return np.rint(picture).astype(np.uint8), padded


def squared(values: NDArray[np.int32], picture: NDArray[np.uint8]) -> float:
    inside = values[: picture.shape[0], : picture.shape[1]] / 16 + 128
    return float(np.square(inside - picture).sum())


def test_chosen_weights_take_noise_away() -> None:
    picture, values = noisy()
    chain = np.zeros_like(values)
    before = squared(values, picture)
    errors = []
    for slope in (0.0005, 0.05, 5.0):
        weights = chosen_weights(adaptive(), strips(values, chain, 32), picture, slope)
        ((_, found),) = adaptive().filtered(strips(values, chain), weights, map) if len(weights) else (((), values),)
        errors.append(squared(found, picture))
    assert errors[2] <= errors[1] <= errors[0] <= before and errors[2] < 0.3 * before


@pytest.mark.parametrize("rows", [16, 48])
def test_threads_and_strips_choose_the_same(rows: int) -> None:
    picture, values = noisy()
    chain = np.random.default_rng(6).integers(-900, 900, values.shape).astype(np.int32)
    expected = chosen_weights(adaptive(), strips(values, chain), picture, 0.5)
    with ThreadPoolExecutor(3) as pool:
        check_same(chosen_weights(adaptive(), strips(values, chain, rows), picture, 0.5, pool.map), expected)


def test_no_weights_where_they_would_not_pay() -> None:
    picture, values = noisy()
    chain = np.zeros_like(values)
    check_same(chosen_weights(adaptive(), strips(values, chain), picture, 1e-9), NO_FILTER)
    whole = np.pad((picture.astype(np.int32) - 128) * 16, ((0, 3), (0, 6), (0, 0)), mode="edge")
    check_same(chosen_weights(adaptive(), strips(whole, chain), picture, 100.0), NO_FILTER)


def test_a_part_of_the_chain_is_taken_back() -> None:
    """Where the chain only adds noise, its weight is -1/2 at least, which is the most there is."""
    picture, clean = noisy(size=(64, 96))
    exact = (picture.astype(np.int32) - 128) * 16
    chain = np.random.default_rng(3).integers(-200, 200, clean.shape).astype(np.int32)
    weights = chosen_weights(adaptive(), strips(exact + chain, chain), picture, 100.0)
    assert weights[..., CHAIN].min() == -MOST_WEIGHT


@pytest.mark.parametrize("effort", [0, 1, 3, 5])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_files_are_read_by_both_decoders(effort: int, channels: int) -> None:
    data = save_model("made", *made_grid_tensors(lapped=True, filtered=True))
    model = load_model(data)
    rng = np.random.default_rng(channels)
    pictures = [rng.integers(0, 256, (40, 50, channels), dtype=np.uint8) for _ in range(2)]
    pictures = [each[..., 0] if channels == 1 else each for each in pictures]
    made = encode(pictures, Plan(model, False, effort, 70), many=True)
    for ours, theirs in zip(
        Decoder(made.data, OneModel(model)), REFERENCE.decode(made.data, {model.fingerprint: data})[0], strict=True
    ):
        check_same(ours, theirs)


def test_every_searched_picture_has_what_pays() -> None:
    """At each effort but 0, whichever walk was the best; and errors are those of filtered pictures."""
    networks = GridModel(*made_grid_tensors(lapped=True, filtered=True))
    picture = np.random.default_rng(4).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    assert not refined(networks, [picture], 80, 0).filters
    for effort in (1, 2, 3, 5, 7):
        coded = refined(networks, [picture, picture[::-1]], 80, effort)
        assert coded.filters.keys() == {0, 1}
        for number, given in enumerate([picture, picture[::-1]]):
            shown = coded.pictures[number]
            weights = coded.filters[number]
            again = networks.synthesise(coded.grids[number], 80, (40, 50), grey=False, weights=weights)
            plain = networks.synthesise(coded.grids[number], 80, (40, 50), grey=False)
            check_same(shown, again)
            error = int(np.square(shown.astype(int) - given).sum())
            assert coded.errors[number] == error < int(np.square(plain.astype(int) - given).sum())
