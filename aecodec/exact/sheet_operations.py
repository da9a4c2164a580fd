"""The operations of a chain over sheets. Each is a class, is built from a description, and proves its bounds.

``SHEET_OPERATIONS`` has them by the ``op`` of a description's entry. A new operation is a class, and a line there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar, Final

import numpy as np

from aecodec.arrays import Tensors
from aecodec.exact.sheet_gradient import LayerGradient
from aecodec.exact.sheet_layers import Layer, Part, build_layer
from aecodec.exact.sheets import Map, Sheet, gathered, spread
from aecodec.exact.tensors import require, whole
from aecodec.frozen import dataclass

_SIDES = (2, 4, 16)


@dataclass(frozen=True)
class SheetValue:
    """What is known of a sheet in a chain: how many ``channels`` it has, and that its values lie in ``low..high``.

    ``scale`` is how many of its places lie along one side of a place of the chain's input. ``halo`` is how far, in
    places of the input, one of its places sees beyond its own place.
    """

    channels: int
    low: int
    high: int
    scale: Fraction = Fraction(1)
    halo: Fraction = Fraction(0)

    @property
    def largest(self) -> int:
        """The largest absolute value."""
        return max(-self.low, self.high)


# From the gradients of the output, the input and the output to the gradients of the input. All sheets have one count.
SheetBackward = Callable[[Sheet, Sheet, Sheet, Map], Sheet]


@dataclass(frozen=True)
class SheetOperation(ABC):
    """One operation. ``after`` is what is known of its output.

    ``work`` counts the multiplications for a place of the chain's input. ``weighted`` says whether the operation is a
    layer; layers have tensors, and are numbered in order. ``ends`` says whether a chain may end with the operation.
    """

    after: SheetValue
    work: Fraction
    weighted: ClassVar[bool] = False
    ends: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def build(cls, tensors: Tensors, name: str, entry: Mapping[str, Any], value: SheetValue) -> SheetOperation:
        """Build the operation from its ``entry`` in the description. ``value`` is what is known of its input.

        ``name`` begins the names of its tensors, and stands in messages. Raises ModelError, KeyError or TypeError.
        """

    @abstractmethod
    def __call__(self, sheet: Sheet, quality: int, run: Map) -> Sheet:
        """Apply the operation to ``sheet`` at ``quality``. ``run`` maps the work."""

    @abstractmethod
    def backward(self) -> SheetBackward:
        """Return the way back of gradients."""


@dataclass(frozen=True)
class Conv(SheetOperation):
    """A layer of one input. Its output is float32."""

    layer: Layer
    weighted: ClassVar[bool] = True

    @classmethod
    def build(cls, tensors: Tensors, name: str, entry: Mapping[str, Any], value: SheetValue) -> Conv:
        """See SheetOperation."""
        low, high = whole(entry["low"]), whole(entry["high"])
        layer = build_layer(tensors, name, [Part(value.channels, value.largest)], low, high)
        after = SheetValue(layer.outputs, low, high, value.scale, value.halo + layer.radius / value.scale)
        return cls(after, layer.work * value.scale**2, layer)

    def __call__(self, sheet: Sheet, quality: int, run: Map) -> Sheet:
        """See SheetOperation."""
        return self.layer([sheet], quality, np.float32, run)

    def backward(self) -> SheetBackward:
        """See SheetOperation."""
        back = LayerGradient(self.layer)
        return lambda gradient, before, after, run: back(gradient, after, run)


@dataclass(frozen=True)
class _Move(SheetOperation):
    """The common part of both steps between resolutions. A block of ``by`` x ``by`` places is one coarser place."""

    by: int

    @classmethod
    def _after(cls, name: str, entry: Mapping[str, Any], value: SheetValue, *, finer: bool) -> tuple[SheetValue, int]:
        """Return what is known of the step's output, and ``by``."""
        by = whole(entry["by"])
        fits = by in _SIDES and not (finer and value.channels % by**2)
        require(fits, f"{name}: {entry['op']} by {by} of {value.channels} channels")
        require(value.scale >= 1 if finer else value.scale <= 1, f"{name}: goes both down and up")
        factor = Fraction(by) if finer else Fraction(1, by)
        return replace(value, channels=int(value.channels / factor**2), scale=value.scale * factor), by


@dataclass(frozen=True)
class Down(_Move):
    """A step down: a block of ``by`` x ``by`` places becomes one place."""

    ends: ClassVar[bool] = False

    @classmethod
    def build(cls, tensors: Tensors, name: str, entry: Mapping[str, Any], value: SheetValue) -> Down:
        """See SheetOperation."""
        after, by = cls._after(name, entry, value, finer=False)
        return cls(after, Fraction(0), by)

    def __call__(self, sheet: Sheet, quality: int, run: Map) -> Sheet:
        """See SheetOperation."""
        return gathered(sheet, self.by)

    def backward(self) -> SheetBackward:
        """See SheetOperation."""
        return lambda gradient, before, after, run: spread(gradient, self.by, (before.height, before.width))


@dataclass(frozen=True)
class Up(_Move):
    """A step up: one place becomes a block of ``by`` x ``by`` places."""

    @classmethod
    def build(cls, tensors: Tensors, name: str, entry: Mapping[str, Any], value: SheetValue) -> Up:
        """See SheetOperation."""
        after, by = cls._after(name, entry, value, finer=True)
        return cls(after, Fraction(0), by)

    def __call__(self, sheet: Sheet, quality: int, run: Map) -> Sheet:
        """See SheetOperation."""
        return spread(sheet, self.by)

    def backward(self) -> SheetBackward:
        """See SheetOperation."""
        return lambda gradient, before, after, run: gathered(gradient, self.by)


SHEET_OPERATIONS: Final[Mapping[str, type[SheetOperation]]] = {"conv": Conv, "down": Down, "up": Up}
