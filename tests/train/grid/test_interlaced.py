"""The interlaced first slice in training: what it sees, and how it begins with a model that has a checkerboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from aecodec.errors import UsageError
from aecodec.grid import GridModel
from aecodec.grid.interlacing import surroundings
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.grid.check import check_equal
from aecodec.train.grid.export import fill, tensors_and_description
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.widths import SIZES
from tests.train.grid import runs

TINY = SIZES["tiny"]


@pytest.fixture
def pixels() -> Tensor:
    return torch.rand((2, 3, 16 * 9, 16 * 10), generator=torch.Generator().manual_seed(1)) - 0.5


def seen(model: Grid, pixels: Tensor) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        found = model(pixels, torch.tensor([20.0, 70.0]))
    return found.pixels, found.bits


def test_it_gives_what_a_checkerboard_gave(pixels: Tensor) -> None:
    """Filled from a file whose first slice has a checkerboard, until it learns more."""
    torch.manual_seed(1)
    flat = Grid(replace(TINY, octaves=0))
    flat.set_integer(True)
    arrays, description = tensors_and_description(flat)
    assert "interlaced" not in description
    model = Grid(TINY)
    fill(model, arrays)
    model.set_integer(True)
    for ours, theirs in zip(seen(model, pixels), seen(flat, pixels), strict=True):
        assert torch.equal(ours, theirs)


def test_there_and_back(pixels: Tensor) -> None:
    torch.manual_seed(2)
    first, second = Grid(TINY), Grid(TINY)
    for model in (first, second):
        model.set_integer(True)
    arrays, description = tensors_and_description(first)
    assert description["interlaced"] == TINY.octaves
    fill(second, arrays)
    for ours, theirs in zip(seen(second, pixels), seen(first, pixels), strict=True):
        assert torch.equal(ours, theirs)


def test_every_step_learns(pixels: Tensor) -> None:
    torch.manual_seed(3)
    model = Grid(TINY)
    model(pixels, torch.tensor([50.0, 90.0]), torch.Generator().manual_seed(1)).bits.sum().backward()
    interlaced = next(model.parts())
    layers = [layer for _, step in interlaced.named("") for layer in (step.first, step.second, step.last)]
    assert len(layers) == 3 * (1 + 2 * TINY.octaves)
    for layer in layers:
        for weight in layer.weights:
            assert weight.grad is not None and weight.grad.abs().max() > 0


def test_a_step_sees_its_neighbours_alone() -> None:
    """A change at one place changes means of later steps alone, where it is a neighbour."""
    torch.manual_seed(4)
    interlaced = next(Grid(TINY).parts())
    size = (9, 10)
    features = torch.rand((1, TINY.hyper, *size))
    told: list[list[Tensor]] = []

    def code(values: Tensor, mean: Tensor, scale: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        told[-1].append(mean)
        return values, values.new_zeros(1)

    latents = torch.rand((1, interlaced.own, *size))
    with torch.no_grad():
        for change in (0.0, 1.0):
            told.append([])
            latents[0, :, 4, 4] += change  # of step 1, with three octaves
            interlaced.walk(latents, features, latents[:, :0], torch.tensor([50.0]), code)
    at, changed = 4 * size[1] + 4, 0
    for step, (before, after) in enumerate(zip(*told, strict=True)):
        differ = (before != after).any(1)[0, 0]
        near = (surroundings(step, TINY.octaves, *size) == at).any(1) if step else np.zeros(len(differ), bool)
        assert differ.numpy().tolist() == near.tolist()
        changed += int(near.sum())
    assert changed > 40  # up to 12 in each of five steps


@pytest.mark.parametrize("size", [(16, 16), (64, 64), (64, 160), (96, 96)])
def test_the_engine_gives_the_same(size: tuple[int, int]) -> None:
    """In grids that have places of some steps alone, too."""
    torch.manual_seed(5)
    model = Grid(TINY)
    model.set_integer(True)
    engine = GridModel(*tensors_and_description(model))
    random = torch.Generator().manual_seed(6)
    check_equal(model, engine, [torch.randint(0, 256, (*size, 3), dtype=torch.uint8, generator=random)])


def test_networks_of_another_number_of_octaves() -> None:
    arrays, _ = tensors_and_description(Grid(TINY))
    for octaves in (0, 2, 4):
        with pytest.raises(ValueError, match="interlaced in 3 octaves"):
            fill(Grid(replace(TINY, octaves=octaves)), arrays)


def test_a_checkpoint_of_other_networks(cache: Path, tmp_path: Path) -> None:
    """Such as those of versions whose first slice had a checkerboard."""
    short = replace(runs.TINY, steps=2)
    runs.run(cache, tmp_path, short)
    path = tmp_path / CHECKPOINT
    state = torch.load(path, weights_only=True)
    state["model"] = {name: value for name, value in state["model"].items() if ".steps." not in name}
    torch.save(state, path)
    with pytest.raises(UsageError, match="networks of another version"):
        runs.run(cache, tmp_path, short)
