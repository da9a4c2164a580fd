"""The networks that predict the distribution of a sample: for each colour three dense layers in exact integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Integers64
from aecodec.errors import ModelError
from aecodec.exact.affine import Affine
from aecodec.exact.chain import Chain, build_chain
from aecodec.exact.operations import Dense
from aecodec.frozen import dataclass
from aecodec.limits import MAX_PIXEL_UNITS, MAX_PIXEL_WORK
from aecodec.pixels.front import Front
from aecodec.pixels.inputs import COLOURS, INPUT_MAX, MAX_VALUE, UNIT, WIDTHS, Known
from aecodec.pixels.tables import PHASES, TAILS, Expected, first_table, scale_class

_F = np.float32
OUTPUTS = 3  # the shift of the mean from the prediction, the log of width over scale, and the weight of the tails
SHIFT_MAX = 511  # of the mean, in 1/64 of the local scale
_LAYERS = 3
_PHASE_UNIT = UNIT // PHASES


@dataclass(frozen=True)
class _Layer:
    """One layer of the networks of all colours.

    ``matrix`` is ``[colours, inputs, outputs]``, ``offset`` ``[colours, 1, outputs]``. Results are rounded down, then
    clipped to ``low``..``high``.
    """

    matrix: Floats32
    offset: Floats32
    low: int
    high: int

    def __call__(self, x: Floats32) -> Floats32:
        """Map ``[colours, lanes, inputs]`` to ``[colours, lanes, outputs]``, for all colours or the first few."""
        found = x @ self.matrix[: len(x)]
        found += self.offset[: len(x)]
        np.floor(found, out=found)
        return found.clip(self.low, self.high, out=found)


class Networks:
    """The networks of green, red and blue, from a model's tensors ``pixels.N.…`` and its description."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> None:
        """Build the networks. Raises ModelError or ValueError where tensors and description do not fit."""
        steps: Sequence[Any] = description["networks"]
        if len(steps) != COLOURS:
            raise ModelError(f"{len(steps)} networks, expected {COLOURS}")
        chains = [
            build_chain(tensors, f"pixels.{colour}", steps[colour], (WIDTHS[colour],), INPUT_MAX)
            for colour in range(COLOURS)
        ]
        for colour, chain in enumerate(chains):
            _check(chain, colour)
        self._layers = [_stacked(layers) for layers in zip(*(chain.steps for chain in chains), strict=True)]

    def outputs(self, inputs: Floats32) -> Floats32:
        """Map ``inputs`` ``[colours, widest, lanes]`` to ``[colours, lanes, OUTPUTS]``.

        A colour with fewer inputs has zeros behind them.
        """
        x = inputs.transpose(0, 2, 1)
        first = self._layers[0]
        x = _Layer(first.matrix[:, : x.shape[2]], first.offset, first.low, first.high)(x)
        for layer in self._layers[1:]:
            x = layer(x)
        return x

    def expect(self, known: Known) -> Expected:
        """Return how the samples of a step are distributed. All numbers are integers below 2**24, so they are exact."""
        mean, width, tails = self.judge(known)
        mean = np.minimum(np.maximum(mean, 0), MAX_VALUE)
        mean = np.floor((mean + _F(_PHASE_UNIT // 2)) * _F(1 / _PHASE_UNIT)).astype(np.int64)
        centre = (mean + PHASES // 2) // PHASES
        return Expected(centre, first_table(scale_class(width), tails, mean - PHASES * centre))

    def judge(self, known: Known) -> tuple[Floats32, Integers64, Integers64]:
        """Return the means of samples, 64 log2 of the widths, and the classes of the tails, ``[colours, lanes]`` each.

        Means are in 1/64 grey level, and may lie outside of the range of samples. Widths are in grey levels.
        """
        shift, wider, tail = self.outputs(known.inputs).transpose(2, 0, 1)
        shift = np.minimum(np.maximum(shift, -SHIFT_MAX), SHIFT_MAX) * known.scale
        mean: Floats32 = known.prediction + np.floor(shift * _F(1 / UNIT) + _F(0.5))
        width = (known.log_scale + wider).astype(np.int64)
        return mean, width, np.minimum(np.maximum(tail.astype(np.int64) // UNIT + TAILS // 2, 0), TAILS - 1)


class NetworkWalk:
    """A :class:`aecodec.pixels.coder.Walk` by predictions that adapt, and by ``networks``."""

    def __init__(self, networks: Networks, colours: int, count: int, size: tuple[int, int]) -> None:
        self._networks, self._front = networks, Front(colours, count, size)
        self.memory = self._front.memory

    @property
    def groups(self) -> range:
        """See Walk."""
        return self._front.groups

    def expect(self, step: int) -> Expected:
        """See Walk."""
        return self._networks.expect(self._front.look(step))

    def put(self, step: int, values: Floats32) -> None:
        """See Walk."""
        self._front.put(step, values)


def _stacked(layers: Sequence[Any]) -> _Layer:
    """Join the same layer of all colours to one. Raises ModelError where they differ in outputs or clips."""
    affines: list[Affine] = [layer.affine for layer in layers]
    shapes = {(affine.matrix.shape[1], affine.low, affine.high) for affine in affines}
    if len(shapes) != 1:
        raise ModelError("the networks of the colours must have the same widths and clips")
    widest = max(len(affine.matrix) for affine in affines)
    matrix = np.zeros((COLOURS, widest, affines[0].matrix.shape[1]), _F)
    for into, affine in zip(matrix, affines, strict=True):
        into[: len(affine.matrix)] = affine.matrix
    return _Layer(matrix, np.stack([affine.offset for affine in affines])[:, None], affines[0].low, affines[0].high)


def _check(chain: Chain, colour: int) -> None:
    """Raise ModelError for a chain that has other layers or outputs than it should, or takes too much work."""
    if len(chain.steps) != _LAYERS or not all(isinstance(step, Dense) for step in chain.steps):
        raise ModelError(f"pixels.{colour} is not made of {_LAYERS} dense layers")
    if chain.output_shape != (OUTPUTS,):
        raise ModelError(f"pixels.{colour} gives {chain.output_shape}, expected {OUTPUTS} values")
    if chain.widest > MAX_PIXEL_UNITS:
        raise ModelError(f"pixels.{colour} has a layer of {chain.widest} units, more than {MAX_PIXEL_UNITS}")
    if chain.work > MAX_PIXEL_WORK:
        raise ModelError(f"pixels.{colour} takes {chain.work} multiplications for a sample, more than {MAX_PIXEL_WORK}")
