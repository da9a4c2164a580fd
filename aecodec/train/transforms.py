"""Analysis and synthesis transform in PyTorch, of layers with two arithmetics."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.limits import ACTIVATION_MAX, PIXEL_MAX, SYMBOL_MAX
from aecodec.train.exact_layers import Conv, Dense, ExactLayer
from aecodec.train.widths import Widths

PARTIAL_MAX = 32_767  # of each of the two parts of a pixel, in 1/16 grey level


class Analysis(nn.Module):
    """Pixels ``[B, 1, H, W]`` on the grid q/256 to latents ``[B, latents]``, not yet rounded.

    The last dense layer sees the convolutions' features and the pixels themselves, so that a
    linear transform is there from the start and the convolutions learn what it cannot do.
    """

    def __init__(self, height: int, width: int, latents: int, widths: Widths):
        super().__init__()
        channels, hidden = widths
        self.area = height * width
        kernels = (5,) + (3,) * (len(channels) - 1)
        convs = []
        inputs, fraction = 1, 8
        for outputs, kernel in zip(channels, kernels, strict=True):
            convs.append(Conv(inputs, outputs, kernel, 2, fraction_in=fraction))
            inputs, fraction = outputs, 0
            height, width = (height + 1) // 2, (width + 1) // 2
        self.convs = nn.ModuleList(convs)
        flat = inputs * height * width
        self.hidden = Dense(flat, hidden) if hidden else None
        self.features = hidden or flat
        self.latent = Dense(self.features + self.area, latents, low=-SYMBOL_MAX, high=SYMBOL_MAX, fraction_in=8)

    def layers(self) -> list[ExactLayer]:
        """Return them in the order of computation."""
        hidden = [self.hidden] if self.hidden else []
        return [*cast("list[Conv]", list(self.convs)), *hidden, self.latent]

    def forward(self, pixels: Tensor) -> Tensor:
        x = pixels
        for conv in self.convs:
            x = conv(x)
        x = x.permute(0, 2, 3, 1).flatten(1)  # [B, H*W*C], the engine's order
        x = self.hidden(x) if self.hidden else x
        # In integer mode features lie on the grid q / 2**fraction_in; so must the pixels.
        grey = pixels.flatten(1) * 2.0 ** (8 - self.latent.fraction_in)
        with torch.autocast(pixels.device.type, enabled=False):
            return self.latent.accumulate(torch.cat([x.float(), grey], 1))

    def rescale_pixels(self) -> None:
        """Adapt the pixels' weights when ``latent.fraction_in`` leaves 8."""
        self.latent.weight[:, self.features :] *= 2.0 ** (self.latent.fraction_in - 8)


class Synthesis(nn.Module):
    """Symbols ``[B, latents]`` to pixels ``[B, 1, H, W]`` on the grid q/256.

    Dense layers to a grid of H/4 x W/4, a 3x3 convolution and a sub-pixel step (Shi et al. 2016), convolutions
    at H/2 x W/2, the last with another such step, so that no layer works at full resolution; plus a linear
    map of the symbols. Both end on a grid of 1/16 grey level before they are added. Channels are those of the
    coarse grid, and of the fine one before each of its convolutions.
    """

    def __init__(self, height: int, width: int, latents: int, widths: Widths):
        super().__init__()
        channels, hidden = widths
        coarse, *fine = channels
        self.grid = (height // 4, width // 4, coarse)
        spread = coarse * self.grid[0] * self.grid[1]
        self.hidden = Dense(latents, hidden, input_max=SYMBOL_MAX) if hidden else None
        self.spread = Dense(hidden or latents, spread, input_max=ACTIVATION_MAX if hidden else SYMBOL_MAX)
        self.middle = Conv(coarse, 4 * fine[0], 3)
        self.fine = nn.ModuleList([Conv(before, after, 3) for before, after in pairwise(fine)])
        self.pixels = Conv(fine[-1], 4, 3, low=-PARTIAL_MAX, high=PARTIAL_MAX, fraction_out=12)
        self.linear = Dense(
            latents, height * width, input_max=SYMBOL_MAX, low=-PARTIAL_MAX, high=PARTIAL_MAX, fraction_out=12
        )

    def layers(self) -> list[ExactLayer]:
        """Return the convolutional branch, in the order of computation."""
        hidden = [self.hidden] if self.hidden else []
        return [*hidden, self.spread, self.middle, *cast("list[Conv]", list(self.fine)), self.pixels]

    def forward(self, symbols: Tensor) -> Tensor:
        x = self.hidden(symbols) if self.hidden else symbols
        x = self.spread(x).reshape(-1, *self.grid)  # [B, H/4, W/4, C]
        x = F.pixel_shuffle(self.middle(x.permute(0, 3, 1, 2)), 2)  # [B, fine, H/2, W/2]
        for conv in self.fine:
            x = conv(x)
        acc = F.pixel_shuffle(self.pixels.accumulate(x), 2).float()
        with torch.autocast(symbols.device.type, enabled=False):
            linear = self.linear.accumulate(symbols).reshape(acc.shape)
        if self.pixels.integer:
            acc = self.pixels.requantize(acc) + self.linear.requantize(linear)
            grid = torch.floor(acc * 256 + 0.5) / 256
        else:
            acc = grid = acc + linear
        return acc + (grid.clamp(0, PIXEL_MAX / 256) - acc).detach()  # the gradient ignores the clip
