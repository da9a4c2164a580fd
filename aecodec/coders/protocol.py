"""What a coder of exact blocks must be able to do: one object for each method of a record (section 6 of the format)."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import Protocol

from aecodec.arrays import Plane
from aecodec.container import Shape
from aecodec.frozen import dataclass
from aecodec.zoo import Model


@dataclass(frozen=True)
class Frame:
    """What is known of a block before its body is read.

    ``shapes`` are those of the pictures whose planes are coded. In a second layer these are the colour planes alone,
    and ``shown`` are the same planes as the first layer shows them; elsewhere it is None.
    """

    shapes: Sequence[Shape]
    shown: Sequence[Plane] | None = None

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Height and width of each plane."""
        return [(s.height, s.width) for s in self.shapes for _ in range(s.colour_planes + s.has_alpha)]


@dataclass(frozen=True)
class Block:
    """A frame, and its ``planes``: of each picture those of colour, then alpha; uint8 ``[h, w]``."""

    frame: Frame
    planes: Sequence[Plane]


class Needs(enum.Enum):
    """What a coder needs beside the body. It settles which files may have its method."""

    NOTHING = "nothing"
    TILES = "a model of tiles"
    LAYER = "a model of tiles, and a first layer"
    PICTURES = "a model of pixels"
    DRAWINGS = "a model of pixels that knows drawings"


class Coder(Protocol):
    """Planes from a body, exactly. How a body is made is the coder's own business: an Encoder knows it."""

    @property
    def method(self) -> int:
        """The number that a record states."""

    @property
    def title(self) -> str:
        """What people are told: how blocks are coded."""

    @property
    def needs(self) -> Needs:
        """Which files may have it."""

    def decode(self, body: bytes, frame: Frame, model: Model | None) -> list[Plane]:
        """Decode the planes of ``frame``. Raises FormatError, LimitError, ModelError or UnsupportedError."""


CLEARLY = 2  # so many times shorter than quick deflate, a body needs no comparison with others
Body = tuple[int, bytes]  # a method, and what a coder of this method reads


class Encoder(Protocol):
    """Bodies of blocks by one model, or by none."""

    @property
    def handicap(self) -> int:
        """Bytes by which a body must be shorter than one by no model, so that it pays."""

    def encode(self, blocks: Sequence[Block]) -> Iterator[list[Body]]:
        """Return those bodies of each block that may be the shortest; none where nothing is worth trying."""
