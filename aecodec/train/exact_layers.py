"""Layers that know two arithmetics.

In *float* mode a layer is an ordinary one. In *integer* mode it simulates, with straight-through
gradients, exactly what ``aecodec.exact`` computes at run time: int8 weights with one power-of-two
exponent per output channel, activations on a power-of-two grid, rounding by ``floor(x + 1/2)`` and
clipping. The simulation is carried in float32 below 2**24, so without autocast, as for a release, it is equal to the
run-time engine, not merely close to it (Jacob et al. 2018 for training with simulated quantization; Bengio et
al. 2013 for the straight-through estimator).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.limits import ACTIVATION_MAX, EXACT_FLOAT32, WEIGHT_MAX

MAX_EXPONENT = 20


class _Round(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return torch.floor(x + 0.5)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0]


class _Requantize(torch.autograd.Function):
    """``clip(floor(x * grid + 1/2), low, high) / grid``; outside the clip there is no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, grid: float, low: int, high: int) -> Tensor:
        y = (x.float() * grid).add_(0.5).floor_().clamp_(low, high)
        ctx.clips = high <= ACTIVATION_MAX  # wider grids are not meant to clip
        if ctx.clips and ctx.needs_input_grad[0]:
            ctx.save_for_backward((y > low) & (y < high))
        # Small integers times a power of two are exact in bfloat16 as well.
        return y.mul_(1 / grid).to(x.dtype if ctx.clips else torch.float32)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0] * ctx.saved_tensors[0] if ctx.clips else gradients[0], None, None, None


def round_ste(x: Tensor) -> Tensor:
    """Return ``floor(x + 1/2)`` with the gradient of the identity."""
    rounded: Tensor = _Round.apply(x)
    return rounded


class ExactLayer(nn.Module):
    """What a dense and a convolutional layer share: grids, exponents, requantization.

    ``fraction_in`` and ``fraction_out`` are the fractional bits of the input and
    output grids; ``low`` and ``high`` clip the output in integer units.
    """

    def __init__(
        self,
        weight: Tensor,
        outputs: int,
        *,
        input_max: int = ACTIVATION_MAX,
        low: int = 0,
        high: int = ACTIVATION_MAX,
        fraction_in: int = 0,
        fraction_out: int = 0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.input_max, self.low, self.high = input_max, low, high
        self.fraction_in, self.fraction_out = fraction_in, fraction_out
        self.weight_max = WEIGHT_MAX  # of integer weights
        self.integer = False
        self.observed = 0.0  # largest activation seen while calibrating
        self.observing = False
        self.holding = False  # whether the weights stay as they are for now
        self.held: Tensor | None = None  # exponents meanwhile

    def masked_weight(self) -> Tensor:
        """Return the weight with whatever the layer's structure forces to zero."""
        return self.weight

    @torch.no_grad()
    def exponents(self) -> Tensor:
        """Return the power-of-two exponent of each output channel, int64 ``[outputs]``.

        The largest for which the int8 weights do not clip and the accumulator's
        bound stays under 2**24.
        """
        if self.held is None or not self.holding:
            self.held = self._find_exponents()
        return self.held

    def _find_exponents(self) -> Tensor:
        rows = self.masked_weight().reshape(self.bias.shape[0], -1).double()
        peak = rows.abs().amax(1).clamp_min(2.0**-MAX_EXPONENT)
        by_weight = torch.floor(torch.log2(self.weight_max / peak))
        rounding = 0.5 * rows.shape[1] * self.input_max + 2
        unit = 2.0**self.fraction_in
        per_step = (
            rows.abs().sum(1) * self.input_max + self.bias.double().abs() * unit + 0.5 * unit / 2.0**self.fraction_out
        )
        by_bound = torch.floor(torch.log2((EXACT_FLOAT32 - rounding) / per_step.clamp_min(1e-9)))
        return torch.minimum(by_weight, by_bound).clamp(-8, MAX_EXPONENT).long()

    def quantized(self) -> tuple[Tensor, Tensor]:
        """Return the weight and bias on their grids (real units), straight-through."""
        exponent = self.exponents()
        scale = torch.exp2(exponent.float())
        shape = (-1,) + (1,) * (self.weight.dim() - 1)
        weight_scale = scale.reshape(shape)
        weight = round_ste(self.masked_weight() * weight_scale)
        weight = weight.clamp(-self.weight_max, self.weight_max) / weight_scale
        bias_scale = scale * 2.0**self.fraction_in
        return weight, round_ste(self.bias * bias_scale) / bias_scale

    def parameters_now(self) -> tuple[Tensor, Tensor]:
        """Return the weight and bias in the arithmetic of the moment."""
        return self.quantized() if self.integer else (self.masked_weight(), self.bias)

    def accumulate(self, x: Tensor) -> Tensor:
        """Return the linear part of the layer."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        return self.activate(self.accumulate(x))

    def requantize(self, acc: Tensor) -> Tensor:
        """Bring the accumulator to the output grid: floor(acc + 1/2), clipped."""
        out: Tensor = _Requantize.apply(acc, 2.0**self.fraction_out, self.low, self.high)
        return out

    def activate(self, acc: Tensor) -> Tensor:
        """Return the layer's non-linearity in the arithmetic of the moment."""
        if self.integer:
            return self.requantize(acc)
        acc = F.relu(acc) if self.low == 0 else acc
        if self.observing:
            flat = acc.detach().float().flatten()
            top = torch.topk(flat, max(1, flat.numel() // 20000)).values[-1].item()
            self.observed = max(self.observed, top)
        return acc

    def calibrate(self) -> None:
        """Choose ``fraction_out`` from the activations observed in float mode."""
        self.fraction_out = math.floor(math.log2(self.high / max(self.observed, 1e-3)))
        self.fraction_out = min(max(self.fraction_out, 0), 12)


class Dense(ExactLayer):
    """Fully connected layer, ``[B, inputs] -> [B, outputs]``; optional 0/1 mask on the weight."""

    mask: Tensor | None

    def __init__(self, inputs: int, outputs: int, mask: Tensor | None = None, **grid: int) -> None:
        fan = inputs if mask is None else mask.sum(1, keepdim=True).clamp_min(1)
        super().__init__(torch.randn(outputs, inputs) * (2.0 / fan) ** 0.5, outputs, **grid)
        self.register_buffer("mask", mask, persistent=False)

    def masked_weight(self) -> Tensor:
        return self.weight if self.mask is None else self.weight * self.mask

    def accumulate(self, x: Tensor) -> Tensor:
        return F.linear(x, *self.parameters_now())


class Conv(ExactLayer):
    """Convolution with zero padding, ``[B, C, H, W]``, ReLU or clip after it."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, **grid: int) -> None:
        fan = inputs * kernel * kernel
        weight = torch.randn(outputs, inputs, kernel, kernel) * (2.0 / fan) ** 0.5
        super().__init__(weight.contiguous(memory_format=torch.channels_last), outputs, **grid)
        self.kernel, self.stride = kernel, stride

    def accumulate(self, x: Tensor) -> Tensor:
        return F.conv2d(x, *self.parameters_now(), self.stride, self.kernel // 2)


class Head(ExactLayer):
    """One small dense layer a latent: ``[B, latents * units] -> [B, latents, entries]`` logits."""

    def __init__(self, latents: int, entries: int, units: int) -> None:
        weight = torch.randn(latents * entries, units) * 0.1 / units**0.5
        super().__init__(weight, latents * entries, low=-(2**14), high=2**14, fraction_out=8)
        self.latents, self.entries, self.units = latents, entries, units

    def accumulate(self, x: Tensor) -> Tensor:
        weight, bias = self.parameters_now()
        with torch.autocast(x.device.type, enabled=False):
            groups = x.float().reshape(-1, self.latents, self.units).transpose(0, 1)
            blocks = weight.reshape(self.latents, self.entries, self.units).transpose(1, 2)
            acc = torch.bmm(groups, blocks).transpose(0, 1)  # [B, latents, entries]
            return torch.add(acc, bias.reshape(self.latents, self.entries))

    def activate(self, acc: Tensor) -> Tensor:
        return self.requantize(acc) if self.integer else acc
