"""Pictures as their bilevel origins in a range-coded stream: the sides of all, then their ink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter, frequencies
from aecodec.errors import FormatError, ModelError
from aecodec.lossless.contexts import LOGIT_STEP, InkTable
from aecodec.lossless.network import InkNetwork
from aecodec.lossless.origins import Origin
from aecodec.lossless.reduction import BOX, place, reduce_origins
from aecodec.lossless.window import SIDES

Bits = NDArray[np.uint8]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class InkCoder:
    """``sides``: one table ``[1, len(SIDES) + 1]``, where symbol k stands for ``SIDES[k - 1]`` and 0 for no origin.

    ``best`` and ``fast`` are the ways to code ink; a model without a network has but the table, for both.
    """

    sides: Integers
    fast: InkTable
    best: InkTable | InkNetwork

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> InkCoder:
        """``origins.sides`` uint8 ``[len(SIDES) + 1]`` holds costs in 1/8 bit; see the parts for the rest.

        Raises ModelError for a tensor of another shape or dtype, and for a broken bound.
        """
        costs = tensors["origins.sides"]
        if costs.shape != (len(SIDES) + 1,) or costs.dtype != np.uint8:
            raise ModelError(f"origins.sides is {costs.dtype} {costs.shape}, not a table of this version")
        table = InkTable.from_logits(tensors["origins.ink"])
        return cls(
            sides=frequencies(costs.astype(np.float32)[None] * -LOGIT_STEP),
            fast=table,
            best=InkNetwork.from_tensors(tensors) if "ink.0.weight" in tensors else table,
        )

    @property
    def has_network(self) -> bool:
        """Whether ``best`` is better than ``fast``."""
        return isinstance(self.best, InkNetwork)

    def encode(self, origins: Sequence[Origin | None], writer: StreamWriter, *, fast: bool) -> None:
        """Code sides and ink."""
        sides = np.array([0 if origin is None else len(origin.bits) for origin in origins])
        symbols = np.where(sides > 0, sides - SIDES[0] + 1, 0)
        writer.encode(symbols, np.repeat(self.sides, len(symbols), axis=0))
        bits = [origin.bits for origin in origins if origin is not None]
        (self.fast if fast else self.best).encode(bits, writer)

    def decode(self, count: int, reader: StreamReader, *, fast: bool) -> list[Bits | None]:
        """The bits ``[side, side]`` of ``count`` tiles, None for those without an origin."""
        symbols = reader.decode(np.repeat(self.sides, count, axis=0))
        sides = symbols[symbols > 0].astype(np.int64) + SIDES[0] - 1
        bits = iter((self.fast if fast else self.best).decode(sides, reader))
        return [next(bits) if symbol else None for symbol in symbols]


def draw(bits: Bits, tile: tuple[int, int]) -> NDArray[np.uint8]:
    """The ``tile`` (height, width) whose origin has ``bits``; raises FormatError for one that is blank."""
    if not bits.any():
        raise FormatError("the payload is damaged: an origin without ink")
    box = reduce_origins(bits[None])[0]
    top, left = place(box, tile)
    drawn = np.zeros(tile, np.uint8)
    drawn[top : top + BOX, left : left + BOX] = box
    return drawn
