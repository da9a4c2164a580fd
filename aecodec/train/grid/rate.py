"""Classes of scale, the bits that symbols take, and what they are weighed against."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from aecodec.train.grid.convolutions import FRACTION

OCTAVE = 96  # units of a log-scale and of a log-gain in a factor of two
CLASSES = 64  # of scales: 0 is not coded, 1 has a standard deviation of 1/8, each next one is larger by 2**(1/6)
CLASS_UNITS = 16  # units of a log-scale from one class to the next
CLASS_OFFSET = 3 * OCTAVE + CLASS_UNITS + CLASS_UNITS // 2
# Symbols have a sharp peak and long tails: of each distribution a small share is far wider than the rest. Both parts
# are Laplace distributions; their widths count deviations of the whole, and make that 1.
WIDE_SHARE, WIDER = 0.05, 6.0
_NARROW = ((1 - WIDE_SHARE) + WIDE_SHARE * WIDER**2) ** -0.5
LEAST_LAMBDA = 0.0004  # of quality 0; it doubles every ten qualities


def octaves(scale: Tensor) -> Tensor:
    """Return a log-scale as the networks give it, whose grid is 1/96 octave, in octaves."""
    return scale * (2.0**FRACTION / OCTAVE)


def class_of(scale: Tensor) -> Tensor:
    """Return the log2 of the deviation of the class that ``scale``, log2 of a deviation, falls into;
    straight-through.
    """
    units = torch.floor(scale * OCTAVE + 0.5)
    number = torch.floor((units + CLASS_OFFSET) / CLASS_UNITS).clamp(0, CLASSES - 1)
    return scale + ((number - 1) * CLASS_UNITS / OCTAVE - 3 - scale).detach()


def symbol_bits(values: Tensor, scale: Tensor) -> Tensor:
    """Return -log2 of what a distribution of log2-deviation ``scale`` gives to the unit interval around each value."""
    deviation = torch.exp2(scale.clamp(-4.0, 8.0))
    away = values.abs()
    near, far = deviation * (_NARROW / math.sqrt(2)), deviation * (_NARROW * WIDER / math.sqrt(2))
    likely = (1 - WIDE_SHARE) * _around(away, near) + WIDE_SHARE * _around(away, far)
    # Far out the likelihood is flat; a slope there leads back.
    return -torch.log2(likely.clamp_min(1e-9)) + 0.1 * F.relu(away / deviation - 25)


def _around(away: Tensor, width: Tensor) -> Tensor:
    """Return what a Laplace distribution of ``width`` gives to the unit interval around a value so far ``away``."""
    inside = 1 - torch.exp(-0.5 / width) * torch.cosh(away.clamp(max=0.5) / width)
    outside = torch.exp((0.5 - away.clamp(min=0.5)) / width) * (-0.5 * torch.expm1(-1 / width))
    return torch.where(away < 0.5, inside, outside)


def share_below(edge: float, deviation: float) -> float:
    """Return the same distribution's share below ``edge``."""
    found = 0.0
    for share, width in ((1 - WIDE_SHARE, _NARROW), (WIDE_SHARE, _NARROW * WIDER)):
        tail = 0.5 * math.exp(-abs(edge) * math.sqrt(2) / (width * deviation))
        found += share * (tail if edge < 0 else 1 - tail)
    return found


def lambda_of(quality: Tensor) -> Tensor:
    """Return the weight of MSE (samples 0..255) against bits a pixel at ``quality``."""
    return LEAST_LAMBDA * torch.exp2(quality / 10)
