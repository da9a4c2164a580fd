"""Chains of steps: what they promise, and what they find where single steps end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.arrays import Symbols, Tiles
from aecodec.lossy import refine, search, step_chains
from aecodec.lossy.descent import descend
from aecodec.lossy.objective import Objective
from aecodec.lossy.step_chains import Round, _find_chains, _look_around, _Surroundings, chain
from aecodec.zoo import load_model
from tests.checks import check_same, tiles_of
from tests.made import made_model, strokes

LOSSY = load_model(made_model()).tiles.networks
TILES = np.concatenate([tiles_of(load_model(made_model()), 60), strokes(40, 8, 8)])
SLOPE = 1 << 16
WIDE = Round(latents=6, chains=12, trials=40)


def made(seed: int, count: int = 5, latents: int = 7, pixels: int = 12) -> tuple[_Surroundings, NDArray[np.float64]]:
    """Random differences, along directions that resemble one another, and an error."""
    rng = np.random.default_rng(seed)
    common = rng.integers(-40, 41, (count, 1, pixels))
    differences = (common + rng.integers(-20, 21, (count, latents, pixels))).astype(np.float64)
    latents_of = np.argsort(rng.random((count, 9)), axis=1)[:, :latents]
    around = _Surroundings(latents_of, differences, differences @ differences.transpose(0, 2, 1))
    return around, rng.integers(-90, 91, (count, pixels)).astype(np.float64)


@pytest.mark.parametrize("seed", range(6))
def test_a_chain_promises_what_the_quadratic_form_says(seed: int) -> None:
    around, error = made(seed)
    slope = 37
    rates = np.random.default_rng(seed + 9).integers(-200_000, 400_000, (5, 2, 7))
    tried = np.zeros((5, 14), bool)
    tried[0, 4:] = True
    found = _find_chains(around, error, rates, tried, slope, most=9)
    first, promise, steps = found.first, found.promise, found.steps
    assert np.isinf(promise[0]).sum() == 5 and set(first[0, :4]) == {0, 1, 2, 3}
    assert first.shape == promise.shape == (5, 9) and steps.shape == (5, 9, 7)
    assert set(np.unique(steps)) == {-1, 0, 1} and (np.abs(steps).sum(2) > 1).any()
    for tile in range(5):
        for place in range(9 if tile else 4):
            v = steps[tile, place].astype(np.int64)
            own = sum(int(rates[tile, int(way > 0), at]) for at, way in enumerate(v) if way)
            after = np.square(error[tile] + v @ around.differences[tile]).sum()
            expected = own + slope * (after - np.square(error[tile]).sum())
            assert promise[tile, place] == pytest.approx(expected, rel=1e-4, abs=slope)
            begun, way = first[tile, place] % 7, 1 if first[tile, place] >= 7 else -1
            assert v[begun] == way  # the chain holds its first step
            alone = rates[tile, int(way > 0), begun] + slope * (
                np.square(error[tile] + way * around.differences[tile, begun]).sum() - np.square(error[tile]).sum()
            )
            assert promise[tile, place] <= alone + abs(alone) * 1e-4 + slope


def test_of_two_steps_that_need_one_another_both_are_found() -> None:
    """Each alone does harm, both together mend the error."""
    differences = np.array([[[30.0, 30, 0], [-30, 0, 30], [0, 0, 1]]])
    error = np.array([[0.0, -30, -30]])
    around = _Surroundings(np.array([[2, 0, 1]]), differences, differences @ differences.transpose(0, 2, 1))
    rates = np.full((1, 2, 3), 1000)
    found = _find_chains(around, error, rates, np.zeros((1, 6), bool), 10, most=6)
    assert found.steps[0, found.promise[0].argmin()].tolist() == [1, 1, 0]
    assert found.promise.min() == pytest.approx(2 * 1000 - 10 * 1800)


def test_differences_are_those_of_synthesis() -> None:
    objective = Objective(LOSSY, SLOPE)
    symbols = LOSSY.analyse(TILES)
    symbols[0], symbols[7] = 127, -127  # where only one way is open
    now = objective.evaluate(TILES, symbols)
    _, around = _look_around(objective, TILES, symbols, 4)
    base = LOSSY.synthesise(symbols).astype(np.int64).reshape(len(TILES), -1)
    for tile in range(0, len(TILES), 7):
        for place, latent in enumerate(around.latents[tile]):
            found = []
            for way in (-1, 1):
                moved = symbols[tile].astype(np.int64)
                moved[latent] += way
                if abs(moved[latent]) <= 127:
                    picture = LOSSY.synthesise(moved[None].astype(np.int8)).astype(np.int64).ravel()
                    found.append(way * (picture - base[tile]))
            assert any(np.array_equal(around.differences[tile, place], each) for each in found)
    promised = objective.predict(now, np.ones(len(TILES), bool)).reshape(len(TILES), 2, -1).min(1)
    check_same(np.sort(around.latents, 1), np.sort(np.argsort(promised, axis=1, kind="stable")[:, :4], 1))


@pytest.mark.parametrize("step", [1, 3])
def test_chains_help_where_single_steps_do_not(step: int) -> None:
    lossy = LOSSY.at_step(step)
    objective = Objective(lossy, SLOPE)
    ended = lossy.analyse(TILES)
    for _ in range(30):
        ended = descend(objective, TILES, ended, 2000)
    check_same(descend(objective, TILES, ended, 2000), ended)
    found, improved = chain(objective, TILES, ended, WIDE)
    before, after = (objective.evaluate(TILES, each).objective for each in (ended, found))
    check_same(after < before, improved)
    assert (after <= before).all() and improved.mean() > 0.1
    assert not (found.astype(int) % step).any()
    check_same(found[~improved], ended[~improved])


@pytest.mark.parametrize("step", [1, 5])
@pytest.mark.parametrize("side", [-1, 1])
def test_chains_stay_within_the_range(step: int, side: int) -> None:
    """From its ends, with pictures that pull beyond them."""
    lossy, most = LOSSY.at_step(step), 127 // step * step
    start = np.full((len(TILES), 6), side * most, np.int8)
    found, improved = chain(Objective(lossy, SLOPE), TILES, start, WIDE)
    assert improved.any() and np.abs(found.astype(int)).max() <= most and not (found.astype(int) % step).any()


def test_no_chain_is_tried_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """With more trials than chains at a time, until a tile has none left."""
    objective = Objective(LOSSY, SLOPE)
    start = refine(LOSSY, TILES[:1], LOSSY.analyse(TILES[:1]), SLOPE, 9)
    tried: list[bytes] = []
    real = objective.evaluate

    def evaluate(tiles: Tiles, symbols: Symbols) -> Any:
        tried.append(symbols.tobytes())
        return real(tiles, symbols)

    monkeypatch.setattr(objective, "evaluate", evaluate)
    _, improved = chain(objective, TILES[:1], start, Round(latents=6, chains=5, trials=100))
    assert not improved.any() and len(tried) == 1 + 12  # the beginning, and a chain for each first step


def test_a_tile_does_not_depend_on_the_others() -> None:
    objective = Objective(LOSSY, SLOPE)
    start = LOSSY.analyse(TILES)
    whole, _ = chain(objective, TILES, start, Round(4, 5, 9))
    for at in range(0, len(TILES), 13):
        part = slice(at, at + 13)
        check_same(chain(objective, TILES[part], start[part], Round(4, 5, 9))[0], whole[part])


def test_differences_stay_within_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few at a time make smaller batches, and then fewer latents, without a change of what is found until then."""
    start = LOSSY.analyse(TILES)
    whole = refine(LOSSY, TILES, start, SLOPE, 4)
    seen = []
    real = step_chains._look_around

    def look(objective: Objective, tiles: Tiles, symbols: Symbols, most: int) -> Any:
        seen.append(len(symbols) * most * 64)
        return real(objective, tiles, symbols, most)

    monkeypatch.setattr(step_chains, "_look_around", look)
    for most in (6 * 64 * 30, 6 * 64):
        monkeypatch.setattr(search, "MOST_NUMBERS", most)
        check_same(refine(LOSSY, TILES, start, SLOPE, 4), whole)
        assert 0 < max(seen) <= most
        seen.clear()
    monkeypatch.setattr(search, "MOST_NUMBERS", 3 * 64)
    refine(LOSSY, TILES[:9], start[:9], SLOPE, 4)
    assert max(seen) == 3 * 64
