"""Classes of scale, the bits that symbols take, and what they are weighed against."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from aecodec.train.grid.layers import FRACTION

OCTAVE = 96  # units of a log-scale and of a log-gain in a factor of two
CLASSES = 64  # of scales: 0 is not coded, 1 has a standard deviation of 1/8, each next one is larger by 2**(1/6)
CLASS_UNITS = 16  # units of a log-scale from one class to the next
CLASS_OFFSET = 3 * OCTAVE + CLASS_UNITS + CLASS_UNITS // 2
LEAST_LAMBDA = 0.0004  # of quality 0; it doubles every ten qualities


def octaves(scale: Tensor) -> Tensor:
    """A log-scale as the networks give it, whose grid is 1/96 octave, in octaves."""
    return scale * (2.0**FRACTION / OCTAVE)


def class_of(scale: Tensor) -> Tensor:
    """The log2 of the deviation of the class that ``scale``, log2 of a deviation, falls into; straight-through."""
    units = torch.floor(scale * OCTAVE + 0.5)
    number = torch.floor((units + CLASS_OFFSET) / CLASS_UNITS).clamp(0, CLASSES - 1)
    return scale + ((number - 1) * CLASS_UNITS / OCTAVE - 3 - scale).detach()


def symbol_bits(values: Tensor, scale: Tensor) -> Tensor:
    """-log2 of what a normal distribution of log2-deviation ``scale`` gives to the unit interval around each value."""
    deviation = torch.exp2(scale.clamp(-4.0, 8.0))
    away = values.abs()
    upper = torch.special.ndtr((0.5 - away) / deviation)
    lower = torch.special.ndtr((-0.5 - away) / deviation)
    likely = (upper - lower).clamp_min(1e-9)
    # Far out the likelihood is flat; a slope there leads back.
    return -torch.log2(likely) + 0.1 * F.relu(away / deviation - 6)


def lambda_of(quality: Tensor) -> Tensor:
    """The weight of MSE (samples 0..255) against bits a pixel at ``quality``."""
    return LEAST_LAMBDA * torch.exp2(quality / 10)
