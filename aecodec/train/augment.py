"""More pictures to train on: warped copies, which look like those they came from.

A codec of 55,000 digits knows them better than digits it has not seen, and this gap costs as much as
any change of network gains. Copies are moved, turned, scaled, sheared and bent a little (Simard et al.
2003). Interpolation blurs; an unsharp mask, chosen so that neighbouring samples differ as much as in the
originals, mends that.
"""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from aecodec.limits import PIXEL_MAX

ENOUGH = 220_000  # pictures, copies included
MOST_COPIES = 7
SHIFT = 0.5  # pixels, at most
TURN = math.radians(8)
SCALE, SHEAR = 0.08, 0.1
BEND = 0.8  # pixels, standard deviation of a smooth field's
KNOTS = 4  # of that field, each way
PART = 4096 * 784  # pixels warped at once
SAMPLE = 2_000  # pictures that the sharpness is fitted on, if so many are warped at once


def enough_copies(pictures: int) -> int:
    """Return how many copies of each picture bring their number to about ``ENOUGH``."""
    return max(0, min(MOST_COPIES, round(ENOUGH / pictures) - 1))


@torch.no_grad()
def warped(pictures: Tensor, copies: int, seed: int) -> Tensor:
    """Return ``copies`` of each of ``pictures`` (uint8 ``[N, 1, H, W]``), uint8 ``[copies * N, 1, H, W]``."""
    if not copies:
        return pictures[:0]
    own = pictures.cpu()  # so that every device makes the same
    generator = torch.Generator().manual_seed(seed)
    bend = partial(_bent, generator=generator)
    at_once = max(1, PART // own[0].numel())
    sample = own[: min(SAMPLE, at_once)]
    strength = _fitting_strength(sample, bend(sample))
    parts = [_grey(_sharpened(bend(part), strength)) for _ in range(copies) for part in torch.split(own, at_once)]
    return torch.cat(parts).to(pictures.device)


def _bent(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Return each picture under a random affine map and a smooth field of displacements; float, same shape."""
    count, _, height, width = pictures.shape

    def uniform(most: float) -> Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * most

    turn, shear, wide, high = uniform(TURN), uniform(SHEAR), uniform(SCALE).exp(), uniform(SCALE).exp()
    rows = [turn.cos() * wide, (shear - turn.sin()) * high * (height / width), uniform(SHIFT) * 2 / width]
    rows += [turn.sin() * wide * (width / height), turn.cos() * high, uniform(SHIFT) * 2 / height]
    affine = torch.stack(rows, 1).reshape(count, 2, 3)  # in the units of grid_sample, -1..1
    grid = F.affine_grid(affine, [count, 1, height, width], align_corners=False)  # [N, H, W, 2]
    knots = torch.randn(count, 2, KNOTS, KNOTS, generator=generator)
    field = F.interpolate(knots, (height, width), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    grid = grid + field * BEND * torch.tensor([2 / width, 2 / height])
    return F.grid_sample(pictures.float(), grid, mode="bicubic", padding_mode="border", align_corners=False)


def _sharpened(pictures: Tensor, strength: float) -> Tensor:
    """Sharpen by an unsharp mask with a binomial blur of 3 x 3."""
    weights = torch.tensor([1.0, 2.0, 1.0]) / 4
    blurred = F.conv2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), torch.outer(weights, weights)[None, None])
    return pictures + strength * (pictures - blurred)


def _grey(pictures: Tensor) -> Tensor:
    return pictures.round().clamp(0, PIXEL_MAX).to(torch.uint8)


def _roughness(pictures: Tensor) -> float:
    """Return the mean squared difference of neighbouring samples."""
    grey = pictures.float()
    return float(grey.diff(dim=-1).square().mean() + grey.diff(dim=-2).square().mean())


def _fitting_strength(pictures: Tensor, bent: Tensor) -> float:
    """Find the strength of the mask, 0 to 2, with which ``bent`` is as rough as ``pictures``, to 1/128."""
    low, high = 0.0, 2.0
    while high - low > 1 / 128:
        middle = (low + high) / 2
        is_smooth = _roughness(_grey(_sharpened(bent, middle))) < _roughness(pictures)
        low, high = (middle, high) if is_smooth else (low, middle)
    return low
