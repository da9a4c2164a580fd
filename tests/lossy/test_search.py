"""The search for symbols: never worse than before, and the same in any batch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.limits import MAX_EFFORT
from aecodec.lossy import LossyModel, refine
from tests.checks import check_same, tiles_of
from tests.lossy.model import LOSSY, MODEL, PRIOR, Symbols, wide_tensors
from tests.made import strokes


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
