"""Changes of low rank: none at first, the same integers in the file as in the engine, and no sum beyond its bound."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.func import functional_call

from aecodec.changes import with_product
from aecodec.grid import GridModel
from aecodec.kinds import GridCodec
from aecodec.train.grid.export import fill
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.widths import widths_of
from aecodec.train.own.lossy import CHANGED
from aecodec.train.own.low_rank import Changes
from aecodec.zoo import Model, Zoo
from aecodec.zoo import tensors_of as tensors_in

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def general() -> Model:
    found = Zoo().general()
    assert found is not None
    return found


def made(model: Model, prefixes: tuple[str, ...] = CHANGED) -> tuple[Grid, Changes]:
    torch.manual_seed(1)
    grid = Grid(widths_of(tensors_in(model)))
    fill(grid, tensors_in(model))
    return grid, Changes(grid, tensors_in(model), prefixes, 2)


def test_nothing_is_changed_at_first(general: Model) -> None:
    grid, changes = made(general)
    pixels, quality = torch.rand(1, 3, 32, 32) - 0.5, torch.tensor([40.0])
    with torch.no_grad():
        before, after = grid(pixels, quality), functional_call(grid, changes.weights(), (pixels, quality))
    assert torch.allclose(before.pixels, after.pixels, atol=1e-4)
    assert torch.allclose(before.bits, after.bits, rtol=1e-3)


def test_every_layer_can_change(general: Model) -> None:
    grid, changes = made(general)
    weights = {name for name, _ in grid.named_parameters() if ".weights." in name}
    assert set(changes.places) == weights


@torch.no_grad()
def test_stored_factors_are_what_was_learned(general: Model) -> None:
    _, changes = made(general, ("synthesis.3",))
    (change,) = changes
    change.left.normal_(0, 0.05)
    tensors = tensors_in(general)
    factors, _ = changes.stored(tensors)
    ours = with_product(tensors[change.name], factors[change.name]).astype(np.float64)
    theirs = (change.whole + (change.left @ change.right).reshape(change.whole.shape)).numpy().clip(-127, 127)
    assert np.abs(ours - theirs).max() <= 1
    assert not np.array_equal(ours, tensors[change.name])


@torch.no_grad()
def test_no_change_is_so_large_that_sums_might_not_be_exact(general: Model) -> None:
    _, changes = made(general, ("synthesis.1", "slices.1.0"))
    for change in changes:
        change.left.normal_(0, 30)
    tensors = tensors_in(general)
    factors, whole = changes.stored(tensors)
    changed = tensors | whole | {name: with_product(tensors[name], each) for name, each in factors.items()}
    assert isinstance(GridCodec(changed, general.description).networks, GridModel)


@torch.no_grad()
def test_bounds_are_held_while_it_learns(general: Model) -> None:
    _, changes = made(general, ("synthesis.1",))
    (change,) = changes
    change.left.normal_(0, 3)
    left = change.left.clone()
    for _ in range(30):
        changes.hold_bounds()
    rows = change.changed().flatten(1).abs().sum(1) * 1023
    assert rows.max() < 2**24
    assert change.left.abs().sum() < left.abs().sum()


@torch.no_grad()
def test_a_cut_keeps_what_matters_most(general: Model) -> None:
    _, changes = made(general, ("synthesis.3",))
    (change,) = changes
    change.left.copy_(torch.randn(change.left.shape) * torch.tensor([1.0, 0.01]))
    before = change.left @ change.right
    changes.cut(1)
    assert change.left.shape[1] == 1
    assert (change.left @ change.right - before).norm() < 0.05 * before.norm()
