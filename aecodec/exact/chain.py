"""A chain of integer operations, built and checked from a model's tensors and its description.

The description is a list of steps, each a mapping with ``op``:

========== ===========================================================================
dense      weight ``[outputs, inputs]`` int8, bias int32, shift int8; ``low``, ``high``
conv       weight ``[outputs, k, k, inputs]``; also ``stride``
flatten    ``[B, H, W, C] -> [B, H*W*C]``
concat     ``[B, n] -> [B, n + m]``: appends the chain's own input, flattened
reshape    ``[B, n] -> [B, *shape]``; key ``shape``
shuffle    ``[B, H, W, 4C] -> [B, 2H, 2W, C]``: sub-pixel step by 2
add        adds a dense layer of the chain's own input, flattened; keys of dense
round      ``clip(floor(x * 2**-shift + 1/2), low, high)``; keys of these names
========== ===========================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aecodec.arrays import Floats32, Tensors
from aecodec.errors import ModelError
from aecodec.exact.operations import OPERATIONS, Given, Operation, Value
from aecodec.exact.tensors import require
from aecodec.frozen import dataclass
from aecodec.limits import EXACT_FLOAT32, MAX_ACTIVATIONS, MAX_WORK


@dataclass(frozen=True)
class Chain:
    """Operations in order, with the shapes of input and output (without the batch) and the range of the output.

    ``widest`` is the largest number of values that a step holds for one tile, a convolution's windows included.
    ``work`` counts the multiplications for one tile.
    """

    steps: tuple[Operation, ...]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    output_range: tuple[int, int]
    widest: int
    work: int

    def __call__(self, x: Floats32) -> Floats32:
        """Map ``[B, *input_shape] -> [B, *output_shape]``, integers in float32."""
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
    """Build the chain ``prefix`` by its ``description``, from tensors ``{prefix}.{n}.weight|bias|shift``.

    Its input is ``[B, *input_shape]``, with values of at most ``input_max`` either way. Raises ModelError for a missing
    or misshapen tensor, an unknown op, a broken bound, or too much work.
    """
    steps: list[Operation] = []
    value = start = Value(input_shape, -input_max, input_max)
    layers, work, widest = 0, 0, start.size
    require(min(input_shape) > 0 and start.size <= MAX_ACTIVATIONS, f"{prefix}: cannot begin with {input_shape}")
    for entry in description:
        op = entry.get("op")
        kind = OPERATIONS.get(op) if isinstance(op, str) else None
        if kind is None:
            raise ModelError(f"{prefix}: unknown layer {op!r:.40}; a newer aecodec may know it")
        step = kind.build(Given(tensors, f"{prefix}.{layers}" if kind.weighted else prefix, entry, value, start))
        value = step.after
        require(value.size <= MAX_ACTIVATIONS, f"{prefix}: {op} gives {value.shape}, which is too large")
        require(value.largest < EXACT_FLOAT32, f"{prefix}: {op} gives {value.low}..{value.high}, which is too large")
        work += step.work
        require(work <= MAX_WORK, f"{prefix}: takes more than {MAX_WORK} multiplications for one tile")
        layers, widest = layers + kind.weighted, max(widest, step.held)
        steps.append(step)
    return Chain(tuple(steps), input_shape, value.shape, (value.low, value.high), widest, work)
