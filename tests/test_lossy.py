"""Prior, symbols and search: against plain integers, in any batch, never worse than before."""

from __future__ import annotations

from itertools import pairwise
from math import isqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter, frequencies
from aecodec.errors import FormatError, ModelError
from aecodec.exact import Chain
from aecodec.limits import MAX_STEP
from aecodec.lossy import MAX_EFFORT, LossyModel, Prior, decode_symbols, encode_symbols, refine
from aecodec.zoo import load_model
from tests.checks import check_error, check_same, tiles_of
from tests.made import made_model, made_tensors, strokes, widen

Symbols = NDArray[np.int8]
MODEL = load_model(made_model())
LOSSY = MODEL.tiles.networks
PRIOR = LOSSY.prior


def wide_tensors() -> tuple[dict[str, Any], dict[str, Any]]:
    """Of a model of 4 latents whose tables have 17 to 256 entries."""
    tensors, description = made_tensors(seed=6, latents=4, units=(2, 3))
    widen(tensors, units=3)
    return tensors, description


WIDE = Prior(wide_tensors()[0], (2, 3))
STEPS = range(1, MAX_STEP + 1)


def random_symbols(seed: int, count: int, largest: int, prior: Prior = PRIOR) -> Symbols:
    rng = np.random.default_rng(seed)
    return rng.integers(-largest, largest + 1, (count, prior.latents)).astype(np.int8)


class Watched:
    """A chain that notes how many tiles it is given at once."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.widest = chain, chain.widest
        self.sizes: list[int] = []

    def __call__(self, x: Any) -> Any:
        self.sizes.append(len(x))
        return self.chain(x)


def test_wide_chains_take_few_tiles_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A convolution may ask for 64 MiB a tile; the fewer are held."""
    lossy = LossyModel(*made_tensors())
    tiles = strokes(70, *lossy.tile)
    symbols = lossy.analyse(tiles)
    decoded = lossy.synthesise(symbols)
    watched = Watched(lossy.synthesis)
    monkeypatch.setattr(lossy, "synthesis", watched)
    for fit, sizes in ((0.5, [1] * 70), (30.5, [30, 30, 10]), (1000, [64, 6])):
        monkeypatch.setattr("aecodec.lossy.model._HELD", int(fit * watched.widest))
        watched.sizes = []
        check_same(lossy.synthesise(symbols), decoded)
        assert watched.sizes == sizes
        check_same(lossy.analyse(tiles), symbols)
    assert lossy.synthesise(symbols[:0]).shape == (0, *lossy.tile)


# --- the prior -------------------------------------------------------------------------------


def plain_logits(tensors: dict[str, Any], units: tuple[int, int], symbols: Any) -> list[list[int]]:
    """Logits of every latent of one tile, as formats/aec.md, section 10, says, number by number."""
    places, rows = [0, 0, 0], [0, 0, 0]

    def layer(number: int, outputs: int, x: list[int], low: int, high: int) -> list[int]:
        out = []
        for _ in range(outputs):
            row, place = rows[number], places[number]
            weight = tensors[f"prior.{number}.weight"][place : place + len(x)]
            acc = int(tensors[f"prior.{number}.bias"][row])
            acc += sum(int(w) * v for w, v in zip(weight, x, strict=True))
            shift = int(tensors[f"prior.{number}.shift"][row])
            value = (2 * acc + (1 << shift)) >> (shift + 1) if shift >= 0 else acc << -shift
            out.append(min(max(value, low), high))
            rows[number], places[number] = row + 1, place + len(x)
        return out

    hidden: list[int] = []
    logits = []
    low, high = tensors["prior.low"], tensors["prior.high"]
    for d in range(len(low)):
        second = layer(1, units[1], hidden, 0, 255)
        logits.append(layer(2, int(high[d]) - int(low[d]) + 2, second, -16384, 16384))
        hidden += layer(0, units[0], [int(v) for v in symbols[: d + 1]], 0, 255)
    return logits


@pytest.mark.parametrize("seed", [1, 5])
def test_tables_equal_plain_integers(seed: int) -> None:
    tensors, _ = made_tensors(seed=seed, latents=5, units=(4, 6))
    prior = Prior(tensors, (4, 6))
    symbols = np.concatenate([random_symbols(seed, 6, 4, prior), random_symbols(2, 4, 127, prior)])
    expected = [plain_logits(tensors, (4, 6), row) for row in symbols]
    context = prior.start(len(symbols))
    for latent in range(prior.latents):
        found = prior.table(context, latent)
        plain = np.array([logits[latent] for logits in expected], np.float32)
        check_same(found, frequencies(plain))
        prior.advance(context, latent, symbols[:, latent])
    assert len({tuple(logits[4]) for logits in expected}) > 1  # it does depend on the symbols


def test_a_table_does_not_depend_on_what_follows() -> None:
    first, second = random_symbols(1, 1, 3), random_symbols(2, 1, 3)
    second[0, :3] = first[0, :3]
    tables = []
    for symbols in (first, second):
        context = PRIOR.start(1)
        for latent in range(3):
            PRIOR.advance(context, latent, symbols[:, latent])
        tables.append(PRIOR.table(context, 3))
    check_same(*tables)


# --- the prior at a step ---------------------------------------------------------------------


def plain_nearest(value: int, step: int) -> int:
    """Of the multiples within the range the nearest, of two the larger."""
    multiples = [each for each in range(-127, 128) if each % step == 0]
    return max(multiples, key=lambda each: (-abs(each - value), each))


def plain_table(logits: list[int], low: int, high: int, step: int) -> dict[int | None, int]:
    """Frequencies by symbol, None for the escape, as formats/aec.md, section 10, says, number by number."""
    weights: dict[int | None, int] = {}
    values: list[int | None] = [*range(low, high + 1), None]
    for value, logit in zip(values, logits, strict=True):
        below = max(logits) - logit
        weight = 1 << (31 * 256 - below % 256)
        for _ in range(8):
            weight = isqrt(weight)
        symbol = None if value is None else plain_nearest(value, step)
        weights[symbol] = weights.get(symbol, 0) + (weight >> min(below // 256, 31))
    total = sum(weights.values())
    freq = {symbol: 1 + weight * (2**24 - len(weights)) // total for symbol, weight in weights.items()}
    freq[max(weights, key=lambda symbol: weights[symbol])] += 2**24 - sum(freq.values())
    return freq


def multiples(seed: int, count: int, largest: int, prior: Prior) -> Symbols:
    """Random symbols of the prior's step, up to ``largest``."""
    rng = np.random.default_rng(seed)
    most = largest // prior.step
    return (rng.integers(-most, most + 1, (count, prior.latents)) * prior.step).astype(np.int8)


@pytest.mark.parametrize("step", STEPS)
def test_tables_at_a_step_equal_plain_sums(step: int) -> None:
    tensors, _ = wide_tensors()
    prior = WIDE.at_step(step)
    symbols = np.concatenate([multiples(1, 3, 30, prior), multiples(2, 3, 127, prior)])
    expected = [plain_logits(tensors, (2, 3), row) for row in symbols]
    context = prior.start(len(symbols))
    for latent in range(prior.latents):
        found = prior.table(context, latent)
        assert found.shape[1] == prior.size(latent)
        entries = [*range(int(prior.low[latent]), int(prior.high[latent]) + 1, step), None]
        low, high = int(tensors["prior.low"][latent]), int(tensors["prior.high"][latent])
        for row, logits in zip(found, expected, strict=True):
            assert dict(zip(entries, row.tolist(), strict=True)) == plain_table(logits[latent], low, high, step)
        prior.advance(context, latent, symbols[:, latent])


def test_a_step_leaves_the_finest_prior_alone() -> None:
    before = WIDE.table(WIDE.start(1), 0)
    coarse = WIDE.at_step(5)
    assert (coarse.step, WIDE.step) == (5, 1) and coarse.table(coarse.start(1), 0).shape != before.shape
    check_same(WIDE.table(WIDE.start(1), 0), before)
    check_same(coarse.at_step(3).table(WIDE.start(1), 1), WIDE.at_step(3).table(WIDE.start(1), 1))
    check_same(coarse.at_step(5).table(WIDE.start(1), 1), coarse.table(WIDE.start(1), 1))
    assert LOSSY.at_step(1) is LOSSY and LOSSY.at_step(2).at_step(1).step == 1


def true_bits(prior: Prior, symbols: Symbols) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Bits of each symbol (an escape's without its excess), and the frequency it was coded with."""
    context = prior.start(len(symbols))
    chosen = np.empty(symbols.shape, np.int64)
    for latent in range(prior.latents):
        low, high = int(prior.low[latent]), int(prior.high[latent])
        value = symbols[:, latent].astype(np.int64)
        place = np.where((value < low) | (value > high), prior.size(latent) - 1, (value - low) // prior.step)
        chosen[:, latent] = prior.table(context, latent)[np.arange(len(symbols)), place]
        prior.advance(context, latent, value)
    return 24 - np.log2(chosen), chosen


@pytest.mark.parametrize("largest", [2, 6, 127])
def test_costs_are_close_to_the_tables(largest: int) -> None:
    for prior in (PRIOR, Prior(made_tensors(seed=7, latents=9, units=(5, 7))[0], (5, 7))):
        symbols = random_symbols(largest, 200, largest, prior)
        found = prior.costs(symbols) / 4096
        bits, chosen = true_bits(prior, symbols)
        assert found.shape == bits.shape
        usual = chosen > 1 << 14
        assert usual.sum() > 200
        assert np.abs(found - bits)[usual].max() < 0.003
        assert (found > bits - 0.003).all()  # a table's floor makes rare symbols cheaper, never dearer


@pytest.mark.parametrize("step", STEPS)
def test_costs_at_a_step_are_close_to_the_tables(step: int) -> None:
    """At both ends of the range, too, where a multiple stands for more values than a step has."""
    prior = WIDE.at_step(step)
    symbols = np.concatenate([multiples(step, 300, 30, prior), multiples(step, 200, 127, prior)])
    most = 127 // step * step
    symbols[:9, 0], symbols[9:18, 0] = most, -most
    found = prior.costs(symbols) / 4096
    bits, chosen = true_bits(prior, symbols)
    usual = chosen > 1 << 14
    assert usual.sum() > 200
    assert np.abs(found - bits)[usual].max() < 0.003
    assert (found > bits - 0.003).all()


@pytest.mark.parametrize("step", [1, 3, 16])
def test_costs_around_are_those_of_the_neighbours(step: int) -> None:
    prior = WIDE.at_step(step)
    symbols = multiples(4, 50, 100, prior)
    here, below, above = prior.costs_around(symbols)
    check_same(here, prior.costs(symbols))
    assert (here != below).any() and (here != above).any()
    for latent in range(prior.latents):
        for change, expected in ((-step, below), (step, above)):
            moved = symbols.copy()
            moved[:, latent] += change
            check_same(expected[:, latent], prior.costs(moved)[:, latent])


def test_one_latent_needs_no_matrix_between_its_layers() -> None:
    """Of many units a whole one would fill the memory."""
    arrays, description = made_tensors(latents=1, units=(700, 900))
    prior = LossyModel(arrays, description).prior
    assert prior._dense[1].matrix.size == 0
    symbols = np.array([[-1], [0], [1]], np.int8)
    bits, chosen = true_bits(prior, symbols)
    usual = chosen > 1 << 14
    assert usual.any() and np.abs(prior.costs(symbols) / 4096 - bits)[usual].max() < 0.003


def test_costs_do_not_depend_on_the_batch() -> None:
    symbols = random_symbols(3, 64, 5)
    whole = PRIOR.costs(symbols)
    for size in (1, 7):
        parts = [PRIOR.costs(symbols[at : at + size]) for at in range(0, 64, size)]
        check_same(np.concatenate(parts), whole)


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("prior.low", np.zeros(6, np.int16)),
        ("prior.low", np.zeros(5, np.int8)),
        ("prior.low", np.full(6, 100, np.int8)),  # above high
        ("prior.high", np.zeros((6, 1), np.int8)),
        ("prior.0.weight", np.zeros(5, np.int8)),
        ("prior.1.bias", np.zeros(24, np.int64)),
        ("prior.2.shift", np.zeros(3, np.int8)),
        ("prior.0.shift", np.full(18, 32, np.int8)),
        ("prior.1.bias", np.full(24, 1 << 24, np.int32)),
    ],
)
def test_refused_priors(name: str, tensor: Any) -> None:
    tensors, description = made_tensors()
    LossyModel(tensors, description)
    check_error(ModelError, lambda: LossyModel({**tensors, name: tensor}, description))
    without = {key: value for key, value in tensors.items() if key != name}
    check_error(ModelError, lambda: LossyModel(without, description))


def test_refused_prior_without_latents() -> None:
    none = np.zeros(0, np.int8)
    check_error(ModelError, lambda: Prior({"prior.low": none, "prior.high": none}, (3, 4)))


# --- symbols in a stream ---------------------------------------------------------------------


def coded(prior: Prior, symbols: Symbols) -> bytes:
    writer = StreamWriter()
    encode_symbols(prior, symbols, writer)
    return writer.finish()


def decoded(prior: Prior, payload: bytes, count: int) -> Symbols:
    reader = StreamReader(payload)
    symbols = decode_symbols(prior, count, reader)
    reader.finish()
    return symbols


@given(st.integers(0, 2**32 - 1), st.integers(0, 9), st.sampled_from([1, 3, 20, 127]))
def test_symbols_round_trip(seed: int, count: int, largest: int) -> None:
    symbols = random_symbols(seed, count, largest)
    check_same(decoded(PRIOR, coded(PRIOR, symbols), count), symbols)


def test_every_symbol_round_trips() -> None:
    every = np.arange(-127, 128, dtype=np.int8)
    symbols = np.stack([np.roll(every, 40 * latent) for latent in range(PRIOR.latents)], axis=1)
    check_same(decoded(PRIOR, coded(PRIOR, symbols), 255), symbols)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("finest", [PRIOR, WIDE], ids=["narrow", "wide"])
def test_every_symbol_round_trips_at_every_step(finest: Prior, step: int) -> None:
    """Every multiple in every latent, inside its table and far outside, and both ends of the range."""
    prior = finest.at_step(step)
    every = np.array([each for each in range(-127, 128) if each % step == 0], np.int8)
    symbols = np.stack([np.roll(every, 3 * latent) for latent in range(prior.latents)], axis=1)
    check_same(decoded(prior, coded(prior, symbols), len(every)), symbols)


@given(st.integers(0, 2**32 - 1), st.integers(0, 9), st.sampled_from([1, 3, 20, 127]), st.sampled_from(STEPS))
def test_symbols_round_trip_at_a_step(seed: int, count: int, largest: int, step: int) -> None:
    for finest in (PRIOR, WIDE):
        prior = finest.at_step(step)
        symbols = multiples(seed, count, largest, prior)
        check_same(decoded(prior, coded(prior, symbols), count), symbols)


def test_coarser_symbols_cost_less() -> None:
    symbols = multiples(7, 200, 40, WIDE)
    sizes = []
    for step in (1, 2, 4, 8, 16):
        prior = WIDE.at_step(step)
        nearest = [[plain_nearest(int(each), step) for each in row] for row in symbols]
        sizes.append(len(coded(prior, np.array(nearest, np.int8))))
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 5


def test_the_payload_costs_what_costs_say() -> None:
    symbols = LOSSY.analyse(tiles_of(MODEL, 500))
    symbols = np.clip(symbols, PRIOR.low, PRIOR.high)
    estimated, actual = true_bits(PRIOR, symbols)[0].sum(), 8 * len(coded(PRIOR, symbols))
    assert estimated - 1 < actual < estimated + 12


@pytest.mark.parametrize("side", [-1, 1])
def test_a_symbol_beyond_the_range_is_refused(side: int) -> None:
    """-128 and 128 can be written by an escape; a decoder must not accept them."""
    low, high = int(PRIOR.low[0]), int(PRIOR.high[0])
    for value, fine in ((127, True), (128, False), (300, False)):
        writer = StreamWriter()
        writer.encode(np.array([high - low + 1]), PRIOR.table(PRIOR.start(1), 0))
        writer.encode_excess(side < 0, value + low if side < 0 else value - high)
        context = PRIOR.start(1)
        PRIOR.advance(context, 0, np.array([side * min(value, 127)]))
        for latent in range(1, PRIOR.latents):
            writer.encode(np.zeros(1, np.int64), PRIOR.table(context, latent))
            PRIOR.advance(context, latent, np.array([PRIOR.low[latent]]))
        reader = StreamReader(writer.finish())
        if fine:
            assert decode_symbols(PRIOR, 1, reader)[0, 0] == side * value
            reader.finish()
        else:
            check_error(FormatError, lambda r=reader: decode_symbols(PRIOR, 1, r))


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("step", [2, 5, 16])
def test_a_symbol_beyond_the_range_is_refused_at_a_step(step: int, side: int) -> None:
    prior = PRIOR.at_step(step)
    most = 127 // step * step
    edge = int(prior.high[0]) if side > 0 else -int(prior.low[0])
    for value, fine in ((most, True), (most + step, False)):
        writer = StreamWriter()
        context = prior.start(1)
        writer.encode(np.array([prior.size(0) - 1]), prior.table(context, 0))
        writer.encode_excess(side < 0, (value - edge) // step)
        prior.advance(context, 0, np.array([side * most]))
        for latent in range(1, prior.latents):
            writer.encode(np.zeros(1, np.int64), prior.table(context, latent))
            prior.advance(context, latent, prior.low[latent : latent + 1])
        reader = StreamReader(writer.finish())
        if fine:
            assert decode_symbols(prior, 1, reader)[0, 0] == side * value
            reader.finish()
        else:
            check_error(FormatError, lambda r=reader: decode_symbols(prior, 1, r))


# --- transforms ------------------------------------------------------------------------------


def test_transforms_do_not_depend_on_the_batch() -> None:
    """600 is more than the model holds at once."""
    tiles = np.random.default_rng(4).integers(0, 256, (600, 8, 8)).astype(np.uint8)
    symbols = LOSSY.analyse(tiles)
    pixels = LOSSY.synthesise(symbols)
    assert symbols.dtype == np.int8 and symbols.shape == (600, 6) and len(np.unique(symbols)) > 5
    assert pixels.dtype == np.uint8 and pixels.shape == tiles.shape and len(np.unique(pixels)) > 20
    for size in (1, 7, 64):
        some = range(0, 70, size)
        check_same(np.concatenate([LOSSY.analyse(tiles[at : at + size]) for at in some])[:70], symbols[:70])
        check_same(np.concatenate([LOSSY.synthesise(symbols[at : at + size]) for at in some])[:70], pixels[:70])
    check_same(LOSSY.analyse(tiles[256:300]), symbols[256:300])


@pytest.mark.parametrize("step", STEPS)
def test_analysis_at_a_step_gives_the_nearest_multiples(step: int) -> None:
    tiles = np.random.default_rng(4).integers(0, 256, (100, 8, 8)).astype(np.uint8)
    tiles[0], tiles[1] = 0, 255
    fine, coarse = LOSSY.analyse(tiles), LOSSY.at_step(step).analyse(tiles)
    assert coarse.dtype == np.int8 and len(np.unique(coarse)) > 1
    expected = [[plain_nearest(int(each), step) for each in row] for row in fine]
    check_same(coarse, np.array(expected, np.int8))
    check_same(LOSSY.at_step(step).synthesise(coarse), LOSSY.synthesise(coarse))


def test_transforms_of_nothing() -> None:
    assert LOSSY.analyse(np.empty((0, 8, 8), np.uint8)).shape == (0, 6)
    assert LOSSY.synthesise(np.empty((0, 6), np.int8)).shape == (0, 8, 8)


@pytest.mark.parametrize("key", ["tile", "analysis", "synthesis"])
def test_transforms_that_do_not_meet_are_refused(key: str) -> None:
    tensors, description = made_tensors()
    other = made_tensors(tile=(16, 16))[1]
    check_error(ModelError, lambda: LossyModel(tensors, {**description, key: other[key] if key != "analysis" else []}))


@pytest.mark.parametrize("tile", [[0, 0], [0, 8], [-8, -8], [8, 0]])
def test_impossible_tiles_are_refused(tile: list[int]) -> None:
    tensors, description = made_tensors()
    check_error(ModelError, lambda: LossyModel(tensors, {**description, "tile": tile}))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("synthesis", {"high": 256}),
        ("synthesis", {"low": -1}),
        ("analysis", {"high": 128}),
        ("analysis", {"low": -128}),
    ],
)
def test_transforms_beyond_their_range_are_refused(name: str, change: dict[str, int]) -> None:
    """A pixel of 256 or a symbol of 128 would be converted differently from machine to machine."""
    tensors, description = made_tensors()
    steps = [dict(step) for step in description[name]]
    next(step for step in reversed(steps) if "low" in step).update(change)
    message = check_error(ModelError, lambda: LossyModel(tensors, {**description, name: steps}))
    assert "outside" in message


# --- the search ------------------------------------------------------------------------------


def objective(tiles: Any, symbols: Symbols, slope: int, lossy: LossyModel = LOSSY) -> NDArray[np.int64]:
    """Rate and distortion of each tile, in 1/2**20 bit; written again here on purpose."""
    error = lossy.synthesise(symbols).astype(np.int64) - tiles
    costs: NDArray[np.int64] = lossy.prior.costs(symbols).sum(1) * 256 + slope * (error**2).sum((1, 2))
    return costs


TILES = np.concatenate(
    [
        tiles_of(MODEL, 150),
        strokes(40, 8, 8),
        np.random.default_rng(1).integers(0, 256, (10, 8, 8)).astype(np.uint8),
        np.full((2, 8, 8), 255, np.uint8),
        np.zeros((2, 8, 8), np.uint8),
    ]
)
START = LOSSY.analyse(TILES)


@pytest.mark.parametrize("slope", [1, 1 << 12, 1 << 18, 1 << 24])
def test_search_never_makes_it_worse(slope: int) -> None:
    before, found = objective(TILES, START, slope), START
    for effort in (1, 2, 5):
        found = refine(LOSSY, TILES, START, slope, effort)
        after = objective(TILES, found, slope)
        assert (after <= before).all()
        assert found.dtype == np.int8 and np.abs(found.astype(int)).max() <= 127
        before = after
    assert (objective(TILES, START, slope) > before).mean() > 0.2  # it does find something


@pytest.mark.parametrize("step", [2, 3, 8, 16])
@pytest.mark.parametrize("wide", [False, True])
def test_search_at_a_step(step: int, wide: bool) -> None:
    """Never worse, mostly better, and still of multiples within the range."""
    lossy = (LossyModel(*wide_tensors()) if wide else LOSSY).at_step(step)
    start, slope = lossy.analyse(TILES), 1 << 16
    start[-4] = 127 // step * step
    before, found = objective(TILES, start, slope, lossy), start
    for effort in (1, 4):
        found = refine(lossy, TILES, start, slope, effort)
        after = objective(TILES, found, slope, lossy)
        assert (after <= before).all()
        assert found.dtype == np.int8 and not (found.astype(int) % step).any()
        assert np.abs(found.astype(int)).max() <= 127
    assert (after < objective(TILES, start, slope, lossy)).mean() > 0.2
    check_same(refine(lossy, TILES[3:40], start[3:40], slope, 4), found[3:40])


def test_search_ends_where_no_step_helps() -> None:
    slope = 1 << 18
    found = refine(LOSSY, TILES[:60], START[:60], slope, MAX_EFFORT)
    best = objective(TILES[:60], found, slope)
    for latent in range(PRIOR.latents):
        for step in (-1, 1):
            tried = found.copy()
            tried[:, latent] = np.clip(tried[:, latent].astype(int) + step, -127, 127)
            assert (objective(TILES[:60], tried, slope) >= best).all()


def test_more_effort_never_ends_worse() -> None:
    """Since each goes on from the one before."""
    ends = [objective(TILES, refine(LOSSY, TILES, START, 1 << 16, effort), 1 << 16) for effort in range(10)]
    assert all((more <= less).all() for less, more in pairwise(ends))
    assert all((more < less).any() for less, more in pairwise(ends[:5]))


def test_search_without_effort_changes_nothing() -> None:
    check_same(refine(LOSSY, TILES, START, 1 << 18, 0), START)
    assert refine(LOSSY, TILES[:0], START[:0], 1 << 18, 3).shape == (0, 6)


def test_search_leaves_its_arguments_alone() -> None:
    tiles, start = TILES.copy(), START.copy()
    for effort in (2, 4):
        refine(LOSSY, tiles, start, 1 << 18, effort)
    check_same(tiles, TILES)
    check_same(start, START)


def test_search_does_not_depend_on_the_batch() -> None:
    whole = refine(LOSSY, TILES, START, 1 << 18, 3)
    for size in (1, 7, 130):
        some = range(0, 140, size) if size > 1 else range(0, 140, 5)
        for at in some:
            part = slice(at, at + size)
            check_same(refine(LOSSY, TILES[part], START[part], 1 << 18, 3), whole[part])


def test_search_at_the_end_of_the_range() -> None:
    start = np.full((3, 6), 127, np.int8)
    start[1] = -127
    for effort in (1, 5):
        found = refine(LOSSY, TILES[-3:], start, 1 << 24, effort)
        assert np.abs(found.astype(int)).max() <= 127
        assert (objective(TILES[-3:], found, 1 << 24) <= objective(TILES[-3:], start, 1 << 24)).all()
