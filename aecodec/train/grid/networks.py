"""The networks of a grid of latents: analysis g_a and synthesis g_s, hyper-analysis h_a and hyper-synthesis h_s, and
the context model (Ballé et al. 2018, Minnen et al. 2018; the checkerboard and uneven slices of He et al. 2021, 2022).

One model serves all qualities: gains scale the latents channel by channel before they are rounded (Cui et al. 2021).
Means and log-scales are those of the latents before that, so that no network needs to know the gains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.train.grid.layers import (
    FRACTION,
    QUALITY_MAX,
    WIDE_MAX,
    Kernels,
    Layer,
    Part,
    depth_to_space,
    single,
    space_to_depth,
)
from aecodec.train.grid.widths import Widths
from aecodec.train.layers import round_ste

OCTAVE = 96  # units of a log-scale and of a log-gain in a factor of two
CLASSES = 64  # of scales: 0 is not coded, 1 has a standard deviation of 1/8, each next one is larger by 2**(1/6)
CLASS_UNITS = 16  # units of a log-scale from one class to the next
CLASS_OFFSET = 3 * OCTAVE + CLASS_UNITS + CLASS_UNITS // 2
ANCHORS = 11  # qualities 0, 10, ..., 100 at which gains are learned
PIXEL_FRACTION = 11  # bits of the grid on which synthesis gives pixels, (p - 128) / 128
LEAST_LAMBDA = 0.0004  # of quality 0; it doubles every ten qualities


class Analysis(nn.Module):
    """g_a: pixels ``[B, 3, H, W]``, (p - 128) / 128, sides multiples of 16, to latents at a sixteenth."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        four, eight, sixteen = widths.quarter, widths.eighth, widths.sixteenth
        self.stem = single(48, four, 3)
        self.eighth = nn.ModuleList([single(4 * four, eight, 1), single(eight, eight, 3), single(eight, eight, 3)])
        self.sixteenth = single(4 * eight, sixteen, 1)
        self.last = Layer([Part(sixteen, 3), Part(768, 1)], widths.total, relu=False, apart=True)

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.stem([space_to_depth(pixels, 4)])
        x = space_to_depth(x, 2)
        for layer in self.eighth:
            x = layer([x])
        x = self.sixteenth([space_to_depth(x, 2)])
        found: Tensor = self.last([x, space_to_depth(pixels, 16)])
        return found


class Synthesis(nn.Module):
    """g_s: latents at a sixteenth to pixels, (p - 128) / 128."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        four, eight, sixteen = widths.quarter, widths.eighth, widths.sixteenth
        self.sixteenth = nn.ModuleList(
            [single(widths.total, sixteen, 3, wide=True, quality=True), single(sixteen, sixteen, 3)]
        )
        self.to_eighth = single(sixteen, 4 * eight, 1)
        self.eighth = nn.ModuleList([single(eight, eight, 3), single(eight, eight, 3)])
        self.to_quarter = single(eight, 4 * four, 1)
        self.quarter = single(four, four, 3)
        self.last = Layer([Part(four, 3)], 48, relu=False, fraction=PIXEL_FRACTION, gain=0.1)
        self.linear = Layer([Part(widths.total, 1, wide=True)], 768, relu=False, fraction=PIXEL_FRACTION)

    def forward(self, latents: Tensor, quality: Tensor) -> Tensor:
        x = self.sixteenth[0]([latents], quality)
        x = self.to_eighth([self.sixteenth[1]([x])])
        x = depth_to_space(x, 2)
        for layer in self.eighth:
            x = layer([x])
        x = depth_to_space(self.to_quarter([x]), 2)
        x = depth_to_space(self.last([self.quarter([x])]), 4)
        return x + depth_to_space(self.linear([latents]), 16)


class HyperAnalysis(nn.Module):
    """h_a: latents to hyper-latents at a quarter of their grid."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        hyper = widths.hyper
        self.first = single(widths.total, hyper, 3, wide=True, quality=True)
        self.second = nn.ModuleList([single(4 * hyper, hyper, 1), single(hyper, hyper, 3)])
        self.last = single(4 * hyper, widths.hyper_latents, 1, relu=False)

    def forward(self, latents: Tensor, quality: Tensor) -> Tensor:
        x = space_to_depth(self.first([latents], quality), 2)
        for layer in self.second:
            x = layer([x])
        found: Tensor = self.last([space_to_depth(x, 2)])
        return found


class HyperSynthesis(nn.Module):
    """h_s: hyper-latents to features on the latents' grid."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        hyper = widths.hyper
        self.first = nn.ModuleList(
            [single(widths.hyper_latents, hyper, 3, wide=True, quality=True), single(hyper, 4 * hyper, 1)]
        )
        self.second = nn.ModuleList([single(hyper, hyper, 3), single(hyper, 4 * hyper, 1)])
        self.last = single(hyper, hyper, 3)

    def forward(self, hyper: Tensor, quality: Tensor, size: tuple[int, int]) -> Tensor:
        """``size``: height and width of the latents' grid."""
        height, width = size
        x = depth_to_space(self.first[1]([self.first[0]([hyper], quality)]), 2)
        x = depth_to_space(self.second[1]([self.second[0]([x])]), 2)
        found: Tensor = self.last([x[:, :, :height, :width]])
        return found


class Slice(nn.Module):
    """What tells one slice of the latents: features, slices before, and of its own checkerboard the first half."""

    def __init__(self, widths: Widths, number: int) -> None:
        super().__init__()
        before, own = sum(widths.latents[:number]), widths.latents[number]
        parts = [Part(widths.hyper, 1)]
        parts += [Part(before, 3, wide=True)] if before else []
        parts += [Part(own, 3, cross=True, wide=True)]
        self.first = Layer(parts, widths.context, quality=True)
        self.second = single(widths.context, widths.context, 1)
        self.last = Layer([Part(widths.context, 1)], 2 * own, relu=False, gain=0.2)
        self.own = own

    def forward(self, features: Tensor, before: Tensor, quality: Tensor) -> Halves:
        """All that is known before the slice itself; then the checkerboard's halves can be told one after the other."""
        weights, bias, slope = self.first.kernels()
        inputs = [features, before] if before.shape[1] else [features]
        shared = self.first.accumulate(inputs, (weights[:-1], bias, slope), quality)
        return Halves(self, shared, (weights[-1:], torch.zeros_like(bias), None))


@dataclass
class Halves:
    """Tells the two halves of a slice's checkerboard, which share the first layer's sum over all that came before."""

    part: Slice
    shared: Tensor  # [B, context, H, W]
    own: Kernels  # of the slice itself

    def tell(self, known: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Means and log-scales, both ``[B, own, H, W]`` on the grid: of the first half, or, with the slice ``known``
        there and zero elsewhere, of the second.
        """
        part, total = self.part, self.shared
        if known is not None:
            total = total + part.first.accumulate([known], self.own)
        out = part.last([part.second([part.first.activate(total)])])
        return out[:, : part.own], out[:, part.own :]


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
        self.slices = nn.ModuleList(Slice(widths, number) for number in range(len(widths.latents)))
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
        """The linear paths begin as a cosine transform and its inverse: mostly grey and coarse ones first."""
        basis = cosines(self.widths.total)  # [total, 768], orthonormal
        self.analysis.last.weights[1].copy_(basis[:, :, None, None])
        self.analysis.last.weights[0].mul_(0.1)
        self.synthesis.linear.weights[0].copy_(basis.T[:, :, None, None])

    def layers(self) -> Iterator[tuple[str, Layer]]:
        """Every layer and its name in a model file."""
        return ((name, module) for name, module in self.named_modules() if isinstance(module, Layer))

    def parts(self) -> Iterator[Slice]:
        """The context model, slice by slice."""
        return (each for each in self.slices if isinstance(each, Slice))

    def set_integer(self, integer: bool, exact: bool = False) -> None:
        """Choose the arithmetic; ``exact`` carries sums in float64, where float32 might round them."""
        self.integer = integer
        for _, layer in self.layers():
            layer.integer, layer.exact = integer, exact

    def gain(self, quality: Tensor, gains: Tensor) -> Tensor:
        """log2 of the gains at ``quality`` ``[B]``, ``[B, channels, 1, 1]``: linear between anchors."""
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
        """``pixels`` ``[B, 3, H, W]``, (p - 128) / 128; ``quality`` ``[B]``, 0..100.

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
        """The latents as a decoder has them, and their bits ``[B]``."""
        height, width = latents.shape[2:]
        rows = torch.arange(height, device=latents.device)[:, None] + torch.arange(width, device=latents.device)
        first = (rows % 2 == 0).to(latents)
        known = latents[:, :0]
        total = torch.zeros(len(latents), device=latents.device)
        channel = 0
        for part in self.parts():
            own = slice(channel, channel + part.own)
            channel += part.own
            halves = part(features, known, quality)
            mean, scale = halves.tell()
            anchors, bits = self._round(
                latents[:, own], mean, _octaves(scale) + gain[:, own], gain[:, own], noise, first
            )
            anchors = anchors * first
            mean, scale = halves.tell(anchors)
            others, more = self._round(
                latents[:, own], mean, _octaves(scale) + gain[:, own], gain[:, own], noise, 1 - first
            )
            total = total + bits + more
            known = torch.cat([known, anchors + others * (1 - first)], 1)
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
        """Values as a decoder has them, and bits ``[B]`` of those under ``mask``; ``scale`` is log2 of the deviation
        in steps, ``gain`` log2 of how many steps are in 1.
        """
        factor = torch.exp2(gain)
        exact = (values - mean) * factor
        if self.integer:
            scale = _class_of(scale)
            mean = round_ste(mean * 2.0**FRACTION) / 2.0**FRACTION
        coded = (scale > -3 - 1 / 12).to(values)  # class 1 and above
        symbols = round_ste(exact) * coded
        seen = symbols if noise is None else exact + torch.rand(exact.shape, generator=noise, device=exact.device) - 0.5
        bits = _bits(seen, scale) * (coded if noise is None else 1.0)
        if mask is not None:
            bits = bits * mask
        step = symbols / factor
        if self.integer:
            step = round_ste(step * 2.0**FRACTION) / 2.0**FRACTION
        limit = WIDE_MAX / 2.0**FRACTION
        return (mean + step).clamp(-limit, limit), bits.sum((1, 2, 3))


def _octaves(scale: Tensor) -> Tensor:
    """A log-scale as the networks give it, whose grid is 1/96 octave, in octaves."""
    return scale * (2.0**FRACTION / OCTAVE)


def _class_of(scale: Tensor) -> Tensor:
    """The log2 of the deviation of the class that ``scale``, log2 of a deviation, falls into; straight-through."""
    units = torch.floor(scale * OCTAVE + 0.5)
    number = torch.floor((units + CLASS_OFFSET) / CLASS_UNITS).clamp(0, CLASSES - 1)
    return scale + ((number - 1) * CLASS_UNITS / OCTAVE - 3 - scale).detach()


def _bits(values: Tensor, scale: Tensor) -> Tensor:
    """-log2 of what a normal distribution of log2-deviation ``scale`` gives to the unit interval around each value."""
    deviation = torch.exp2(scale.clamp(-4.0, 8.0))
    away = values.abs()
    upper = torch.special.ndtr((0.5 - away) / deviation)
    lower = torch.special.ndtr((-0.5 - away) / deviation)
    likely = (upper - lower).clamp_min(1e-9)
    # Far out the likelihood is flat; a slope there leads back.
    return -torch.log2(likely) + 0.1 * F.relu(away / deviation - 6)


def cosines(count: int) -> Tensor:
    """``count`` rows ``[count, 768]`` of a cosine transform of 16 x 16 pixels in grey, and fewer of two colour
    differences, coarse ones first; columns run over row, column, colour.
    """
    place = torch.arange(16, dtype=torch.float64)
    wave = torch.cos(torch.pi * (2 * place[None] + 1) * place[:, None] / 32)
    wave /= wave.norm(dim=1, keepdim=True)
    colours = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 2.0, -1.0]], dtype=torch.float64)
    colours /= colours.norm(dim=1, keepdim=True)
    weight = (1.0, 2.6, 2.6)  # a colour difference comes as late as a grey wave this much finer
    order = sorted(
        (((u + 1) ** 2 + (v + 1) ** 2) * weight[c] ** 2, c, u, v)
        for c in range(3)
        for u in range(16)
        for v in range(16)
    )
    rows = [torch.einsum("i,j,c->ijc", wave[u], wave[v], colours[c]).flatten() for _, c, u, v in order[:count]]
    return torch.stack(rows).float()


def lambda_of(quality: Tensor) -> Tensor:
    """The weight of MSE (samples 0..255) against bits a pixel at ``quality``."""
    return LEAST_LAMBDA * torch.exp2(quality / 10)
