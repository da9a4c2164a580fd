"""Fine-tuning of a grid of latents: it lowers bits + λ * squared error of a collection, around one quality."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from aecodec.arrays import Tensors
from aecodec.train.average import follow
from aecodec.train.grid.export import fill
from aecodec.train.grid.loop import LOSS_SCALE, pixels_of
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.rate import lambda_of
from aecodec.train.grid.widths import widths_of
from aecodec.train.own.low_rank import Changes
from aecodec.train.schedule import warming

CHANGED = (
    *("synthesis", "linear", "hyper_synthesis", "interlaced", "slices"),
    *("analysis", "latents", "pixels", "hyper_analysis"),
)
LEARNING_RATE = 1e-2  # of factors
OTHERS = 0.05  # of that, for what is no factor
WARM_UP = 30  # steps
FALLING = 0.6  # share of the time, at its end, over which the learning rate falls
AROUND = 20.0  # qualities below and above the point
HELD = 8  # steps between two checks of the bounds of sums
LONGEST = 60  # steps over which weights are averaged, about
Batch = Callable[[int, np.random.Generator], tuple[Tensor, Tensor]]  # pixels uint8 [B, H, W, 3], and which count


@dataclass
class Tuned:
    """The learned changes to weights, and the grid with its other learned parameters."""

    model: Grid
    changes: Changes


def fine_tuned(
    tensors: Tensors,
    batch: Batch,
    point: int,
    rank: int,
    seconds: float,
    *,
    count: int,
    mixed: bool,
    seed: int,
    report: Callable[[float], None],
) -> Tuned:
    """Fine-tune the grid of ``tensors`` for ``seconds``, at qualities around ``point``, with ``count`` crops a step.

    ``report`` is called with the share of the time that has passed.
    """
    torch.manual_seed(seed)
    model = Grid(widths_of(tensors))
    fill(model, dict(tensors))
    model = model.to(memory_format=torch.channels_last).requires_grad_(False)
    changes = Changes(model, tensors, CHANGED, rank)
    others = [*changes.others(), model.gains, model.hyper_gains, model.hyper_means, model.hyper_scales]
    for each in others:
        each.requires_grad_(True)
    learned = _Learned(changes, others)
    average = deepcopy(learned).requires_grad_(False)
    groups = [{"params": list(changes.parameters()), "share": 1.0}, {"params": others, "share": OTHERS}]
    optimizer = torch.optim.Adam(groups, LEARNING_RATE, betas=(0.9, 0.99))
    began, step = time.monotonic(), 0
    while (passed := (time.monotonic() - began) / seconds) < 1:
        random = np.random.default_rng([seed, step])
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * group["share"] * warming(step, WARM_UP) * min(1.0, (1 - passed) / FALLING)
        optimizer.zero_grad()
        loss = _loss(model, changes, batch(count, random), _qualities(point, count, random), random, mixed)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learned.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % HELD == 0:
            changes.hold_bounds()
        follow(average, learned, min(step, LONGEST))
        report(passed)
    learned.load_state_dict(average.state_dict())
    return Tuned(model, changes)


class _Learned(nn.Module):
    """Everything that learns."""

    def __init__(self, changes: Changes, others: Sequence[nn.Parameter]) -> None:
        super().__init__()
        self.changes, self.others = changes, nn.ParameterList(others)


def _qualities(point: int, count: int, random: np.random.Generator) -> Tensor:
    low, high = max(0.0, point - AROUND), min(100.0, point + AROUND)
    spread = (random.permutation(count) + random.random(count)) / count
    return torch.from_numpy(low + (high - low) * spread).float()


def _loss(
    model: Grid,
    changes: Changes,
    seen: tuple[Tensor, Tensor],
    quality: Tensor,
    random: np.random.Generator,
    mixed: bool,
) -> Tensor:
    crops, counts = seen
    pixels = pixels_of(crops).contiguous(memory_format=torch.channels_last)
    noise = torch.Generator().manual_seed(int(random.integers(1 << 62)))
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        found = functional_call(model, changes.weights(), (pixels, quality, noise))
    area = counts.sum((1, 2, 3)).clamp_min(1.0)
    bpp = (found.bits.float() + found.hyper_bits.float()) / area
    mse = ((found.pixels.float() - pixels) * 128 * counts).square().sum((1, 2, 3)) / (3 * area)
    weight = lambda_of(quality)
    loss: Tensor = ((bpp + weight * mse) * weight.rsqrt()).mean() * LOSS_SCALE
    return loss
