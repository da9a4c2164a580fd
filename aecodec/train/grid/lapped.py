"""Filters across the borders of blocks, with gradients, as :mod:`aecodec.grid.lapped` computes them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aecodec.limits import GRID_SIDE
from aecodec.train.exact_layers import round_ste
from aecodec.train.grid.convolutions import PIXEL_FRACTION, WIDE_MAX

HALF = GRID_SIDE // 2
BITS = 12  # of the fraction of a filter's weights, as the engine has them
LARGEST = (1 << 15) - 1  # of a weight, in units of that
GAIN = 1.4  # of what is odd about a border: of a few tried, best for samples whose neighbours correlate by 0.95


class Lapped(nn.Module):
    """One filter: a matrix over the eight samples before a border of blocks and the eight behind it.

    Both arithmetics, like :class:`aecodec.train.grid.convolutions.Layer`; values are on the grid of pixels.
    """

    def __init__(self, begin: Tensor) -> None:
        super().__init__()
        self.matrix = nn.Parameter(begin.float())
        self.integer = False

    def weights(self) -> Tensor:
        """Return ``[16, 16]``, on their grid in integer mode."""
        if not self.integer:
            return self.matrix
        return round_ste(self.matrix * 2.0**BITS).clamp(-LARGEST, LARGEST) / 2.0**BITS

    def forward(self, samples: Tensor) -> Tensor:
        """Filter ``[B, C, H, W]``, sides multiples of 16: across the borders of columns, then of rows."""
        with torch.autocast(samples.device.type, enabled=False):
            weights = self.weights()
            turned = self._across_columns(samples.to(weights), weights).transpose(2, 3)
            return self._across_columns(turned, weights).transpose(2, 3)

    def _across_columns(self, samples: Tensor, weights: Tensor) -> Tensor:
        batch, channels, height, width = samples.shape
        if width == GRID_SIDE:
            return samples
        near = samples[..., HALF:-HALF].reshape(batch, channels, height, width // GRID_SIDE - 1, GRID_SIDE) @ weights.T
        if self.integer:
            grid = 2.0**PIXEL_FRACTION
            near = (round_ste(near * grid) / grid).clamp(-WIDE_MAX / grid, WIDE_MAX / grid)
        return torch.cat([samples[..., :HALF], near.flatten(-2), samples[..., -HALF:]], -1)


def prefilter() -> Tensor:
    """Return the matrix of Tran, Liang and Tu (2003, type II), float64 ``[16, 16]``, as which a model's filters begin.

    Sums and differences of samples that lie opposite each other; differences turned, and the smoothest of them widened.
    """
    same = torch.eye(HALF, dtype=torch.float64)
    opposite = same.flip(0)
    place = torch.arange(HALF, dtype=torch.float64)
    second = torch.cos(torch.pi * (2 * place[None] + 1) * place[:, None] / (2 * HALF))
    second /= second.norm(dim=1, keepdim=True)
    fourth = torch.cos(torch.pi * (2 * place[None] + 1) * (2 * place[:, None] + 1) / (4 * HALF)) * (2 / HALF) ** 0.5
    widened = torch.ones(HALF, dtype=torch.float64)
    widened[0] = GAIN
    turn = opposite @ second.T @ widened.diag() @ fourth @ opposite
    butterfly = torch.cat([torch.cat([same, opposite], 1), torch.cat([opposite, -same], 1)]) / 2**0.5
    turned = torch.eye(GRID_SIDE, dtype=torch.float64)
    turned[HALF:, HALF:] = turn
    return butterfly @ turned @ butterfly
