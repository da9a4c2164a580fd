"""A model that begins as another with fewer slices of latents, or with other features of analysis.

New latents are directions that the linear paths leave out: of those, where training pictures vary most. At first only
the linear path of synthesis sees them. New features of analysis give nothing at first.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from aecodec.arrays import Arrays
from aecodec.limits import GRID_SIDE
from aecodec.train.grid.convolutions import FRACTION, space_to_depth
from aecodec.train.grid.export import fill
from aecodec.train.grid.loop import pixels_of
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.prior import Slice
from aecodec.train.grid.rate import OCTAVE
from aecodec.train.grid.widths import widths_of

_LEAST_DEVIATION = 1e-4


@torch.no_grad()
def fill_or_grow(model: Grid, arrays: Arrays, crops: Tensor) -> None:
    """Fill ``model`` from a model file's tensors, of its own networks or of some with fewer slices or other features.

    ``crops`` are uint8 ``[B, H, W, 3]``, whose sides are multiples of 16. Raises KeyError, ValueError or RuntimeError
    for tensors of networks that differ otherwise.
    """
    own = widths_of(arrays)
    widths = replace(model.widths, latents=own.latents, features=own.features)
    if widths == model.widths:
        fill(model, arrays)
        return
    if widths.latents != model.widths.latents[: len(widths.latents)]:
        raise ValueError(f"tensors of other networks: slices of {widths.latents} channels")
    smaller = Grid(widths).to(model.gains.device)
    fill(smaller, arrays)
    _copy(model, smaller)
    if widths.total < model.widths.total:
        _add_latents(model, widths.total, len(widths.latents), pixels_of(crops.to(model.gains.device)))


def _copy(model: Grid, smaller: Grid) -> None:
    """Copy all weights, with 0 for latents that are new; features of analysis of another width stay, unseen."""
    known = smaller.state_dict()
    for name, value in model.state_dict().items():
        if name not in known or any(n < m for n, m in zip(value.shape, known[name].shape, strict=True)):
            continue
        value.zero_()
        value[tuple(slice(n) for n in known[name].shape)].copy_(known[name])
    if model.widths.features != smaller.widths.features:
        model.analysis.last.weights[0].zero_()


def _add_latents(model: Grid, known: int, slices: int, pixels: Tensor) -> None:
    """Let the latents behind the first ``known`` be what these leave out of ``pixels`` ``[B, 3, H, W]``.

    Their steps are as long as those of others, their scales what they deviate by everywhere.
    """
    linear = model.synthesis.linear.weights[0]
    span, _ = torch.linalg.qr(linear[:, :known, 0, 0].double())
    seen = space_to_depth(model.analysis.prefilter(pixels), GRID_SIDE).transpose(0, 1).flatten(1).double()
    left = seen - span @ (span.T @ seen)
    _, directions = torch.linalg.eigh(left @ left.T)
    new = directions.flip(1)[:, : model.widths.total - known]
    linear[:, known:, 0, 0] = new.to(linear)
    model.analysis.last.weights[1][known:, :, 0, 0] = new.T.to(linear)
    lengths = linear[:, :known, 0, 0].norm(dim=0).log2()
    model.gains[:, known:] = (model.gains[:, :known] - lengths).median(1, keepdim=True).values
    octaves = (new.T @ left).std(1).clamp_min(_LEAST_DEVIATION).log2().to(linear)
    fresh = [part for part in list(model.parts())[slices:] if isinstance(part, Slice)]
    for part, its in zip(fresh, octaves.split([part.own for part in fresh]), strict=True):
        part.last.weights[0].zero_()
        part.last.bias[part.own :] = its * (OCTAVE / 2.0**FRACTION)
