"""Training on searched symbols: those of every training picture are kept, and improved at each visit.

An analysis transform is a poor guess at the best symbols of a picture. So once latents and their steps
have settled, each picture's symbols become variables of their own: every step moves them a
little way down rate + lambda * distortion, in whole symbols, and synthesis and prior learn from
what the search of the released encoder will choose (alternating minimization, as in
entropy-constrained vector quantization, Chou et al. 1989).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aecodec.limits import PIXEL_MAX
from aecodec.train.networks import CHECK_GREY, Coder

STEPS_TRIED = (1, 6)  # single steps of symbols in each candidate, the most promising first
PROBE_SHARE = 0.1  # of a new estimate in the running curvature


@dataclass(frozen=True)
class View:
    """A batch as it is: ``symbols`` ``[B, latents]`` float, ``costs`` of every table entry, each picture's
    ``mse`` and ``bits`` ``[B]``, and how the objective bits + lmbda * MSE moves with the symbols.
    """

    symbols: Tensor
    costs: Tensor
    mse: Tensor
    bits: Tensor
    gradient: Tensor


@dataclass(frozen=True)
class Visit:
    """What became of it: better symbols, int8 ``[B, latents]``, and with them the mean MSE and bits."""

    symbols: Tensor
    mse: float
    bits: float


def view(model: Coder, pixels: Tensor, symbols: Tensor, lmbda: float, *, scale: float | None, mixed: bool) -> View:
    """Look at a batch. With a ``scale``, the gradient of ``scale * (bits + lmbda * MSE)``, averaged over the
    batch, is added to the gradients of synthesis and prior.
    """
    place = symbols.float().requires_grad_()
    with mixed_precision(pixels, mixed):
        decoded, costs = model.synthesis(place), model.prior.costs(place)
    costs, mse = costs.float(), picture_mse(decoded, pixels)
    bits = model.prior.cost_of(costs, place.detach()).sum(1)
    objective = bits + lmbda * mse
    if scale is None:
        gradient = torch.autograd.grad(objective.sum(), place)[0]
    else:
        (objective.mean() * scale).backward()  # type: ignore[no-untyped-call]
        if place.grad is None:
            raise RuntimeError("the symbols took no part in the objective")
        gradient = place.grad * (len(pixels) / scale)
    return View(place.detach(), costs.detach(), mse.detach(), bits.detach(), gradient)


def promised(model: Coder, seen: View, bend: Tensor) -> Tensor:
    """Say by how much a step down, or up, of each latent should change the objective, ``[B, 2, latents]``.

    That is infinite where it leaves the table. ``bend`` ``[latents]`` is what a step adds through the squared change of
    the pixels.
    """
    return own_rates(model, seen.costs, seen.symbols) + torch.stack([bend - seen.gradient, bend + seen.gradient], 1)


def own_rates(model: Coder, costs: Tensor, symbols: Tensor) -> Tensor:
    """Say by how much a step down, or up, changes the latent's own bits, ``[B, 2, latents]``."""
    here = model.prior.cost_of(costs, symbols)
    return torch.stack([model.prior.cost_of(costs, symbols + way) - here for way in (-1, 1)], 1)


@torch.no_grad()
def improve(model: Coder, pixels: Tensor, seen: View, curvature: Tensor, lmbda: float, *, mixed: bool) -> Visit:
    """Take the best of the symbols seen and of a few candidates with the steps that promise most.

    ``curvature`` ``[latents]`` is the MSE that one step adds through the squared change of the pixels.
    """
    prior, now, count = model.prior, seen.symbols, len(seen.symbols)
    change = promised(model, seen, lmbda * curvature).flatten(1)
    promise, order = change.topk(min(STEPS_TRIED[-1], change.shape[1]), 1, largest=False)
    trials = []
    for steps in STEPS_TRIED:
        chosen = (promise[:, :steps] < 0).float()
        chosen[:, 0] = 1
        step = torch.zeros_like(change).scatter_(1, order[:, :steps], chosen)
        moved = now + step[:, prior.latents :] - step[:, : prior.latents]
        trials.append(moved.clamp(prior.low, prior.high))
    every = torch.cat(trials)
    with mixed_precision(pixels, mixed):
        decoded, costs = model.synthesis(every), prior.costs(every)
    mse = torch.cat([seen.mse, picture_mse(decoded, pixels.repeat(len(trials), 1, 1, 1))]).view(-1, count)
    bits = torch.cat([seen.bits, prior.cost_of(costs.float(), every).sum(1)]).view(-1, count)
    best = (bits + lmbda * mse).argmin(0)
    row = torch.arange(count, device=now.device)
    symbols = torch.stack([now, *trials])[best, row].to(torch.int8)
    return Visit(symbols, float(mse[best, row].mean()), float(bits[best, row].mean()))


def probe(model: Coder, symbols: Tensor, mixed: bool, generator: torch.Generator) -> Tensor:
    """Estimate :func:`improve`'s curvature, ``[latents]``: the diagonal of J'J by
    random signs (Hutchinson 1990, Bekas et al. 2007).
    """
    place = symbols.float().requires_grad_()
    with mixed_precision(place, mixed):
        decoded = model.synthesis(place)
    signs = torch.randint(0, 2, decoded.shape, device=decoded.device, generator=generator).float() * 2 - 1
    inside = (decoded > 0) & (decoded < PIXEL_MAX / 256)
    gradient = torch.autograd.grad((decoded * signs * inside).sum(), place)[0]
    curvature: Tensor = gradient.square().mean(0) * CHECK_GREY / decoded[0].numel()
    return curvature


def picture_mse(decoded: Tensor, pixels: Tensor) -> Tensor:
    """Measure the MSE of each picture, samples in 0..1."""
    return (decoded - pixels).square().flatten(1).mean(1) * CHECK_GREY


def mixed_precision(like: Tensor, mixed: bool) -> torch.autocast:
    return torch.autocast(like.device.type, torch.bfloat16, enabled=mixed)
