"""Analysis transform, synthesis transform and autoregressive prior in PyTorch, of layers with two arithmetics."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.limits import ACTIVATION_MAX, PIXEL_MAX, SYMBOL_MAX
from aecodec.train.layers import Conv, Dense, ExactLayer, Head, round_ste

PARTIAL_MAX = 32_767  # of each of the two parts of a pixel, in 1/16 grey level
CHECK_GREY = (256 / 255) ** 2  # the networks' grid is q/256, figures are on q/255
OUTSIDE_COST = 2.0  # bits for each step of a latent beyond the largest symbol


class Analysis(nn.Module):
    """Pixels ``[B, 1, H, W]`` on the grid q/256 to latents ``[B, latents]``, not yet rounded.

    The last dense layer sees the convolutions' features and the pixels themselves, so that a
    linear transform is there from the start and the convolutions learn what it cannot do.
    """

    def __init__(self, height: int, width: int, latents: int, channels: tuple[int, ...], hidden: int):
        super().__init__()
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
        """In the order of computation."""
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

    Dense layers to a grid of H/4 x W/4, then two 3x3 convolutions, each with a sub-pixel
    step after it (Shi et al. 2016), so that no layer works at full resolution; plus a linear
    map of the symbols. Both end on a grid of 1/16 grey level before they are added.
    """

    def __init__(self, height: int, width: int, latents: int, channels: tuple[int, int], hidden: int):
        super().__init__()
        coarse, fine = channels
        self.grid = (height // 4, width // 4, coarse)
        spread = coarse * self.grid[0] * self.grid[1]
        self.hidden = Dense(latents, hidden, input_max=SYMBOL_MAX) if hidden else None
        self.spread = Dense(hidden or latents, spread, input_max=ACTIVATION_MAX if hidden else SYMBOL_MAX)
        self.middle = Conv(coarse, 4 * fine, 3)
        self.pixels = Conv(fine, 4, 3, low=-PARTIAL_MAX, high=PARTIAL_MAX, fraction_out=12)
        self.linear = Dense(
            latents, height * width, input_max=SYMBOL_MAX, low=-PARTIAL_MAX, high=PARTIAL_MAX, fraction_out=12
        )

    def layers(self) -> list[ExactLayer]:
        """The convolutional branch, in the order of computation."""
        hidden = [self.hidden] if self.hidden else []
        return [*hidden, self.spread, self.middle, self.pixels]

    def forward(self, symbols: Tensor) -> Tensor:
        x = self.hidden(symbols) if self.hidden else symbols
        x = self.spread(x).reshape(-1, *self.grid)  # [B, H/4, W/4, C]
        x = F.pixel_shuffle(self.middle(x.permute(0, 3, 1, 2)), 2)  # [B, fine, H/2, W/2]
        acc = F.pixel_shuffle(self.pixels.accumulate(x), 2).float()
        with torch.autocast(symbols.device.type, enabled=False):
            linear = self.linear.accumulate(symbols).reshape(acc.shape)
        if self.pixels.integer:
            acc = self.pixels.requantize(acc) + self.linear.requantize(linear)
            grid = torch.floor(acc * 256 + 0.5) / 256
        else:
            acc = grid = acc + linear
        return acc + (grid.clamp(0, PIXEL_MAX / 256) - acc).detach()  # the gradient ignores the clip


class Prior(nn.Module):
    """Autoregressive prior over symbols: a masked network of two hidden layers
    (Germain et al. 2015) and, for each latent, a small head of its own.

    Hidden group *i* of the first layer sees symbols 0..i; group *j* of the second
    sees groups 0..j-1 of the first, and alone feeds the logits of latent *j*. Logits
    are base 2, ``[B, latents, 2*radius + 2]``: symbols -radius..radius, then escape.
    """

    low: Tensor
    high: Tensor

    def __init__(self, latents: int, radius: int, first: int, second: int) -> None:
        super().__init__()
        self.latents, self.radius = latents, radius
        self.units = (first, second)
        step = torch.arange(latents)
        before_first = (step.repeat_interleave(first)[:, None] >= step[None, :]).float()
        before_second = (step.repeat_interleave(second)[:, None] > step.repeat_interleave(first)[None, :]).float()
        self.first = Dense(latents, latents * first, before_first, input_max=SYMBOL_MAX)
        self.second = Dense(latents * first, latents * second, before_second)
        entries = 2 * radius + 2
        self.head = Head(latents, entries, second)
        self.factorized = False
        self.register_buffer("low", torch.full((latents,), -radius))
        self.register_buffer("high", torch.full((latents,), radius))
        with torch.no_grad():
            decay = -0.35 * (torch.arange(entries) - radius).abs().float()
            self.head.bias.copy_(decay.repeat(latents))

    def layers(self) -> list[ExactLayer]:
        """In the order of computation."""
        return [self.first, self.second, self.head]

    @torch.no_grad()
    def fit_tables(self, counts: Tensor) -> None:
        """Set the static part of the logits to ``counts`` of symbols, ``[latents, 2*radius + 1]``."""
        share = (counts.double() + 0.02) / (counts.double() + 0.02).sum(1, keepdim=True)
        escape = torch.full_like(share[:, :1], float(share.min()))
        self.head.bias.copy_(torch.log2(torch.cat([share, escape], 1)).flatten())

    def valid(self) -> Tensor:
        """Which table entries exist, bool ``[latents, entries]``."""
        symbol = torch.arange(-self.radius, self.radius + 2, device=self.low.device)
        inside = (symbol >= self.low[:, None]) & (symbol <= self.high[:, None])
        inside[:, -1] = (self.low > -self.radius) | (self.high < self.radius) | self.head.integer
        return inside

    def costs(self, symbols: Tensor) -> Tensor:
        """Bits of every table entry given the symbols before it, ``[B, latents, entries]``."""
        if self.factorized:  # contexts unused: one table a latent, [latents, entries]
            logits = self.head.bias.reshape(self.latents, -1)
        else:
            logits = self.head(self.second(self.first(symbols)))
        logits = logits.masked_fill(~self.valid(), -60.0)
        return F.log_softmax(logits * math.log(2.0), -1) * (-1 / math.log(2.0))

    def bits(self, latents: Tensor, symbols: Tensor) -> Tensor:
        """Rate of real-valued latents given hard contexts, bits ``[B, latents]``.

        Linear between the two neighbouring integers: the expected rate of
        stochastic rounding, and a gradient that tells which neighbour is cheaper.
        """
        costs = self.costs(symbols)
        y = latents.clamp(-SYMBOL_MAX, SYMBOL_MAX)
        below = torch.floor(y.detach())
        share = y - below
        return (1 - share) * self._cost(costs, below) + share * self._cost(costs, below + 1)

    def cost_of(self, costs: Tensor, symbols: Tensor) -> Tensor:
        """Bits of ``symbols`` ``[B, latents]`` within the tables that ``costs`` came from; infinite outside."""
        index = (symbols + self.radius).clamp(0, 2 * self.radius).long()
        bits = costs.gather(-1, index[..., None])[..., 0]
        return bits.masked_fill((symbols < self.low) | (symbols > self.high), math.inf)

    def _cost(self, costs: Tensor, symbols: Tensor) -> Tensor:
        outside = torch.maximum(self.low - symbols, symbols - self.high)  # > 0 beyond the table
        index = (symbols + self.radius).clamp(0, 2 * self.radius).long()
        index = torch.where(outside > 0, 2 * self.radius + 1, index)
        bits = costs.gather(1, index.T).T if self.factorized else costs.gather(-1, index[..., None])[..., 0]
        golomb = 2 * torch.floor(torch.log2(outside.clamp_min(1))) + 2
        return bits + torch.where(outside > 0, golomb, 0.0)


class Autoencoder(nn.Module):
    """Analysis, synthesis and prior of one model, with its arithmetic switch."""

    def __init__(
        self,
        height: int,
        width: int,
        latents: int,
        *,
        analysis_channels: tuple[int, ...],
        synthesis_channels: tuple[int, int],
        analysis_hidden: int,
        synthesis_hidden: int,
        radius: int,
        prior_units: tuple[int, int],
    ) -> None:
        super().__init__()
        self.analysis = Analysis(height, width, latents, analysis_channels, analysis_hidden)
        self.synthesis = Synthesis(height, width, latents, synthesis_channels, synthesis_hidden)
        self.prior = Prior(latents, radius, *prior_units)

    def chains(self) -> tuple[list[ExactLayer], ...]:
        """The sequences of layers whose grids must meet."""
        analysis, synthesis = self.analysis.layers(), self.synthesis.layers()
        return analysis, synthesis, [self.synthesis.linear], self.prior.layers()

    def to_integer(self) -> None:
        """Switch to integer mode with the grids that were observed in float mode."""
        for chain in self.chains():
            for layer in chain[:-1]:
                layer.calibrate()
        self.set_fractions([[layer.fraction_out for layer in chain] for chain in self.chains()])
        with torch.no_grad():
            self.analysis.rescale_pixels()
        self.set_integer(True)

    @torch.no_grad()
    def begin_linear(self, pixels: Tensor, gain: float) -> None:
        """Start as principal components of ``pixels`` (``[N, 1, H, W]``, q/256), scaled by ``gain``
        or so that symbols stay in the tables; the convolutions begin small.
        """
        flat = pixels.flatten(1).double()
        mean = flat.mean(0)
        flat = flat - mean
        values, vectors = torch.linalg.eigh(flat.T @ flat / len(flat))  # ascending
        latents = self.prior.latents
        basis = vectors.flip(1)[:, :latents].T.float()  # [latents or fewer, area]
        basis = F.pad(basis, (0, 0, 0, latents - len(basis)))
        spread = values.flip(0)[:latents].clamp_min(1e-9).sqrt().float()
        spread = F.pad(spread, (0, latents - len(spread)), value=1.0)
        scale = (self.prior.radius / (3 * spread)).clamp_max(gain)[:, None]
        latent, linear = self.analysis.latent, self.synthesis.linear
        latent.weight.mul_(0.1)
        latent.weight[:, self.analysis.features :] = basis * scale
        latent.bias.copy_(-(basis @ mean.float()) * scale[:, 0])
        linear.weight.copy_((basis / scale).T)
        linear.bias.copy_(mean)
        self.synthesis.pixels.weight.mul_(0.1)

    def set_fractions(self, fractions: list[list[int]]) -> None:
        """Set every layer's output grid, and with it the next one's input grid."""
        for chain, bits in zip(self.chains(), fractions, strict=True):
            for layer, fraction in zip(chain, bits, strict=True):
                layer.fraction_out = fraction
            for before, after in pairwise(chain):
                after.fraction_in = before.fraction_out

    def set_integer(self, integer: bool) -> None:
        """Choose the arithmetic of every layer."""
        for chain in self.chains():
            for layer in chain:
                layer.integer = integer

    @contextmanager
    def holding(self) -> Iterator[None]:
        """While the weights stay as they are, their exponents are computed only once."""
        self._set_holding(True)
        try:
            yield
        finally:
            self._set_holding(False)

    def _set_holding(self, holding: bool) -> None:
        for chain in self.chains():
            for layer in chain:
                layer.holding, layer.held = holding, None

    def set_observing(self, observing: bool) -> None:
        """Record activations for :meth:`to_integer`."""
        for chain in self.chains():
            for layer in chain:
                layer.observing = observing

    def _clipped(self, latents: Tensor) -> Tensor:
        limit = SYMBOL_MAX if self.prior.head.integer else self.prior.radius
        return latents.clamp(-limit, limit)

    def code(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """As :meth:`forward`, with the bits that the hard symbols take."""
        symbols = round_ste(self._clipped(self.analysis(pixels).float()))
        return self.synthesis(symbols), self.prior.bits(symbols, symbols)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels ``[B, 1, H, W]`` (q/256) to reconstruction and bits ``[B, latents]``.

        Hard symbols reach synthesis and contexts; gradients pass straight through.
        """
        latents = self.analysis(pixels).float()
        inside = self._clipped(latents)
        symbols = round_ste(inside)
        excess = OUTSIDE_COST * (latents - inside).abs()
        return self.synthesis(symbols), self.prior.bits(inside, symbols) + excess
