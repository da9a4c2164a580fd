"""The integers of a model file as layers that go on learning, each on the grid that it has there, and back again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aecodec.arrays import Arrays, Integers64, Tensors
from aecodec.limits import EXACT_FLOAT32, WEIGHT_MAX
from aecodec.train.exact_layers import ExactLayer

HIDDEN_BITS = 5  # of fractions of hidden activations; a file does not say them, and any number gives the same integers
_HALVINGS = 24  # of a change that breaks the bound


@torch.no_grad()
def take(layers: Sequence[ExactLayer], tensors: Tensors, prefix: str, bits: int = HIDDEN_BITS) -> None:
    """Fill a chain of dense layers from the tensors ``prefix.N.…``; their exponents stay what they are there. Hidden
    activations get ``bits`` of fractions.

    Raises KeyError or ValueError for tensors of other networks.
    """
    for number, layer in enumerate(layers):
        weight, bias, shift = (tensors[f"{prefix}.{number}.{part}"] for part in ("weight", "bias", "shift"))
        if weight.shape != tuple(layer.weight.shape):
            raise ValueError(f"{prefix}.{number} has the shape {weight.shape}, expected {tuple(layer.weight.shape)}")
        if number:
            layer.fraction_in = layers[number - 1].fraction_out
        if layer.low == 0:  # hidden
            layer.fraction_out = bits
        exponent = torch.from_numpy(shift.astype(np.int64)) - layer.fraction_in + layer.fraction_out
        scale = torch.exp2(exponent.double())
        layer.weight.copy_(torch.from_numpy(weight.astype(np.float64)) / scale[:, None])
        layer.bias.copy_(torch.from_numpy(bias.astype(np.float64)) / scale / 2.0**layer.fraction_in)
        layer.held, layer.holding, layer.integer = exponent, True, True


@torch.no_grad()
def put(layers: Sequence[ExactLayer], tensors: Tensors, prefix: str) -> Arrays:
    """Return the tensors ``prefix.N.…`` of ``layers`` that :func:`take` filled from ``tensors``, with the shifts that
    these have.
    """
    found: Arrays = {}
    for number, layer in enumerate(layers):
        name = f"{prefix}.{number}"
        before = tensors[f"{name}.weight"].astype(np.int64), tensors[f"{name}.bias"].astype(np.int64)
        shift = tensors[f"{name}.shift"]
        scale = np.ldexp(1.0, shift.astype(np.int64) - layer.fraction_in + layer.fraction_out)
        weight = np.rint(layer.weight.double().numpy() * scale[:, None]).clip(-WEIGHT_MAX, WEIGHT_MAX)
        bias = np.rint(layer.bias.double().numpy() * scale * 2.0**layer.fraction_in)
        weight, bias = within(before, (weight.astype(np.int64), bias.astype(np.int64)), shift, layer.input_max)
        found |= {
            f"{name}.weight": weight.astype(np.int8),
            f"{name}.bias": bias.astype(np.int32),
            f"{name}.shift": shift,
        }
    return found


def within(
    before: tuple[Integers64, Integers64],
    after: tuple[Integers64, Integers64],
    shift: NDArray[Any],
    most: int,
) -> tuple[Integers64, Integers64]:
    """Return weight ``[outputs, …]`` and bias ``[outputs]`` of ``after``; where sums of inputs up to ``most`` could
    reach 2**24, so much nearer to ``before`` that they cannot.
    """
    outputs = len(before[1])
    share = np.ones(outputs)
    limit = EXACT_FLOAT32 - np.exp2(np.maximum(shift.astype(np.int64) - 1, 0)) - 1
    for _ in range(_HALVINGS):
        weight, bias = (
            old + np.trunc((new - old) * share.reshape(-1, *[1] * (old.ndim - 1))).astype(np.int64)
            for old, new in zip(before, after, strict=True)
        )
        broken = np.abs(weight).reshape(outputs, -1).sum(1) * most + np.abs(bias) >= limit
        if not broken.any():
            return weight, bias
        share[broken] /= 2
    return before
