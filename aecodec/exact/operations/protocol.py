"""What an operation of a chain must say and do. All that is known of an operation stands in its own class."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from aecodec.arrays import Floats32, Floats64, Tensors
from aecodec.exact.tensors import require, whole
from aecodec.frozen import dataclass
from aecodec.limits import WORK_OF_VALUE

_MOST = 1 << 15  # the farthest bound of a clip, either way


@dataclass(frozen=True)
class Value:
    """What is known of a value in a chain: its ``shape`` without the batch, and that it lies in ``low..high``."""

    shape: tuple[int, ...]
    low: int
    high: int

    @property
    def size(self) -> int:
        """How many numbers the value has, for one tile."""
        return math.prod(self.shape)

    @property
    def largest(self) -> int:
        """The largest absolute number that it may have."""
        return max(-self.low, self.high)


@dataclass(frozen=True)
class Given:
    """What an operation is built from.

    These are the model's ``tensors``; the operation's ``entry`` in the description; what is known of ``value``, its
    input, and of ``start``, the chain's own input. ``name`` begins the names of its tensors, and stands in messages.
    """

    tensors: Tensors
    name: str
    entry: Mapping[str, Any]
    value: Value
    start: Value

    def clip(self) -> tuple[int, int]:
        """Return the bounds of the operation's clip, low and high. Raises ModelError, KeyError or TypeError."""
        low, high = whole(self.entry["low"]), whole(self.entry["high"])
        require(-_MOST <= low < high <= _MOST, f"{self.name}: clips to {low}..{high}")
        return low, high


Gradients = tuple[Floats64, Floats64 | None]  # of the value before, and of the chain's own input, flattened


class Backward(Protocol):
    """The way back of an operation, for gradients."""

    @property
    def bound(self) -> float:
        """How large the gradients of the value before may be."""

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """Return the gradients of the input, given those of the output.

        ``before`` is the operation's input, ``after`` its output.
        """


@dataclass(frozen=True)
class Passed:
    """A :class:`Backward` by the function ``way``, which needs only the gradient and the value before."""

    bound: float
    way: Callable[[Floats64, Floats32], Gradients]

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """See Backward."""
        return self.way(gradient, before)


@dataclass(frozen=True)
class Operation(ABC):
    """One operation. ``before`` and ``after`` are what is known of its input and its output.

    ``weighted`` says whether the operation is a layer. Layers have tensors, and are numbered in order.
    """

    before: Value
    after: Value
    weighted: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def build(cls, given: Given) -> Operation:
        """Build the operation.

        Raises ModelError, KeyError or TypeError if it cannot be built, or if sums might not be exact.
        """

    @property
    def work(self) -> int:
        """The multiplications for one tile, or as many as take the same time."""
        return WORK_OF_VALUE * max(self.before.size, self.after.size)

    @property
    def held(self) -> int:
        """How many values the operation holds for one tile while it works, its output included."""
        return self.after.size

    @abstractmethod
    def __call__(self, x: Floats32, start: Floats32) -> Floats32:
        """Map ``[B, *before] -> [B, *after]``; ``start`` is the chain's own input."""

    @abstractmethod
    def backward(self, bound: float) -> Backward:
        """Return the way back, for gradients of at most ``bound``, either way."""
