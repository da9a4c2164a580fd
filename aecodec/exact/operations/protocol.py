"""What an operation of a chain must say and do: whatever is known of one stands in its own class."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from aecodec.arrays import Floats32, Floats64, Tensors
from aecodec.exact.tensors import require, whole
from aecodec.frozen import dataclass
from aecodec.limits import WORK_OF_VALUE

_MOST = 1 << 15  # either way, of a clip


@dataclass(frozen=True)
class Value:
    """What is known of a value in a chain: its ``shape`` without the batch, and that it lies in ``low..high``."""

    shape: tuple[int, ...]
    low: int
    high: int

    @property
    def size(self) -> int:
        """How many numbers it has, for one tile."""
        return math.prod(self.shape)

    @property
    def largest(self) -> int:
        """The farthest from 0 that one of them may be, either way."""
        return max(-self.low, self.high)


@dataclass(frozen=True)
class Given:
    """What an operation is built from: tensors, its ``entry`` in the description, the ``value`` that comes in, and
    ``start``, the chain's own input. ``name`` is said in messages, and begins the names of the operation's tensors.
    """

    tensors: Tensors
    name: str
    entry: Mapping[str, Any]
    value: Value
    start: Value

    def clip(self) -> tuple[int, int]:
        """Return the least and the largest value that the operation lets through. Raises ModelError, KeyError,
        TypeError.
        """
        low, high = whole(self.entry["low"]), whole(self.entry["high"])
        require(-_MOST <= low < high <= _MOST, f"{self.name}: clips to {low}..{high}")
        return low, high


Gradients = tuple[Floats64, Floats64 | None]  # of the value before, and of the chain's own input, flattened


class Backward(Protocol):
    """An operation the other way."""

    @property
    def bound(self) -> float:
        """How large gradients of the value before may be."""

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """Return gradients of what came in from those of what came out; ``before`` and ``after`` are these values."""


@dataclass(frozen=True)
class Passed:
    """A :class:`Backward` for which ``way`` need only know the gradient and the value before."""

    bound: float
    way: Callable[[Floats64, Floats32], Gradients]

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """See Backward."""
        return self.way(gradient, before)


@dataclass(frozen=True)
class Operation(ABC):
    """From the value ``before`` to the value ``after``, by what is known of them.

    ``weighted``: whether it is a layer, with tensors of its own; these are numbered in order.
    """

    before: Value
    after: Value
    weighted: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def build(cls, given: Given) -> Operation:
        """Build the operation; raises ModelError, KeyError or TypeError where it cannot be, or where sums might not
        be exact.
        """

    @property
    def work(self) -> int:
        """Multiplications for one tile, or what takes as long."""
        return WORK_OF_VALUE * max(self.before.size, self.after.size)

    @property
    def held(self) -> int:
        """Values that are held for one tile on the way, those that come out included."""
        return self.after.size

    @abstractmethod
    def __call__(self, x: Floats32, start: Floats32) -> Floats32:
        """Map ``[B, *before] -> [B, *after]``; ``start`` is the chain's own input."""

    @abstractmethod
    def backward(self, bound: float) -> Backward:
        """Return the way back of gradients of at most ``bound``."""
