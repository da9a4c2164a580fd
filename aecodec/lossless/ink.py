"""Pictures as their bilevel origins in a range-coded stream: the sides of all, then their ink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import FormatError, ModelError
from aecodec.lossless.based import BasedCoder
from aecodec.lossless.contexts import InkTable
from aecodec.lossless.network import InkNetwork
from aecodec.lossless.origins import Origin
from aecodec.lossless.reduction import BOX, check_reduction, place, reduce_origins
from aecodec.lossless.side_table import SideTable

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class InkCoder:
    """``best`` and ``fast`` are the ways to code ink; a model without a network has but the table, for both.

    ``based`` is the way to code origins given lossy pictures, None where the model has none.
    """

    sides: SideTable
    fast: InkTable
    best: InkTable | InkNetwork
    based: BasedCoder | None = None

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> InkCoder:
        """See the parts for their tensors.

        Raises ModelError for a tensor of another shape or dtype, for a broken bound, for a network over lossy
        pictures in a model that has no other, and where this machine reduces origins wrongly.
        """
        check_reduction()
        sides, table = SideTable.from_tensors(tensors), InkTable.from_logits(tensors["origins.ink"])
        based = BasedCoder.from_tensors(tensors, sides)
        best = InkNetwork.from_tensors(tensors) if "ink.0.weight" in tensors else table
        if based is not None and best is table:
            raise ModelError("a network of ink over lossy pictures, and none without")
        return cls(sides, table, best, based)

    @property
    def has_network(self) -> bool:
        """Whether ``best`` is better than ``fast``."""
        return isinstance(self.best, InkNetwork)

    def encode(self, origins: Sequence[Origin | None], writer: StreamWriter, *, fast: bool) -> None:
        """Code sides and ink."""
        self.sides.encode([0 if origin is None else len(origin.bits) for origin in origins], writer)
        bits = [origin.bits for origin in origins if origin is not None]
        (self.fast if fast else self.best).encode(bits, writer)

    def decode(self, count: int, reader: StreamReader, *, fast: bool) -> list[Bits | None]:
        """The bits ``[side, side]`` of ``count`` tiles, None for those without an origin."""
        sides = self.sides.decode(count, reader)
        bits = iter((self.fast if fast else self.best).decode(sides[sides > 0], reader))
        return [next(bits) if side else None for side in sides]


def draw(bits: Bits, tile: tuple[int, int]) -> NDArray[np.uint8]:
    """The ``tile`` (height, width) whose origin has ``bits``; raises FormatError for one that is blank."""
    box = _reduced(bits)
    return _put(box, *place(box, tile), tile)


def draw_at(origin: Origin, tile: tuple[int, int]) -> NDArray[np.uint8]:
    """The same with the box where ``origin`` says."""
    return _put(_reduced(origin.bits), origin.top, origin.left, tile)


def _reduced(bits: Bits) -> NDArray[np.uint8]:
    if not bits.any():
        raise FormatError("the payload is damaged: an origin without ink")
    box: NDArray[np.uint8] = reduce_origins(bits[None])[0]
    return box


def _put(box: NDArray[np.uint8], top: int, left: int, tile: tuple[int, int]) -> NDArray[np.uint8]:
    drawn = np.zeros(tile, np.uint8)
    drawn[top : top + BOX, left : left + BOX] = box
    return drawn
