"""Synthesis learns on, alone, on latents that the encoder's search chooses.

In training it sees latents that were rounded. Those of a file were chosen by rate and squared error, and with
dependent quantization they lie on other points. The prior does not learn on: it would expect what the search chooses,
and the search would choose still more of what it expects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from aecodec.arrays import Picture
from aecodec.grid.model import GridModel
from aecodec.grid.search import refined
from aecodec.train.grid.convolutions import FRACTION
from aecodec.train.grid.loop import LOSS_SCALE, pixels_of
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.optimizer import new_optimizer
from aecodec.train.grid.rate import lambda_of
from aecodec.train.grid.settings import Settings
from aecodec.train.grid.team import Team
from aecodec.train.schedule import falling, warming

BATCH = 2  # crops of a step
EFFORT = 0  # of the search: with a round, latents are moved by what synthesis gives, and it comes to rely on that
LEARNING_RATE = 3e-5  # of a step, which falls evenly to nothing
WARM_UP = 50  # steps


def tuned(
    model: Grid, engine: GridModel, crops: Iterable[tuple[Picture, int]], steps: int, *, mixed: bool = False
) -> Grid:
    """Return a copy of ``model`` whose synthesis has learned for ``steps``.

    ``engine`` chooses the latents of ``crops``, each a picture ``[H, W, 3]`` and its quality, all of one size, with
    sides that are multiples of 16. There must be BATCH of them for each step. The loss is the squared error, weighed
    as in :mod:`aecodec.train.grid.loop`. With ``mixed`` narrow layers are in bfloat16.
    """
    made = deepcopy(model).requires_grad_(False)
    made.set_integer(False)
    synthesis = made.synthesis.requires_grad_(True)
    optimizer = new_optimizer(made, Settings(), Team())
    for step, (pixels, quality, latents) in zip(range(steps), _batches(engine, crops), strict=False):
        optimizer.rate(LEARNING_RATE * warming(step, WARM_UP) * falling(step, steps, steps))
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            seen = synthesis(latents, quality)
        mse = ((seen.float() - pixels) * 128).square().mean((1, 2, 3))
        loss = (mse * lambda_of(quality).sqrt()).mean() * LOSS_SCALE
        loss.backward()
        torch.nn.utils.clip_grad_norm_(synthesis.parameters(), 1.0)
        optimizer.step()
    return made


def _batches(engine: GridModel, crops: Iterable[tuple[Picture, int]]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield pixels ``[BATCH, 3, H, W]`` as networks take them, qualities ``[BATCH]``, and latents
    ``[BATCH, channels, H / 16, W / 16]``.
    """
    left = iter(crops)
    while batch := list(islice(left, BATCH)):
        pictures = torch.from_numpy(np.stack([picture for picture, _ in batch]))
        grids = np.stack([refined(engine, [picture], quality, EFFORT).grids[0] for picture, quality in batch])
        latents = torch.from_numpy(grids.transpose(0, 3, 1, 2)).float() / 2.0**FRACTION
        yield pixels_of(pictures), torch.tensor([float(quality) for _, quality in batch]), latents
