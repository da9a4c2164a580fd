"""Chains of steps while training: never worse, and farther than single steps go."""

from __future__ import annotations

import pytest
import torch

from aecodec.train.searched import improve
from aecodec.train.step_chains import _Around, _chains, deepen
from tests.train.test_searched import SLOPE, look, made, objective

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("integer", [False, True])
def test_farther_than_single_steps(integer: bool) -> None:
    model, pixels, symbols = made(integer=integer)
    curvature = torch.full((symbols.shape[1],), 1e-3)
    for _ in range(60):
        symbols = improve(model, pixels, look(model, pixels, symbols), curvature, SLOPE, mixed=False).symbols
    found = deepen(model, pixels, symbols, curvature, SLOPE, mixed=False)
    before, after = (objective(model, pixels, each.float()) for each in (symbols, found))
    assert (after <= before * (1 + 1e-5)).all()
    assert (after < before - 1e-3).float().mean() > 0.1
    assert ((found >= model.prior.low) & (found <= model.prior.high)).all()


def test_at_the_ends_of_tables() -> None:
    """Where a latent has one symbol only, or stands at an end, costs are infinite on a side or on both."""
    model, pixels, symbols = made()
    model.prior.low[1] = model.prior.high[1] = 0
    low, high = model.prior.low.to(torch.int8), model.prior.high.to(torch.int8)
    symbols = torch.where(torch.arange(len(symbols))[:, None] % 2 == 0, low, high)
    found = deepen(model, pixels, symbols, torch.full((symbols.shape[1],), 1e-3), SLOPE, mixed=False)
    assert ((found >= low) & (found <= high)).all()
    before, after = (objective(model, pixels, each.float()) for each in (symbols, found))
    assert (after <= before * (1 + 1e-5)).all() and (after < before - 1e-3).float().mean() > 0.3


def test_promises() -> None:
    """Of each chain: its steps' own rates, and the quadratic form of them."""
    torch.manual_seed(1)
    count, latents = 4, 6
    differences = torch.randn(count, latents, 20) + torch.randn(count, 1, 20)
    error, rates = torch.randn(count, 20), torch.rand(count, 2, latents) * 6 - 2
    around = _Around(torch.arange(latents).repeat(count, 1), differences, differences @ differences.transpose(1, 2))
    pull = 2 * (differences @ error[..., None])[..., 0]
    first, promise, steps = _chains(around, pull, rates)
    after = (error[:, None] + steps @ differences).square().sum(2) - error.square().sum(1, keepdim=True)
    own = ((steps < 0) * rates[:, None, 0] + (steps > 0) * rates[:, None, 1]).sum(2)
    torch.testing.assert_close(promise, after + own, rtol=1e-3, atol=1e-3)
    assert (steps.abs().sum(2) > 1).any()
    assert (steps.gather(2, (first % latents)[..., None])[..., 0] == torch.where(first < latents, -1, 1)).all()
