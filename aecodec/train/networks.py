"""The networks of one model together: analysis transform, synthesis transform, autoregressive prior."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.limits import SYMBOL_MAX
from aecodec.train.exact_layers import ExactLayer, round_ste
from aecodec.train.prior import Prior
from aecodec.train.transforms import Analysis, Synthesis
from aecodec.train.widths import Widths

CHECK_GREY = (256 / 255) ** 2  # the networks' grid is q/256, figures are on q/255
OUTSIDE_COST = 2.0  # bits for each step of a latent beyond the largest symbol


@dataclass(frozen=True)
class Shape:
    """The sizes of a model's networks: ``height`` and ``width`` are in pixels, ``radius`` is the largest symbol of
    the frequency tables, ``prior_units`` are the hidden units of the prior for each latent, by layer.
    """

    height: int
    width: int
    latents: int
    analysis: Widths
    synthesis: Widths
    radius: int
    prior_units: tuple[int, int] = (1, 1)


class Transform(Protocol):
    """Half of a coder: pixels to latents, or symbols to pixels."""

    def layers(self) -> list[ExactLayer]:
        """Return them in the order of computation."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return what it learns."""

    def __call__(self, x: Tensor) -> Tensor: ...


class Coder(nn.Module):
    """Analysis, synthesis and prior of one model, with its arithmetic switch."""

    analysis: Transform
    synthesis: Transform
    prior: Prior

    def chains(self) -> tuple[list[ExactLayer], ...]:
        """Return the sequences of layers whose grids must meet."""
        return self.analysis.layers(), self.synthesis.layers(), self.prior.layers()

    @property
    def integer(self) -> bool:
        """Whether the layers compute in integers."""
        return self.prior.head.integer

    def to_integer(self) -> None:
        """Switch to integer mode with the grids that were observed in float mode."""
        for chain in self.chains():
            for layer in chain[:-1]:
                layer.calibrate()
        self.set_fractions([[layer.fraction_out for layer in chain] for chain in self.chains()])
        self.set_integer(True)

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
        """Compute exponents only once, while the weights stay as they are."""
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
        limit = SYMBOL_MAX if self.integer else self.prior.radius
        return latents.clamp(-limit, limit)

    def code(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Do as :meth:`forward`, with the bits that the hard symbols take."""
        symbols = round_ste(self._clipped(self.analysis(pixels).float()))
        return self.synthesis(symbols), self.prior.bits(symbols, symbols)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Turn pixels ``[B, 1, H, W]`` (q/256) into reconstruction and bits ``[B, latents]``.

        Hard symbols reach synthesis and contexts; gradients pass straight through.
        """
        latents = self.analysis(pixels).float()
        inside = self._clipped(latents)
        symbols = round_ste(inside)
        excess = OUTSIDE_COST * (latents - inside).abs()
        return self.synthesis(symbols), self.prior.bits(inside, symbols) + excess


class Autoencoder(Coder):
    """The coder whose latents are of whole pictures, each seen by dense layers."""

    analysis: Analysis
    synthesis: Synthesis

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.analysis = Analysis(shape.height, shape.width, shape.latents, shape.analysis)
        self.synthesis = Synthesis(shape.height, shape.width, shape.latents, shape.synthesis)
        self.prior = Prior(shape.latents, shape.radius, *shape.prior_units)

    def chains(self) -> tuple[list[ExactLayer], ...]:
        """Return the sequences of layers whose grids must meet."""
        analysis, synthesis = self.analysis.layers(), self.synthesis.layers()
        return analysis, synthesis, [self.synthesis.linear], self.prior.layers()

    def to_integer(self) -> None:
        """Switch to integer mode with the grids that were observed in float mode."""
        super().to_integer()
        with torch.no_grad():
            self.analysis.rescale_pixels()

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
