"""Operations without weights: ``flatten``, ``concat``, ``reshape``, ``shuffle`` and ``round``."""

from __future__ import annotations

import math

import numpy as np

from aecodec.arrays import Floats32, Floats64
from aecodec.exact.moves import pixel_shuffle, pixel_unshuffle
from aecodec.exact.operations.protocol import Backward, Given, Gradients, Operation, Passed, Value
from aecodec.exact.tensors import require, whole
from aecodec.frozen import dataclass
from aecodec.limits import EXACT_FLOAT32

_MOST_SHIFT = 16  # of round


@dataclass(frozen=True)
class _Shaped(Operation):
    """The same numbers in another shape."""

    def __call__(self, x: Floats32, start: Floats32) -> Floats32:
        """See Operation."""
        return x.reshape(len(x), *self.after.shape)

    def backward(self, bound: float) -> Backward:
        """See Operation."""
        return Passed(bound, self._back)

    def _back(self, gradient: Floats64, before: Floats32) -> Gradients:
        return gradient.reshape(before.shape), None


@dataclass(frozen=True)
class Flatten(_Shaped):
    """``[B, H, W, C] -> [B, H*W*C]``."""

    @classmethod
    def build(cls, given: Given) -> Flatten:
        """See Operation."""
        value = given.value
        return cls(value, Value((value.size,), value.low, value.high))


@dataclass(frozen=True)
class Reshape(_Shaped):
    """``[B, n] -> [B, *shape]``."""

    @classmethod
    def build(cls, given: Given) -> Reshape:
        """See Operation."""
        value, target = given.value, tuple(whole(n) for n in given.entry["shape"])
        fits = len(value.shape) == 1 and len(target) == 3 and min(target) > 0 and math.prod(target) == value.size
        require(fits, f"{given.name}: cannot reshape {value.shape} to {target}")
        return cls(value, Value(target, value.low, value.high))


@dataclass(frozen=True)
class Concat(Operation):
    """``[B, n] -> [B, n + m]``: appends the chain's own input, flattened, to the value."""

    @classmethod
    def build(cls, given: Given) -> Concat:
        """See Operation."""
        value, start = given.value, given.start
        require(len(value.shape) == 1, f"{given.name}: cannot append to {value.shape}")
        low, high = min(value.low, start.low), max(value.high, start.high)
        return cls(value, Value((value.size + start.size,), low, high))

    def __call__(self, x: Floats32, start: Floats32) -> Floats32:
        """See Operation."""
        return np.concatenate([x, start.reshape(len(start), -1)], axis=1)

    def backward(self, bound: float) -> Backward:
        """See Operation."""
        return Passed(bound, self._back)

    def _back(self, gradient: Floats64, before: Floats32) -> Gradients:
        value, start = np.split(gradient, [before.shape[1]], axis=1)
        return value, start


@dataclass(frozen=True)
class Shuffle(Operation):
    """Sub-pixel step by 2, ``[B, H, W, 4C] -> [B, 2H, 2W, C]``."""

    @classmethod
    def build(cls, given: Given) -> Shuffle:
        """See Operation."""
        value, shape = given.value, given.value.shape
        require(len(shape) == 3 and shape[2] % 4 == 0, f"{given.name}: cannot shuffle {shape}")
        return cls(value, Value((shape[0] * 2, shape[1] * 2, shape[2] // 4), value.low, value.high))

    def __call__(self, x: Floats32, start: Floats32) -> Floats32:
        """See Operation."""
        return pixel_shuffle(x)

    def backward(self, bound: float) -> Backward:
        """See Operation."""
        return Passed(bound, self._back)

    def _back(self, gradient: Floats64, before: Floats32) -> Gradients:
        return pixel_unshuffle(gradient), None


@dataclass(frozen=True)
class Round(Operation):
    """``clip(floor(x * 2**-shift + 1/2), low, high)``. Gradients pass rounding and clip straight through."""

    shift: int

    @classmethod
    def build(cls, given: Given) -> Round:
        """See Operation."""
        value, shift = given.value, whole(given.entry["shift"])
        fits = 1 <= shift <= _MOST_SHIFT and value.largest + (1 << shift) < EXACT_FLOAT32
        require(fits, f"{given.name}: rounds {value.low}..{value.high} by {shift}")
        return cls(value, Value(value.shape, *given.clip()), shift)

    def __call__(self, x: Floats32, start: Floats32) -> Floats32:
        """See Operation."""
        rounded: Floats32 = np.floor(x * np.float32(2.0**-self.shift) + np.float32(0.5))
        return rounded.clip(self.after.low, self.after.high)

    def backward(self, bound: float) -> Backward:
        """See Operation."""
        return Passed(math.ldexp(bound, -self.shift), self._back)

    def _back(self, gradient: Floats64, before: Floats32) -> Gradients:
        return gradient * 2.0**-self.shift, None
