"""The networks of a small vector model: convolutions to latents at a few places and back, and a prior that looks at
neighbouring places.

All weights are shared by places, but for the prior's, most of which are 0. So a model of some 200 latents has a few
10,000 weights that a file must keep.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.limits import PIXEL_MAX, SYMBOL_MAX
from aecodec.train.exact_layers import Conv, Dense, ExactLayer
from aecodec.train.networks import Coder
from aecodec.train.own.vectors.widths import Widths
from aecodec.train.prior import Prior
from aecodec.train.prune import Ranges

WEIGHT_MOST = 31  # the largest weight in the file, which then takes some 5 bits when it is packed
RADIUS = 20  # largest symbol of the frequency tables until they are cut
UNITS = 2  # hidden units of the prior for each latent, in each layer
NEAR = (2, 1)  # places either way that the prior's first and second layer see
_LOUD = 6.0  # times the usual random weights: latents are many steps wide at first


class Analysis(nn.Module):
    """Pixels ``[B, 1, H, W]`` on the grid q/256 to latents ``[B, latents]``, not yet rounded."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        seen = (1, *widths.analysis)
        kernels = (5,) + (3,) * (widths.halvings - 1)
        self.convs = nn.ModuleList(
            Conv(before, after, kernel, 2, fraction_in=0 if number else 8)
            for number, ((before, after), kernel) in enumerate(zip(pairwise(seen), kernels, strict=True))
        )
        self.latent = Conv(seen[-1], widths.latents, 3, low=-SYMBOL_MAX, high=SYMBOL_MAX)
        with torch.no_grad():
            self.latent.weight.mul_(_LOUD)

    def layers(self) -> list[ExactLayer]:
        """Return them in the order of computation."""
        return [*cast("list[Conv]", list(self.convs)), self.latent]

    def forward(self, pixels: Tensor) -> Tensor:
        x = pixels
        for conv in self.convs:
            x = conv(x)
        return self.latent.accumulate(x).permute(0, 2, 3, 1).flatten(1)  # the engine's order


class Synthesis(nn.Module):
    """Symbols ``[B, latents]`` to pixels ``[B, 1, H, W]`` on the grid q/256: convolutions, and sub-pixel steps (Shi et
    al. 2016) so that no layer works at full resolution.
    """

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        self.grid = (*widths.grid, widths.latents)
        self.coarse = Conv(widths.latents, widths.coarse, 3, input_max=SYMBOL_MAX)
        self.ups = nn.ModuleList(Conv(a, 4 * b, 3) for a, b in pairwise((widths.coarse, *widths.fine)))
        self.fine = Conv(widths.fine[-1], widths.fine[-1], 3)
        self.pixels = Conv(widths.fine[-1], 4, 3, low=0, high=PIXEL_MAX, fraction_out=8)

    def layers(self) -> list[ExactLayer]:
        """Return them in the order of computation."""
        return [self.coarse, *cast("list[Conv]", list(self.ups)), self.fine, self.pixels]

    def forward(self, symbols: Tensor) -> Tensor:
        x = self.coarse(symbols.reshape(-1, *self.grid).permute(0, 3, 1, 2))
        for up in self.ups:
            x = F.pixel_shuffle(up(x), 2)
        acc = F.pixel_shuffle(self.pixels.accumulate(self.fine(x)), 2).float()
        grid = torch.floor(acc * 256 + 0.5) / 256 if self.pixels.integer else acc
        return acc + (grid.clamp(0, PIXEL_MAX / 256) - acc).detach()  # the gradient ignores the clip


class LocalPrior(Prior):
    """The prior, of latents at the places of a ``grid`` (rows, columns, latents of a place) in raster order. Each sees
    those before it at near places alone.
    """

    def __init__(self, grid: tuple[int, int, int], radius: int, units: int = UNITS) -> None:
        super().__init__(grid[0] * grid[1] * grid[2], radius, units, units)
        self.grid = grid
        for layer, near, inputs in ((self.first, NEAR[0], 1), (self.second, NEAR[1], units)):
            _narrow(layer, _close(grid, near).repeat_interleave(units, 0).repeat_interleave(inputs, 1))

    @torch.no_grad()
    def cut(self, ranges: Ranges) -> LocalPrior:
        """Return the same prior with tables for no other symbols than those in ``ranges`` of all latents."""
        new = LocalPrior(self.grid, min(self.radius, ranges.radius), self.units[0])
        kept = torch.arange(self.radius - new.radius, self.radius + new.radius + 1)
        kept = torch.cat([kept, torch.tensor([2 * self.radius + 1])])
        rows = (torch.arange(self.latents)[:, None] * (2 * self.radius + 2) + kept).flatten()
        for mine, theirs in ((new.first, self.first), (new.second, self.second)):
            mine.weight, mine.bias = theirs.weight, theirs.bias
        new.head.weight, new.head.bias = (nn.Parameter(each[rows]) for each in (self.head.weight, self.head.bias))
        new.low.copy_(torch.tensor(ranges.low))
        new.high.copy_(torch.tensor(ranges.high))
        return new


class Vectors(Coder):
    """Analysis, synthesis and prior."""

    analysis: Analysis
    synthesis: Synthesis
    prior: LocalPrior

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        self.widths = widths
        self.analysis, self.synthesis = Analysis(widths), Synthesis(widths)
        self.prior = LocalPrior((*widths.grid, widths.latents), RADIUS)

    def to_integer(self) -> None:
        """Switch to integer mode; weights become as small as a small file needs."""
        for chain in self.chains():
            for layer in chain:
                layer.weight_max = WEIGHT_MOST
        super().to_integer()


def _close(grid: tuple[int, int, int], near: int) -> Tensor:
    """Return 1 where two latents are at places at most ``near`` apart, else 0, float ``[latents, latents]``."""
    rows, columns, each = grid
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    apart = [(place.flatten()[:, None] - place.flatten()).abs() for place in (y, x)]
    return (torch.maximum(*apart) <= near).float().repeat_interleave(each, 0).repeat_interleave(each, 1)


@torch.no_grad()
def _narrow(layer: Dense, close: Tensor) -> None:
    """Let ``layer`` see no more than what is ``close``; its weights become as large as that asks for."""
    assert layer.mask is not None
    before = layer.mask.sum(1, keepdim=True).clamp_min(1)
    layer.mask = layer.mask * close
    layer.weight.mul_((before / layer.mask.sum(1, keepdim=True).clamp_min(1)).sqrt())
