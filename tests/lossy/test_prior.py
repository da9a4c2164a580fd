"""The prior: tables and costs against plain integers, at every step and in any batch."""

from __future__ import annotations

from math import isqrt
from typing import Any

import numpy as np
import pytest

from aecodec.entropy import frequencies
from aecodec.errors import ModelError
from aecodec.lossy import LossyModel, Prior
from tests.checks import check_error, check_same
from tests.lossy.model import (
    LOSSY,
    PRIOR,
    STEPS,
    WIDE,
    multiples,
    plain_nearest,
    random_symbols,
    true_bits,
    wide_tensors,
)
from tests.made import made_tensors

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
