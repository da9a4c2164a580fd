"""Chains of steps while training, as the released encoder searches (:mod:`aecodec.lossy.step_chains`), in PyTorch.

Single steps leave a picture's symbols where no one of them can help any more, and networks that learn from such symbols
serve an encoder that stops there. A part of every batch is therefore searched farther.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aecodec.train.networks import CHECK_GREY, Coder
from aecodec.train.searched import mixed_precision, own_rates, picture_mse, promised, view

SHARE = 16  # one picture in so many, at each visit
LATENTS = 24  # of a picture that chains are made of
FIRST, LONGEST = 12, 6  # chains at a time, steps of each
TRIALS = 6
PART = 256  # pictures decoded at once


@dataclass
class _Around:
    """``place`` ``[B, C]``: latents; ``differences`` ``[B, C, P]`` of the picture by a step of each."""

    place: Tensor
    differences: Tensor
    bend: Tensor  # [B, C, C], what steps together add to the objective

    def pull(self, error: Tensor, weight: float) -> Tensor:
        """Return how the objective moves with each step, ``[B, C]``; ``weight``: of a squared difference."""
        return 2 * weight * (self.differences @ error.flatten(1)[..., None])[..., 0]


@torch.no_grad()
def deepen(model: Coder, pixels: Tensor, symbols: Tensor, curvature: Tensor, lmbda: float, *, mixed: bool) -> Tensor:
    """Find symbols as good as ``symbols`` ``[B, latents]`` or better, after a few chains were tried; float."""
    with torch.enable_grad():
        seen = view(model, pixels, symbols, lmbda, scale=None, mixed=mixed)
    prior, symbols, costs = model.prior, seen.symbols, seen.costs
    count, weight = len(symbols), lmbda * CHECK_GREY / pixels[0].numel()
    with mixed_precision(pixels, mixed):
        base = model.synthesis(symbols).float()
    ways = promised(model, seen, lmbda * curvature)
    place = ways.amin(1).topk(min(LATENTS, prior.latents), 1, largest=False).indices
    way = torch.where(ways[:, 0] < ways[:, 1], -1.0, 1.0).gather(1, place)
    moved = symbols[:, None].repeat(1, place.shape[1], 1)
    moved.scatter_add_(2, place[..., None], way[..., None])
    with mixed_precision(pixels, mixed):
        decoded = torch.cat([model.synthesis(part) for part in torch.split(moved.flatten(0, 1), PART)]).float()
    differences = (decoded.view(count, -1, base[0].numel()) - base.view(count, 1, -1)) * way[..., None]
    around = _Around(place, differences, weight * differences @ differences.transpose(1, 2))
    # The gradient knows what a step does to the rates of later latents; the differences do not.
    contexts = seen.gradient.gather(1, place) - around.pull(base - pixels, weight)
    objective = seen.bits + lmbda * seen.mse
    failed = torch.zeros(count, 2 * place.shape[1], dtype=torch.bool, device=symbols.device)
    row = torch.arange(count, device=symbols.device)
    for _ in range(TRIALS):
        rates = own_rates(model, costs, symbols).gather(2, place[:, None].expand(-1, 2, -1))
        first, promise, steps = _chains(around, around.pull(base - pixels, weight) + contexts, rates)
        best = promise.masked_fill(failed.gather(1, first), torch.inf).argmin(1)
        tried = symbols.scatter_add(1, place, steps[row, best]).clamp(prior.low, prior.high)
        with mixed_precision(pixels, mixed):
            decoded, found = model.synthesis(tried).float(), prior.costs(tried)
        found = found.float()
        now = prior.cost_of(found, tried).sum(1) + lmbda * picture_mse(decoded, pixels)
        better = now < objective
        failed[row, first[row, best]] = True
        failed &= ~better[:, None]
        objective = torch.where(better, now, objective)
        symbols = torch.where(better[:, None], tried, symbols)
        base = torch.where(better[:, None, None, None], decoded, base)
        costs = torch.where(better[:, None, None], found, costs)
    return symbols


def _chains(around: _Around, pull: Tensor, rates: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return first steps ``[B, M]``, promises ``[B, M]`` and steps ``[B, M, C]`` of the chains that promise most at
    first.
    """
    count, latents = pull.shape
    square = around.bend.diagonal(dim1=1, dim2=2)
    alone = torch.cat([rates[:, 0] + square - pull, rates[:, 1] + square + pull], 1)
    value, first = alone.topk(min(FIRST, 2 * latents), 1, largest=False)
    change = alone.view(count, 1, 2, latents).repeat(1, first.shape[1], 1, 1)
    steps = torch.zeros(*first.shape, latents, device=pull.device)
    chosen, best, found = first, torch.full_like(value, torch.inf), steps
    for length in range(1, LONGEST + 1):
        place, way = (chosen % latents)[..., None], torch.where(chosen < latents, -1.0, 1.0)[..., None]
        steps = steps.scatter(2, place, way)
        better = value < best
        best, found = torch.where(better, value, best), torch.where(better[..., None], steps, found)
        if length == min(LONGEST, latents):
            break
        rows = around.bend.gather(1, place.expand(-1, -1, latents))  # [B, M, C]
        turn = 2 * way * rows
        change = change + torch.stack([-turn, turn], 2)
        change.scatter_(3, place[:, :, None].expand(-1, -1, 2, -1), torch.inf)
        extra, chosen = change.flatten(2).min(2)
        value = value + extra
    return first, best, found
