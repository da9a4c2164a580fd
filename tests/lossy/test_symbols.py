"""Symbols in a stream: they come back at every step, and those beyond the range are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import FormatError
from aecodec.lossy import Prior, decode_symbols, encode_symbols
from tests.checks import check_error, check_same, tiles_of
from tests.lossy.model import (
    LOSSY,
    MODEL,
    PRIOR,
    STEPS,
    WIDE,
    Symbols,
    decoded,
    multiples,
    plain_nearest,
    random_symbols,
    true_bits,
)


def coded(prior: Prior, symbols: Symbols) -> bytes:
    writer = StreamWriter()
    encode_symbols(prior, symbols, writer)
    return writer.finish()


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
