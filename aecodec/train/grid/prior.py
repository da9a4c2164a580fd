"""What tells latents: hyper-analysis h_a, hyper-synthesis h_s, and the context model (Ballé et al. 2018, Minnen et al.
2018; the checkerboard and uneven slices of He et al. 2021, 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aecodec.train.grid.convolutions import Kernels, Layer, Part, depth_to_space, single, space_to_depth
from aecodec.train.grid.widths import Widths


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
        """Compute means and log-scales; ``size``: height and width of the latents' grid."""
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
        """Return all that is known before the slice itself; then the checkerboard's halves can be told one after
        the other.
        """
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
        """Return means and log-scales, both ``[B, own, H, W]`` on the grid: of the first half, or, with the slice
        ``known`` there and zero elsewhere, of the second.
        """
        part, total = self.part, self.shared
        if known is not None:
            total = total + part.first.accumulate([known], self.own)
        out = part.last([part.second([part.first.activate(total)])])
        return out[:, : part.own], out[:, part.own :]
