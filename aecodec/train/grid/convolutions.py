"""Convolutions that know two arithmetics, for the grid of latents.

In *float* mode a layer is an ordinary convolution whose output is clipped. In *integer* mode it simulates, with
straight-through gradients, what ``aecodec.grid`` computes at run time: int8 weights with one power-of-two exponent an
output, and outputs on a grid of powers of two (Jacob et al. 2018; Bengio et al. 2013). All layers share one grid of
values, ``2**-FRACTION``, so a layer's shift is its weights' exponent.

A layer may have several *parts*, convolutions of several inputs that are summed before the rounding, and may see the
quality as one more input that is the same everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.limits import EXACT_FLOAT32, WEIGHT_MAX
from aecodec.train.exact_layers import round_ste

FRACTION = 7  # bits of every value's grid, but for pixels
PIXEL_FRACTION = 11  # bits of the grid of pixels, (p - 128) / 128: sixteenths of a grey level
NARROW_MAX = (1 << 10) - 1  # of an activation behind a ReLU, in units of the grid
WIDE_MAX = (1 << 15) - 1  # of latents, means and log-scales, either way
QUALITY_MAX = 100
LEAK = 0.1  # of a gradient that asks more of an activation that is 0
MAX_EXPONENT = 20
EVERY = slice(None)  # parts of a layer
CROSS = [1, 3, 5, 7]  # places of a 3 x 3 kernel that a cross has
Kernels = tuple[list[Tensor], Tensor, Tensor | None]  # of some parts, the bias, and the quality's weights


@dataclass(frozen=True)
class Part:
    """One input of a layer: its ``channels``, the ``kernel`` over it, and which of the kernel's places count.

    ``wide``: sums may need binary64, since the input is one of latents, up to ``WIDE_MAX`` either way, or long.
    ``fraction``: bits of the grid of its values.
    """

    channels: int
    kernel: int
    cross: bool = False  # only the four neighbours, as a checkerboard's second half sees the first
    wide: bool = False
    fraction: int = FRACTION


class _Clip(torch.autograd.Function):
    """Clips to ``low..high``. Outside, only a gradient that leads back in passes, below the floor weakened by LEAK.

    With no gradient at all out there, an activation that large steps have pushed outside everywhere never comes back.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, low: float, high: float) -> Tensor:
        y = x.clamp(low, high)
        ctx.save_for_backward(y)
        ctx.low, ctx.high = low, high
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (y,), gradient = ctx.saved_tensors, gradients[0]
        above = torch.where(y >= ctx.high, gradient.clamp(min=0), gradient)
        return torch.where(y <= ctx.low, LEAK * gradient.clamp(max=0), above), None, None


class Layer(nn.Module):
    """``clip(sum of convolutions + bias + quality's weight * quality)``, zero-padded, stride 1.

    ``relu``: clipped to ``0..NARROW_MAX``, else to ``+-WIDE_MAX``, in units of ``2**-fraction``. ``apart``: in integers
    each part is a layer of its own, rounded and clipped, and so are their sums. It is for parts whose weights are of
    different sizes: under one exponent the smaller ones would have few bits left.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        outputs: int,
        *,
        relu: bool = True,
        quality: bool = False,
        fraction: int = FRACTION,
        gain: float = 1.0,
        apart: bool = False,
    ) -> None:
        super().__init__()
        self.groups = [slice(n, n + 1) for n in range(len(parts))] if apart else [EVERY]
        self.parts, self.outputs, self.relu, self.fraction = tuple(parts), outputs, relu, fraction
        fan = sum(part.channels * (4 if part.cross else part.kernel**2) for part in parts)
        scale = gain * ((2.0 if relu else 1.0) / fan) ** 0.5
        self.weights = nn.ParameterList(
            (torch.randn(outputs, part.channels, part.kernel, part.kernel) * scale * _mask(part)).contiguous(
                memory_format=torch.channels_last
            )
            for part in parts
        )
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.quality = nn.Parameter(torch.zeros(outputs)) if quality else None
        self.integer = False
        self.exact = False  # whether sums are carried in float64, as a release is checked

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the largest output, in units of its grid."""
        return (0, NARROW_MAX) if self.relu else (-WIDE_MAX, WIDE_MAX)

    @property
    def is_wide(self) -> bool:
        """Whether partial sums may need float64 at run time."""
        return any(part.wide for part in self.parts)

    def sees(self, group: slice = EVERY) -> int:
        """Return bits of the grid of the inputs of ``group``."""
        (found,) = {part.fraction for part in self.parts[group]}
        return found

    def masked(self) -> list[Tensor]:
        """Return the weights of each part, zero where a place does not count."""
        return [
            weight * _mask(part).to(weight) if part.cross else weight
            for weight, part in zip(self.weights, self.parts, strict=True)
        ]

    @torch.no_grad()
    def exponents(self, group: slice = EVERY) -> Tensor:
        """Return the largest exponent of each output for which int8 weights do not clip and, unless inputs are
        wide, sums stay below 2**24; int64 ``[outputs]``. ``group`` chooses the parts.
        """
        home = self.bias.device
        place = torch.device("cpu") if home.type == "mps" else home  # which has no float64
        weights = [weight.reshape(self.outputs, -1).to(place).double() for weight in self.masked()[group]]
        peak = torch.stack([weight.abs().amax(1) for weight in weights]).amax(0).clamp_min(2.0**-MAX_EXPONENT)
        found = torch.floor(torch.log2(WEIGHT_MAX / peak))
        if not any(part.wide for part in self.parts[group]):
            reach = NARROW_MAX * sum(weight.abs().sum(1) for weight in weights)
            offset = self.bias.to(place).double().abs()
            if self.quality is not None:
                offset = offset + self.quality.to(place).double().abs()
            per_step = reach + (offset + 1) * 2.0 ** self.sees(group)
            count = NARROW_MAX * sum(weight.shape[1] for weight in weights)
            slack = 0.5 * count + QUALITY_MAX + 2
            found = torch.minimum(found, torch.floor(torch.log2((EXACT_FLOAT32 - slack) / per_step)))
        return found.clamp(-4, MAX_EXPONENT).long().to(home)

    def quantized(self, group: slice = EVERY) -> Kernels:
        """Return weights, bias and quality's weights on their grids, in real units, straight-through.

        Bias and quality belong to the first part.
        """
        scale = torch.exp2(self.exponents(group).to(self.bias.dtype))
        column = scale.reshape(-1, 1, 1, 1)
        found = self.masked()[group]
        weights = [round_ste(weight * column).clamp(-WEIGHT_MAX, WEIGHT_MAX) / column for weight in found]
        if group.start:
            return weights, torch.zeros_like(self.bias), None
        unit = scale * 2.0 ** self.sees(group)
        # The quality counts in units of the grid, so that its weights have the grid of the others.
        quality = None if self.quality is None else round_ste(self.quality * scale) / scale
        return weights, round_ste(self.bias * unit) / unit, quality

    def kernels(self, group: slice = EVERY) -> Kernels:
        """Return weights of the parts of ``group``, bias and quality's weights, in the arithmetic of now."""
        return self.quantized(group) if self.integer else (self.masked()[group], self.bias, self.quality)

    def forward(self, inputs: Sequence[Tensor], quality: Tensor | None = None) -> Tensor:
        """Compute the layer: ``inputs`` ``[B, C, H, W]`` each; ``quality`` ``[B]``, 0..100."""
        if not self.integer or len(self.groups) == 1:
            return self.activate(self.accumulate(inputs, self.kernels(), quality))
        rounded = [self.activate(self.accumulate(inputs[group], self.kernels(group), quality)) for group in self.groups]
        return self.activate(torch.stack(rounded).sum(0))

    def accumulate(self, inputs: Sequence[Tensor], kernels: Kernels, quality: Tensor | None = None) -> Tensor:
        """Return the sum before clipping.

        Under autocast only layers that see and give narrow values have bfloat16. Its eight bits would round latents,
        means and pixels by more than a step of quantization.
        """
        kind = inputs[0].device.type
        if (self.is_wide or not self.relu) and torch.is_autocast_enabled(kind):
            with torch.autocast(kind, enabled=False):
                return self.accumulate([x.float() for x in inputs], kernels, quality)
        weights, bias, slope = kernels
        if self.exact:
            inputs, weights = [x.double() for x in inputs], [weight.double() for weight in weights]
            bias = bias.double()
        total: Tensor | None = None
        for x, weight in zip(inputs, weights, strict=True):
            term = F.conv2d(x, weight, bias if total is None else None, 1, weight.shape[-1] // 2)
            total = term if total is None else total + term
        assert total is not None
        if slope is not None:
            assert quality is not None
            asked = (quality / 2.0 ** self.parts[0].fraction).to(total)[:, None, None, None]
            total = total + asked * slope.to(total)[:, None, None]
        return total

    def activate(self, total: Tensor) -> Tensor:
        """Round in integer mode, and clip."""
        grid = 2.0**self.fraction
        low, high = self.limits
        if self.integer:
            return (round_ste(total * grid) / grid).clamp(low / grid, high / grid)
        clipped: Tensor = _Clip.apply(total, low / grid, high / grid)
        return clipped


def single(
    channels: int, outputs: int, kernel: int, *, wide: bool = False, relu: bool = True, quality: bool = False
) -> Layer:
    """Return a layer of one part."""
    return Layer([Part(channels, kernel, wide=wide)], outputs, relu=relu, quality=quality)


def _mask(part: Part) -> Tensor:
    if not part.cross:
        return torch.ones(())
    mask = torch.zeros(3, 3)
    mask[0, 1] = mask[1, 0] = mask[1, 2] = mask[2, 1] = 1
    return mask


def space_to_depth(x: Tensor, side: int) -> Tensor:
    """Map ``[B, C, H, W] -> [B, side * side * C, H / side, W / side]``; the channels run over row, column, channel.

    Heights and widths that do not divide are filled up with zeros.
    """
    batch, channels, height, width = x.shape
    x = F.pad(x, (0, -width % side, 0, -height % side))
    height, width = math.ceil(height / side), math.ceil(width / side)
    x = x.reshape(batch, channels, height, side, width, side)
    return x.permute(0, 3, 5, 1, 2, 4).reshape(batch, -1, height, width)


def depth_to_space(x: Tensor, side: int) -> Tensor:
    """Take the way back."""
    batch, channels, height, width = x.shape
    x = x.reshape(batch, side, side, channels // side**2, height, width)
    return x.permute(0, 3, 4, 1, 5, 2).reshape(batch, -1, height * side, width * side)
