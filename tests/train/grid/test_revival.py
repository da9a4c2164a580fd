"""What begins anew when a run begins with another's weights."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch import Tensor

from aecodec.train.grid.loop import pixels_of
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.revival import revive, revive_hyper
from aecodec.train.grid.widths import SIZES


def networks(seed: int) -> Grid:
    torch.manual_seed(seed)
    return Grid(SIZES["tiny"]).requires_grad_(False)


@pytest.fixture
def pictures() -> list[Tensor]:
    random = torch.Generator().manual_seed(3)
    coarse = torch.rand((2, 3, 16, 20), generator=random)
    fine = torch.nn.functional.interpolate(coarse, scale_factor=16, mode="bilinear")
    return [(255 * each.permute(1, 2, 0)).to(torch.uint8) for each in fine]


def bits_of(model: Grid, pictures: list[Tensor], quality: float) -> tuple[float, float]:
    """Return the bits of latents, and of hyper-latents."""
    seen = [model(pixels_of(each[None]), torch.full((1,), quality)) for each in pictures]
    return sum(float(each.bits) for each in seen), sum(float(each.hyper_bits) for each in seen)


def test_dead_channels_get_new_weights(pictures: list[Tensor]) -> None:
    model, fresh = networks(1), networks(2)
    dead = model.analysis.sixteenth
    dead.weights[0][:3] = 0
    dead.bias[:3] = -1
    before = bits_of(model, pictures, 50)
    counts = revive(model, fresh, pictures)
    assert counts["analysis.sixteenth"] >= 3
    assert torch.equal(dead.weights[0][:3], fresh.analysis.sixteenth.weights[0][:3])
    assert bits_of(model, pictures, 50) == before


def test_hyper_latents_that_are_never_coded_begin_anew(pictures: list[Tensor]) -> None:
    """Latents cost what they did, but for a little at the edges; hyper-latents are coded, and features differ."""
    model, fresh = networks(1), networks(2)
    model.hyper_gains.fill_(-8)
    model.hyper_scales.fill_(-4)
    for part in model.parts():
        for layer in part.told():
            layer.bias.uniform_(-0.1, 0.1)
    before = bits_of(model, pictures, 50)
    assert before[1] == 0
    assert revive_hyper(model, fresh, pictures)
    after = bits_of(model, pictures, 50)
    assert after[0] == pytest.approx(before[0], rel=0.02)
    assert after[1] > 0
    for quality in (0, 100):
        assert bits_of(model, pictures, quality)[1] > 0
    assert not revive_hyper(model, fresh, pictures)


def test_slices_can_learn_from_them(pictures: list[Tensor]) -> None:
    """There is a gradient for what the features count, which is nothing at first."""
    model = networks(1)
    model.hyper_gains.fill_(-8)
    model.hyper_scales.fill_(-4)
    assert revive_hyper(model, networks(2), pictures)
    model.requires_grad_(True)
    seen = model(pixels_of(pictures[0][None]), torch.full((1,), 50.0), torch.Generator().manual_seed(1))
    seen.bits.sum().backward()
    for layer in (layer for part in model.parts() for layer in part.told()):
        weight = layer.weights[0]
        assert not weight.any()
        assert weight.grad is not None
        assert weight.grad.abs().max() > 0


def test_live_hyper_latents_are_left_alone(pictures: list[Tensor]) -> None:
    model = networks(1)
    model.hyper_gains.fill_(6)
    before = deepcopy(model.state_dict())
    assert bits_of(model, pictures, 20)[1] > 0
    assert not revive_hyper(model, networks(2), pictures)
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())
