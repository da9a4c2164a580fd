"""The order of an interlaced slice, and models that have one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aecodec.errors import ModelError
from aecodec.grid.interlacing import NEIGHBOURS, places, step_count, surroundings
from aecodec.grid.model import GridModel
from aecodec.zoo import load_model, pack_model
from tests.checks import check_error
from tests.made import Arrays, made_grid_tensors
from tests.reference import load_reference

REFERENCE = load_reference()
WHOLE = {"lapped": True, "filtered": True, "dependent": True}
SIZES = [(1, 1), (1, 9), (4, 4), (5, 7), (17, 33)]


@pytest.mark.parametrize("octaves", [1, 2, 3])
@pytest.mark.parametrize("size", SIZES)
def test_each_place_has_one_step(octaves: int, size: tuple[int, int]) -> None:
    """As the document's rule for a single place says it, in raster order."""
    height, width = size
    rule = np.array([REFERENCE.step_of_place(y, x, octaves) for y in range(height) for x in range(width)])
    for step in range(step_count(octaves)):
        assert places(step, octaves, *size).tolist() == np.flatnonzero(rule == step).tolist()
    assert rule.max() < step_count(octaves)


@pytest.mark.parametrize("octaves", [1, 2, 3])
@pytest.mark.parametrize("size", SIZES)
def test_neighbours_are_known(octaves: int, size: tuple[int, int]) -> None:
    """Whatever of them lies in the grid comes in a step before."""
    known = np.zeros(size[0] * size[1] + 1, bool)
    known[-1] = True  # stands for all that lies outside
    known[places(0, octaves, *size)] = True
    for step in range(1, step_count(octaves)):
        around = surroundings(step, octaves, *size)
        assert around.shape == (len(places(step, octaves, *size)), NEIGHBOURS) and known[around].all()
        known[places(step, octaves, *size)] = True
    assert known.all()


def test_neighbours_are_the_nearest() -> None:
    octaves, height, width = 2, 41, 41
    before = places(0, octaves, height, width)
    for step in range(1, step_count(octaves)):
        here, around = places(step, octaves, height, width), surroundings(step, octaves, height, width)
        at = (np.abs(here // width - 20) + np.abs(here % width - 20)).argmin()  # far from the edges
        row, column = divmod(int(here[at]), width)
        away = np.hypot(before // width - row, before % width - column)
        nearest = before[np.argsort(away, kind="stable")[:NEIGHBOURS]]
        assert sorted(around[at].tolist()) == sorted(nearest.tolist())
        before = np.union1d(before, here)


def test_a_tile_does_not_see_the_next_one() -> None:
    """Beyond the edges latents are 0, though other tiles of the group lie there in memory."""
    model = GridModel(*made_grid_tensors(**WHOLE, octaves=2))
    rng = np.random.default_rng(3)
    grids = [rng.integers(-3000, 3000, (5, 9, 6)).astype(np.int32) for _ in range(3)]
    together = model.choose(grids, 60, model.coding.nearest)
    for grid, found in zip(grids, together.grids, strict=True):
        (alone,) = model.choose([grid], 60, model.coding.nearest).grids
        assert np.array_equal(alone, found)


@pytest.mark.parametrize("octaves", [0, 7, -1, True, "2", 2.0, None, [2]])
def test_octaves_out_of_range(octaves: Any) -> None:
    tensors, description = made_grid_tensors(**WHOLE, octaves=2)
    check_refused(tensors, description | {"interlaced": octaves})


def test_steps_that_do_not_fit() -> None:
    tensors, description = made_grid_tensors(**WHOLE, octaves=2)
    for name in ("interlaced.4.0.bias", "interlaced.0.2.weight.0", "interlaced.3.0.weight.1"):
        check_refused({key: value for key, value in tensors.items() if key != name}, description)
    wide = np.zeros((8, 3, 3, 4), np.int8)
    check_refused(tensors | {"interlaced.0.0.weight.0": wide}, description)
    near = tensors["interlaced.2.0.weight.1"]
    check_refused(tensors | {"interlaced.2.0.weight.1": near[..., :-1].copy()}, description)
    check_refused(tensors | {"interlaced.1.2.bias": tensors["interlaced.1.2.bias"][:-1].copy()}, description)
    check_refused(tensors, description | {"interlaced": 3})


def test_a_step_of_too_many_channels() -> None:
    tensors, description = made_grid_tensors(**WHOLE, octaves=2)
    shapes = {"0.weight.0": (1025, 1, 1, 4), "1.weight.0": (8, 1, 1, 1025)}
    wide: Arrays = {f"interlaced.0.{name}": np.zeros(shape, np.int8) for name, shape in shapes.items()}
    wide |= {f"interlaced.0.0.{name}": np.zeros(1025, np.int32) for name in ("bias", "quality")}
    wide["interlaced.0.0.shift"] = np.zeros(1025, np.int8)
    check_refused(tensors | wide, description)


def check_refused(tensors: dict[str, Any], description: dict[str, Any]) -> None:
    """Neither decoder takes such a model."""
    data = pack_model("made", tensors, {**description, "known_answer": "none"}, "14")
    message = check_error(ModelError, lambda: load_model(data))
    assert "known answer" not in message
    with pytest.raises(REFERENCE.ModelNeeded):
        REFERENCE.Model.__wrapped__(data)
