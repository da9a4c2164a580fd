"""Analysis g_a and synthesis g_s of a grid of latents."""

from __future__ import annotations

from torch import Tensor, nn

from aecodec.train.grid.convolutions import PIXEL_FRACTION, Layer, Part, depth_to_space, single, space_to_depth
from aecodec.train.grid.lapped import Lapped, prefilter
from aecodec.train.grid.widths import Widths


class Analysis(nn.Module):
    """g_a: pixels ``[B, 3, H, W]``, (p - 128) / 128, sides multiples of 16, to latents at a sixteenth."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        four, eight, sixteen = widths.features
        self.stem = single(48, four, 3)
        self.eighth = nn.ModuleList([single(4 * four, eight, 1), single(eight, eight, 3), single(eight, eight, 3)])
        self.sixteenth = single(4 * eight, sixteen, 1)
        # Wide: of so many inputs, weights whose sums fit binary32 would have five bits.
        parts = [Part(sixteen, 3, wide=True), Part(768, 1, wide=True, fraction=PIXEL_FRACTION)]
        self.last = Layer(parts, widths.total, relu=False, apart=True)
        self.prefilter = Lapped(prefilter())

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.stem([space_to_depth(pixels, 4)])
        x = space_to_depth(x, 2)
        for layer in self.eighth:
            x = layer([x])
        x = self.sixteenth([space_to_depth(x, 2)])
        found: Tensor = self.last([x, space_to_depth(self.prefilter(pixels), 16)])
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
        self.postfilter = Lapped(prefilter().inverse())

    def forward(self, latents: Tensor, quality: Tensor) -> Tensor:
        x = self.sixteenth[0]([latents], quality)
        x = self.to_eighth([self.sixteenth[1]([x])])
        x = depth_to_space(x, 2)
        for layer in self.eighth:
            x = layer([x])
        x = depth_to_space(self.to_quarter([x]), 2)
        x = depth_to_space(self.last([self.quarter([x])]), 4)
        found: Tensor = x + self.postfilter(depth_to_space(self.linear([latents]), 16))
        return found
