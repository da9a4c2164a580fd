"""A chain of integer layers, built and checked from a model's tensors and its description.

The description is a list of steps, each a mapping with ``op``:

========== ===========================================================================
dense      weight ``[outputs, inputs]`` int8, bias int32, shift int8; ``low``, ``high``
conv       weight ``[outputs, k, k, inputs]``; also ``stride``
flatten    ``[B, H, W, C] -> [B, H*W*C]``
concat     ``[B, n] -> [B, n + m]``: the chain's own input, flattened, behind it
reshape    ``[B, n] -> [B, *shape]``
shuffle    sub-pixel step by 2
add        plus a dense layer of the chain's own input, flattened; keys of dense
round      ``clip(floor(x * 2**-shift + 1/2), low, high)``, keys of these names
========== ===========================================================================
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import ModelError
from aecodec.exact.affine import Affine, Conv, Floats, scaled_affine
from aecodec.exact.steps import Add, Concat, Convolution, Dense, Flatten, Reshape, Round, Shuffle, Step
from aecodec.exact.tensors import Tensors, require, take, whole
from aecodec.limits import EXACT_FLOAT32, MAX_ACTIVATIONS, MAX_WINDOWS, MAX_WORK, WORK_OF_VALUE


@dataclass(frozen=True)
class Chain:
    """Layers in order, with the shapes they map between (without the batch).

    ``widest``: the most values that a step holds for one tile, windows of a convolution included. ``work``: the
    multiplications for one tile.
    """

    steps: tuple[Step, ...]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    output_range: tuple[int, int]
    widest: int
    work: int

    def __call__(self, x: Floats) -> Floats:
        """``[B, *input_shape] -> [B, *output_shape]``, integers in float32."""
        start = x
        for step in self.steps:
            x = step(x, start)
        return x


def build_chain(
    tensors: Tensors,
    prefix: str,
    description: Sequence[Mapping[str, Any]],
    input_shape: tuple[int, ...],
    input_max: int,
) -> Chain:
    """Build the chain ``prefix`` from tensors ``{prefix}.{n}.weight|bias|shift``.

    Raises ModelError for a missing or misshapen tensor, an unknown op, a broken bound, or too much work.
    """
    steps: list[Step] = []
    shape, number, work = input_shape, 0, 0
    widest = math.prod(input_shape)
    low, high = -input_max, input_max  # of the value so far
    inputs = math.prod(input_shape)
    require(min(input_shape) > 0 and inputs <= MAX_ACTIVATIONS, f"{prefix}: cannot begin with {input_shape}")
    for entry in description:
        op, before = entry.get("op"), shape
        if op in ("dense", "conv", "add"):
            name = f"{prefix}.{number}"
            number += 1
            if op == "add":
                layer, out = _dense(tensors, name, entry, (inputs,), input_max)
                require(out == (int(np.prod(shape)),), f"{name}: cannot add {out} to {shape}")
                step: Step = Add(layer)
                low, high = low + _clip(entry, name)[0], high + _clip(entry, name)[1]
            elif op == "dense":
                layer, shape = _dense(tensors, name, entry, shape, max(-low, high))
                step, (low, high) = Dense(layer), _clip(entry, name)
            else:
                conv, shape = _conv(tensors, name, entry, shape, max(-low, high))
                step, (low, high) = Convolution(conv), _clip(entry, name)
        elif op == "flatten":
            step, shape = Flatten(), (int(np.prod(shape)),)
        elif op == "concat":
            require(len(shape) == 1, f"{prefix}: cannot append to {shape}")
            step, shape = Concat(), (shape[0] + inputs,)
            low, high = min(low, -input_max), max(high, input_max)
        elif op == "reshape":
            target = tuple(whole(n) for n in entry["shape"])
            fits = len(shape) == 1 and len(target) == 3 and min(target) > 0 and math.prod(target) == shape[0]
            require(fits, f"{prefix}: cannot reshape {shape} to {target}")
            step, shape = Reshape(target), target
        elif op == "shuffle":
            require(len(shape) == 3 and shape[2] % 4 == 0, f"{prefix}: cannot shuffle {shape}")
            step, shape = Shuffle(), (shape[0] * 2, shape[1] * 2, shape[2] // 4)
        elif op == "round":
            shift = whole(entry["shift"])
            fits = 1 <= shift <= 16 and max(-low, high) + (1 << shift) < EXACT_FLOAT32
            require(fits, f"{prefix}: rounds {low}..{high} by {shift}")
            low, high = _clip(entry, prefix)
            step = Round(shift, low, high)
        else:
            raise ModelError(f"{prefix}: unknown layer {op!r:.40}; a newer aecodec may know it")
        require(math.prod(shape) <= MAX_ACTIVATIONS, f"{prefix}: {op} gives {shape}, which is too large")
        require(max(-low, high) < EXACT_FLOAT32, f"{prefix}: {op} gives {low}..{high}, which is too large")
        work += _work(step, math.prod(shape), math.prod(before))
        require(work <= MAX_WORK, f"{prefix}: takes more than {MAX_WORK} multiplications for one tile")
        widest = max(widest, _held(step, shape))
        steps.append(step)
    return Chain(tuple(steps), input_shape, shape, (low, high), widest, work)


def _held(step: Step, shape: tuple[int, ...]) -> int:
    """Values that a step holds for one tile on its way to ``shape``."""
    if isinstance(step, Convolution):
        return math.prod(shape[:2]) * max(shape[2], len(step.conv.affine.matrix))
    return math.prod(shape)


def _work(step: Step, outputs: int, inputs: int) -> int:
    """Multiplications for one tile, by what one value of the output takes."""
    if isinstance(step, Dense | Add):
        return outputs * len(step.affine.matrix)
    if isinstance(step, Convolution):
        return outputs * len(step.conv.affine.matrix)
    return WORK_OF_VALUE * max(outputs, inputs)


def _clip(entry: Mapping[str, Any], name: str) -> tuple[int, int]:
    """The least and the largest value that the step lets through."""
    low, high = whole(entry["low"]), whole(entry["high"])
    require(-(1 << 15) <= low < high <= 1 << 15, f"{name}: clips to {low}..{high}")
    return low, high


def _affine(tensors: Tensors, name: str, entry: Mapping[str, Any], weight: NDArray[np.int8], bound: int) -> Affine:
    outputs = len(weight)
    bias = take(tensors, f"{name}.bias", np.int32, (outputs,))
    shift = take(tensors, f"{name}.shift", np.int8, (outputs,))
    low, high = whole(entry["low"]), whole(entry["high"])
    return scaled_affine(weight.reshape(outputs, -1), bias, shift, input_max=bound, low=low, high=high)


def _dense(
    tensors: Tensors, name: str, entry: Mapping[str, Any], shape: tuple[int, ...], bound: int
) -> tuple[Affine, tuple[int, ...]]:
    weight = take(tensors, f"{name}.weight", np.int8)
    fits = weight.ndim == 2 and weight.size and shape == weight.shape[1:]
    require(fits, f"{name}: {weight.shape} on {shape}")
    return _affine(tensors, name, entry, weight, bound), (len(weight),)


def _conv(
    tensors: Tensors, name: str, entry: Mapping[str, Any], shape: tuple[int, ...], bound: int
) -> tuple[Conv, tuple[int, ...]]:
    weight = take(tensors, f"{name}.weight", np.int8)
    kernel, stride = weight.shape[1] if weight.ndim == 4 else 0, whole(entry["stride"])
    fits = weight.size and len(shape) == 3 and weight.shape[1:] == (kernel, kernel, shape[2])
    require(fits and kernel % 2 == 1 and stride in (1, 2), f"{name}: {weight.shape} on {shape}")
    after = (-(-shape[0] // stride), -(-shape[1] // stride), len(weight))
    windows = after[0] * after[1] * kernel**2 * shape[2]
    require(windows <= MAX_WINDOWS, f"{name}: windows of {windows} values for one tile, more than {MAX_WINDOWS}")
    return Conv(_affine(tensors, name, entry, weight, bound), kernel, stride), after
