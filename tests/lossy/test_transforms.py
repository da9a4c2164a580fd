"""Transforms: the same in any batch, within their range, and never too many tiles at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aecodec.errors import ModelError
from aecodec.exact import Chain
from aecodec.lossy import LossyModel
from tests.checks import check_error, check_same
from tests.lossy.model import LOSSY, STEPS, plain_nearest
from tests.made import made_tensors, strokes


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
