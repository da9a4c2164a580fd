"""Autoregressive prior over symbols in PyTorch."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.limits import SYMBOL_MAX
from aecodec.train.exact_layers import Dense, ExactLayer, Head


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

    def with_units(self, first: int, second: int) -> Prior:
        """Make new hidden units under the same static tables."""
        new = Prior(self.latents, self.radius, first, second)
        new.head.bias = self.head.bias
        return new

    def layers(self) -> list[ExactLayer]:
        """Return them in the order of computation."""
        return [self.first, self.second, self.head]

    @torch.no_grad()
    def fit_tables(self, counts: Tensor) -> None:
        """Set the static part of the logits to ``counts`` of symbols, ``[latents, 2*radius + 1]``."""
        share = (counts.double() + 0.02) / (counts.double() + 0.02).sum(1, keepdim=True)
        escape = torch.full_like(share[:, :1], float(share.min()))
        self.head.bias.copy_(torch.log2(torch.cat([share, escape], 1)).flatten())

    def valid(self) -> Tensor:
        """Return which table entries exist, bool ``[latents, entries]``."""
        symbol = torch.arange(-self.radius, self.radius + 2, device=self.low.device)
        inside = (symbol >= self.low[:, None]) & (symbol <= self.high[:, None])
        inside[:, -1] = (self.low > -self.radius) | (self.high < self.radius) | self.head.integer
        return inside

    def costs(self, symbols: Tensor) -> Tensor:
        """Return bits of every table entry given the symbols before it, ``[B, latents, entries]``."""
        if self.factorized:  # contexts unused: one table a latent, [latents, entries]
            logits = self.head.bias.reshape(self.latents, -1)
        else:
            logits = self.head(self.second(self.first(symbols)))
        logits = logits.masked_fill(~self.valid(), -60.0)
        return F.log_softmax(logits * math.log(2.0), -1) * (-1 / math.log(2.0))

    def bits(self, latents: Tensor, symbols: Tensor) -> Tensor:
        """Return the rate of real-valued latents given hard contexts, bits ``[B, latents]``.

        Linear between the two neighbouring integers: the expected rate of
        stochastic rounding, and a gradient that tells which neighbour is cheaper.
        """
        costs = self.costs(symbols)
        y = latents.clamp(-SYMBOL_MAX, SYMBOL_MAX)
        below = torch.floor(y.detach())
        share = y - below
        return (1 - share) * self._cost(costs, below) + share * self._cost(costs, below + 1)

    def cost_of(self, costs: Tensor, symbols: Tensor) -> Tensor:
        """Return bits of ``symbols`` ``[B, latents]`` within the tables that ``costs`` came from; infinite outside."""
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
