"""Dependent quantization: the state machine, its lanes, the best path, and what is coded."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec.grid.dependent as dependent_module
from aecodec.codec import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.grid.costs import COST_SHIFT, Costs
from aecodec.grid.dependent import LANE, LONGER, NEXT, STATES, Dependent, rounds_of
from aecodec.grid.gains import dequantized
from aecodec.grid.model import GridModel
from aecodec.grid.prior import Pass
from aecodec.grid.scales import CLASSES, Scales
from aecodec.grid.search import choose, refined
from aecodec.grid.trellis import best_path
from aecodec.limits import GRID_SYMBOL_MAX
from aecodec.zoo import load_model, save_model
from formats.vectors_maker.dependent import paths
from formats.vectors_maker.vector import OneModel
from tests.checks import check_same
from tests.made import made_grid_tensors, made_scales
from tests.reference import load_reference

REFERENCE = load_reference()
SECOND = {"scales.second": made_scales(power=2)["scales.frequencies"]}
SCALES = Scales(made_scales() | SECOND)


def some_classes(tiles: int, places: int = 30, channels: int = 5, seed: int = 1) -> NDArray[np.uint8]:
    """Classes of a pass; many are 0."""
    rng = np.random.default_rng([seed, tiles])
    found = np.clip(rng.integers(-20, 30, (tiles * places, channels)), 0, None).astype(np.uint8)
    found[:places, 1:] = 0  # the first tile has few latents
    return found


def test_the_state_machine() -> None:
    assert sorted(NEXT.ravel().tolist()) == sorted([*range(STATES)] * 2)  # each state is reached from two
    assert all(even != odd for even, odd in NEXT.tolist())
    for state in range(STATES):
        behind = {int(NEXT[state, parity]) & 1 for parity in (0, 1)}
        two_on = {int(NEXT[NEXT[state, a], b]) & 1 for a in (0, 1) for b in (0, 1)}
        assert len(behind) == 1  # one symbol alone does not decide on the next quantizer
        assert two_on == {0, 1}  # but on the one behind that


@pytest.mark.parametrize("tiles", [1, 2, 7])
def test_rounds(tiles: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a loop deals latents to lanes, class by class."""
    monkeypatch.setattr(dependent_module, "LANE", 16)
    classes = some_classes(tiles)
    of_tile = classes.reshape(tiles, -1)
    lanes = [max(1, -(-np.count_nonzero(tile) // 16)) for tile in of_tile]
    expected = []
    for number in range(1, CLASSES):
        places = [np.flatnonzero(tile == number).tolist() for tile in of_tile]
        for n in range(max(-(-len(some) // count) for some, count in zip(places, lanes, strict=True))):
            own = [
                (tile * of_tile.shape[1] + place, sum(lanes[:tile]) + lane)
                for tile, count in enumerate(lanes)
                for lane, place in enumerate(places[tile][n * count : (n + 1) * count])
            ]
            expected.append((number, own))
    rounds = rounds_of(classes, tiles)
    every = np.arange(rounds.lane_count)
    found = [
        (number, list(zip(rounds.order[own].tolist(), every[lanes_of].tolist(), strict=True)))
        for number, own, lanes_of in rounds.each()
    ]
    assert found == expected
    assert rounds.lane_count == sum(lanes)


@pytest.mark.parametrize("tiles", [1, 3])
def test_what_is_written_is_read(tiles: int) -> None:
    """Whatever the symbols are: in and beyond their tables, and the largest."""
    coding, classes = Dependent(SCALES), some_classes(tiles, places=200)
    rng = np.random.default_rng(4)
    symbols = np.rint(rng.standard_cauchy(classes.shape) * 3).clip(-GRID_SYMBOL_MAX, GRID_SYMBOL_MAX).astype(np.int64)
    symbols[rng.random(classes.shape) < 0.01] = -GRID_SYMBOL_MAX
    symbols[classes == 0] = 0
    tables = paths(symbols, classes, tiles)
    writer = StreamWriter()
    coding.encode(symbols, tables, tiles, writer)
    reader = StreamReader(writer.finish())
    found, numbers = coding.decode(classes, tiles, reader)
    reader.finish()
    check_same(found, symbols)
    check_same(numbers, tables)


def test_a_tile_depends_on_no_other() -> None:
    """Paths of tiles that are coded together are those of each alone."""
    classes = some_classes(3, places=200)
    rng = np.random.default_rng(5)
    targets = rng.integers(-900, 900, classes.shape)
    means, steps, weights = np.zeros_like(targets), rng.integers(9000, 90000, 5), rng.integers(10, 10**6, 5)
    costs = Costs(SCALES)
    together, tables, bits = best_path(costs, targets, means, classes, steps, weights, 3)
    alone = [
        best_path(costs, targets[part], means[part], classes[part], steps, weights, 1)
        for part in (slice(first, first + 200) for first in (0, 200, 400))
    ]
    check_same(together, np.concatenate([each[0] for each in alone]))
    check_same(tables, np.concatenate([each[1] for each in alone]))
    assert bits == sum(each[2] for each in alone) == int(costs(together, tables).sum())


@pytest.mark.parametrize("seed", range(8))
def test_the_best_path_costs_least(seed: int) -> None:
    """Of all sequences of 0 and the points around each target."""
    rng = np.random.default_rng(seed)
    count, costs = 5, Costs(SCALES)
    classes = np.sort(rng.integers(1, 30, count)).astype(np.uint8)[:, None]  # one lane takes them in this order
    targets, means = rng.integers(-1500, 1500, (count, 1)), rng.integers(-200, 200, (count, 1))
    steps, weights = rng.integers(40_000, 160_000, 1), rng.integers(1_000, 400_000, 1)

    def cost(symbols: NDArray[np.int64], tables: NDArray[np.uint8]) -> int:
        away = targets - dequantized(means, Dependent(SCALES).halves(symbols, tables), steps)
        return int((costs(symbols, tables) + ((weights * np.square(away)) >> COST_SHIFT)).sum())

    symbols, tables, bits = best_path(costs, targets, means, classes, steps, weights, 1)
    assert bits == int(costs(symbols, tables).sum())
    away, side = np.abs(targets - means)[:, 0], np.where(targets < means, -1, 1)[:, 0]
    least = cost(symbols, tables) + 1
    for ways in itertools.product(range(3), repeat=count):
        state, some, quantizers = 0, [], []
        for way, size, sign in zip(ways, away.tolist(), side.tolist(), strict=True):
            low = (256 * size + (state & 1) * (int(steps[0]) // 2)) // int(steps[0])  # the point below the target
            some.append(sign * (0, low, low + 1)[way])
            quantizers.append(state & 1)
            state = int(NEXT[state, some[-1] & 1])
        numbers = classes + np.uint8(CLASSES) * np.array(quantizers, np.uint8)[:, None]
        least = min(least, cost(np.array(some)[:, None], numbers))
    assert cost(symbols, tables) <= least + count  # half steps are rounded another way below 0


def laplace(deviation: float, edges: NDArray[np.float64]) -> NDArray[np.int32]:
    """A table of what lies between ``edges``, for each of the 63 classes; the escape takes the rest."""
    below = np.where(edges < 0, 0.5 * np.exp(-np.abs(edges) * 2**0.5 / deviation), 0)
    below = np.where(edges < 0, below, 1 - 0.5 * np.exp(-np.abs(edges) * 2**0.5 / deviation))
    likely = np.append(np.diff(below), below[0] + 1 - below[-1])
    table = 1 + np.floor(likely * (2**24 - len(likely))).astype(np.int64)
    table[len(table) // 2 - 1] += 2**24 - table.sum()
    return np.tile(table, CLASSES - 1).astype(np.int32)


def test_fewer_bits_and_less_error() -> None:
    """What it is for. Latents of a Laplace distribution, in steps that are best for each way: 2 % less at least."""
    rng = np.random.default_rng(6)
    longer, reach = 2 ** (LONGER / 96), 15
    targets = np.rint(rng.laplace(0, 256, (40 * LANE, 1))).astype(np.int64)
    deviation = 256 * 2**0.5 / 256  # in steps
    classes, means = np.ones(targets.shape, np.uint8), np.zeros_like(targets)
    weights = np.array([int(6 / 256**2 * (1 << (COST_SHIFT + 12)))])  # 6 bits for a squared step
    near = np.arange(-reach - 1, reach + 1) + 0.5
    far = np.concatenate([-np.arange(reach, 0, -1), [-0.25, 0.25], np.arange(1, reach + 1)])
    first = {"scales.reach": np.full(CLASSES - 1, reach, np.int32)}

    alone = Costs(Scales(first | {"scales.frequencies": laplace(deviation, near)}))
    steps = np.array([1 << 16])
    symbols, bits = choose(alone, targets, means, classes, steps, weights)
    error = np.square(targets - dequantized(means, 2 * symbols, steps)).sum()
    both = {"scales.frequencies": laplace(deviation / longer, near), "scales.second": laplace(deviation / longer, far)}
    scales = Scales(first | both)
    steps = np.array([int(longer * (1 << 16))])
    symbols, tables, fewer = best_path(Costs(scales), targets, means, classes, steps, weights, 1)
    less = np.square(targets - dequantized(means, Dependent(scales).halves(symbols, tables), steps)).sum()
    assert fewer < bits
    assert less < error
    total, total_alone = (int(b) + int((weights[0] * e) >> COST_SHIFT) for b, e in ((fewer, less), (bits, error)))
    assert total < 0.98 * total_alone


@pytest.mark.parametrize("effort", [0, 1, 3, 5])
def test_files_are_read_by_both_decoders(effort: int) -> None:
    """One picture, and several, some of which are coded together or resemble others."""
    tensors = made_grid_tensors(lapped=True, filtered=True, dependent=True)
    model = load_model(save_model("made", *tensors))
    rng = np.random.default_rng(8)
    one = rng.integers(0, 256, (70, 90, 3), dtype=np.uint8)
    many = [one, np.roll(one, 1), one[::-1], one[:20, :30]]
    for pictures in ([one], many):
        made = encode(pictures, Plan(model, False, effort, 70), many=True)
        theirs, _ = REFERENCE.decode(made.data, {model.fingerprint: model.data})
        for picture, other in zip(Decoder(made.data, OneModel(model)), theirs, strict=True):
            check_same(picture, other)


def test_every_walk_has_paths_of_the_machine() -> None:
    networks = GridModel(*made_grid_tensors(lapped=True, filtered=True, dependent=True))
    picture = np.random.default_rng(4).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    for effort in (0, 1, 3):
        coded = refined(networks, [picture, picture[::-1]], 80, effort)
        assert any((tables >= CLASSES).any() for _, tables in coded.passes[1:])
        writer = StreamWriter()
        networks.write(coded, writer)
        (first, second), _ = networks.decode([(3, 4), (3, 4)], 80, StreamReader(writer.finish()))
        check_same(first, coded.grids[0])
        check_same(second, coded.grids[1])


@pytest.mark.parametrize("tiles", [1, 3])
def test_the_nearest_symbols(tiles: int) -> None:
    """No other symbol of the same quantizer is nearer to the target."""
    classes = some_classes(tiles)
    rng = np.random.default_rng(9)
    targets, means = rng.integers(-900, 900, classes.shape), rng.integers(-90, 90, classes.shape)
    steps = rng.integers(9000, 90000, classes.shape[1])
    part = Pass(slice(0, classes.shape[1]), np.arange(len(classes)), tiles)
    coding = Dependent(SCALES)
    symbols, tables = coding.nearest(targets, part, means, classes, steps)
    assert not symbols[classes == 0].any()
    assert (tables[classes > 0] >= CLASSES).mean() > 0.2
    coded = classes > 0

    def away(some: NDArray[np.int64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.abs(targets - dequantized(means, coding.halves(some, tables), steps))[coded]
        return found

    for other in (symbols - 1, symbols + 1, np.zeros_like(symbols)):
        assert (away(symbols) <= away(other) + 1).all()
