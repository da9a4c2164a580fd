"""The interlaced first slice in training: what it sees, and how it begins with a model that has a checkerboard."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from aecodec.train.grid.export import fill, tensors_and_description
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.widths import SIZES

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
    """A change at one place changes no mean of an earlier step, and later ones only near it."""
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
    same = [torch.equal(*each) for each in zip(*told, strict=True)]
    assert same == [True, True, False, False, False, False, False]
