"""A grid of latents as a whole: transforms, prior and gains, from pixels to bits and pixels again.

One model serves all qualities: gains scale the latents channel by channel before they are rounded (Cui et al. 2021).
Means and log-scales are those of the latents before that, so that no network needs to know the gains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from aecodec.train.exact_layers import round_ste
from aecodec.train.grid.convolutions import FRACTION, QUALITY_MAX, WIDE_MAX, Layer
from aecodec.train.grid.cosines import cosines
from aecodec.train.grid.prior import HyperAnalysis, HyperSynthesis, Interlaced, Slice
from aecodec.train.grid.rate import OCTAVE, class_of, octaves, symbol_bits
from aecodec.train.grid.transforms import Analysis, Synthesis
from aecodec.train.grid.widths import Widths

ANCHORS = 11  # qualities 0, 10, ..., 100 at which gains are learned
GAIN_MAX = 8.0  # of a log2 of a gain, either way, as a model file allows it


@dataclass
class Seen:
    """A forward pass: pixels, and bits of each picture for latents and for hyper-latents, ``[B]``."""

    pixels: Tensor
    bits: Tensor
    hyper_bits: Tensor


class Grid(nn.Module):
    """All networks and gains of one model."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        self.widths = widths
        self.analysis, self.synthesis = Analysis(widths), Synthesis(widths)
        self.hyper_analysis, self.hyper_synthesis = HyperAnalysis(widths), HyperSynthesis(widths)
        self.slices = nn.ModuleList(
            Slice(widths, number) if number or not widths.octaves else Interlaced(widths)
            for number in range(len(widths.latents))
        )
        # log2 of the gains by anchor and channel; a step is 2**-gain.
        octaves = torch.linspace(0.3, 4.6, ANCHORS)[:, None]
        self.gains = nn.Parameter(octaves.repeat(1, widths.total))
        self.hyper_gains = nn.Parameter(torch.linspace(0.0, 2.0, ANCHORS)[:, None].repeat(1, widths.hyper_latents))
        self.hyper_means = nn.Parameter(torch.zeros(widths.hyper_latents))
        self.hyper_scales = nn.Parameter(torch.zeros(widths.hyper_latents))  # log2
        self.integer = False
        self._begin_linear()

    @torch.no_grad()
    def _begin_linear(self) -> None:
        """Begin the linear paths as a cosine transform of overlapping blocks and its inverse: mostly grey and
        coarse ones first.
        """
        basis = cosines(self.widths.total)  # [total, 768], orthonormal
        self.analysis.last.weights[1].copy_(basis[:, :, None, None])
        self.analysis.last.weights[0].mul_(0.1)
        self.synthesis.linear.weights[0].copy_(basis.T[:, :, None, None])

    def layers(self) -> Iterator[tuple[str, Layer]]:
        """Return every layer and its name in a model file."""
        return ((name, module) for name, module in self.named_modules() if isinstance(module, Layer))

    def parts(self) -> Iterator[Slice | Interlaced]:
        """Return the context model, slice by slice."""
        return (each for each in self.slices if isinstance(each, Slice | Interlaced))

    @torch.no_grad()
    def hold(self) -> None:
        """Keep gains within what a model file allows. Those of channels that are never used drift."""
        for each in (self.gains, self.hyper_gains):
            each.clamp_(-GAIN_MAX, GAIN_MAX)

    def set_integer(self, integer: bool, exact: bool = False) -> None:
        """Choose the arithmetic; ``exact`` carries sums in float64, where float32 might round them."""
        self.integer = integer
        for _, layer in self.layers():
            layer.integer, layer.exact = integer, exact
        for each in (self.analysis.prefilter, self.synthesis.postfilter):
            each.integer = integer

    def gain(self, quality: Tensor, gains: Tensor) -> Tensor:
        """Return log2 of the gains at ``quality`` ``[B]``, ``[B, channels, 1, 1]``: linear between anchors."""
        place = quality * (ANCHORS - 1) / QUALITY_MAX
        left = place.floor().clamp(0, ANCHORS - 2).long()
        if self.integer:  # in whole units, as aecodec.grid.gains has them: halves must be halves
            distance = QUALITY_MAX // (ANCHORS - 1)
            units, part = round_ste(gains * OCTAVE), (quality - left * distance)[:, None]
            found = round_ste((units[left] * (distance - part) + units[left + 1] * part) / distance) / OCTAVE
        else:
            part = (place - left)[:, None]
            found = gains[left] * (1 - part) + gains[left + 1] * part
        return found[:, :, None, None]

    def forward(self, pixels: Tensor, quality: Tensor, noise: torch.Generator | None = None) -> Seen:
        """Compute all parts: ``pixels`` ``[B, 3, H, W]``, (p - 128) / 128; ``quality`` ``[B]``, 0..100.

        With ``noise`` rates are those of latents with noise in place of rounding, which have a gradient; else those of
        the rounded ones.
        """
        latents = self.analysis(pixels)
        size = latents.shape[2], latents.shape[3]
        hyper_gain = self.gain(quality, self.hyper_gains)
        means = self.hyper_means[None, :, None, None]
        scales = self.hyper_scales[None, :, None, None] + hyper_gain
        hyper, hyper_bits = self._round(self.hyper_analysis(latents, quality), means, scales, hyper_gain, noise)
        features = self.hyper_synthesis(hyper, quality, size)
        gain = self.gain(quality, self.gains)
        rounded, bits = self.code(latents, features, gain, quality, noise)
        return Seen(self.synthesis(rounded, quality), bits, hyper_bits)

    def code(
        self, latents: Tensor, features: Tensor, gain: Tensor, quality: Tensor, noise: torch.Generator | None
    ) -> tuple[Tensor, Tensor]:
        """Return the latents as a decoder has them, and their bits ``[B]``."""
        known, total = latents[:, :0], latents.new_zeros(len(latents))
        for part in self.parts():
            own = slice(known.shape[1], known.shape[1] + part.own)

            def code(
                values: Tensor, mean: Tensor, scale: Tensor, mask: Tensor | None, gain: Tensor = gain[:, own]
            ) -> tuple[Tensor, Tensor]:
                return self._round(values, mean, octaves(scale) + gain, gain, noise, mask)

            coded, bits = part.walk(latents[:, own], features, known, quality, code)
            known, total = torch.cat([known, coded], 1), total + bits
        return known, total

    def _round(
        self,
        values: Tensor,
        mean: Tensor,
        scale: Tensor,
        gain: Tensor,
        noise: torch.Generator | None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return values as a decoder has them, and bits ``[B]`` of those under ``mask``;
        ``scale`` is log2 of the deviation in steps, ``gain`` log2 of how many steps are in 1.
        """
        factor = torch.exp2(gain)
        exact = (values - mean) * factor
        if self.integer:
            scale = class_of(scale)
            mean = round_ste(mean * 2.0**FRACTION) / 2.0**FRACTION
        coded = (scale > -3 - 1 / 12).to(values)  # class 1 and above
        symbols = round_ste(exact) * coded
        seen = symbols if noise is None else exact + torch.rand(exact.shape, generator=noise, device=exact.device) - 0.5
        bits = symbol_bits(seen, scale) * (coded if noise is None else 1.0)
        if mask is not None:
            bits = bits * mask
        step = symbols / factor
        if self.integer:
            step = round_ste(step * 2.0**FRACTION) / 2.0**FRACTION
        limit = WIDE_MAX / 2.0**FRACTION
        return (mean + step).clamp(-limit, limit), bits.sum((1, 2, 3))


@contextmanager
def live_channels(model: Grid) -> Iterator[dict[str, Tensor]]:
    """Give which channels of each layer with a ReLU are above 0 anywhere in what
    ``model`` sees meanwhile: bool ``[outputs]``.

    The first layers of checkerboards are left out, whose sums are made in two parts, and interlaced slices, whose
    coarse steps see few places.
    """
    found: dict[str, Tensor] = {}

    def looking(name: str) -> Callable[[nn.Module, Any, Tensor], None]:
        def look(layer: nn.Module, given: Any, out: Tensor) -> None:
            live = (out > 0).flatten(2).any(2).any(0)
            found[name] = found[name] | live if name in found else live

        return look

    few = {layer for part in model.parts() if isinstance(part, Interlaced) for layer in part.modules()}
    hooks = [
        layer.register_forward_hook(looking(name)) for name, layer in model.layers() if layer.relu and layer not in few
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
