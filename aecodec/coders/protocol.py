"""What a coder of exact blocks must be able to do. Each method of a record is one object (section 6 of the format)."""

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

    ``shapes`` are those of the pictures whose planes are coded. In a second layer only colour planes are coded, and
    ``shown`` are the same planes as the first layer shows them. Else ``shown`` is None.
    """

    shapes: Sequence[Shape]
    shown: Sequence[Plane] | None = None

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Height and width of each plane."""
        return [(s.height, s.width) for s in self.shapes for _ in range(s.colour_planes + s.has_alpha)]


@dataclass(frozen=True)
class Block:
    """A frame, and its ``planes``, uint8 or uint16 ``[h, w]``: for each picture its colour planes, then alpha."""

    frame: Frame
    planes: Sequence[Plane]


class Needs(enum.Enum):
    """What a coder needs besides the body. That decides which files may have its method."""

    NOTHING = "nothing"
    TILES = "a model of tiles"
    LAYER = "a model of tiles, and a first layer"
    PICTURES = "a model of pixels"
    DRAWINGS = "a model of pixels that knows drawings"


class Coder(Protocol):
    """Decodes planes from a body, exactly. Coders make bodies in different ways, which their Encoder knows."""

    @property
    def method(self) -> int:
        """The number that a record states."""

    @property
    def title(self) -> str:
        """How blocks are coded, in words for users."""

    @property
    def needs(self) -> Needs:
        """What the coder needs besides the body."""

    def decode(self, body: bytes, frame: Frame, model: Model | None) -> list[Plane]:
        """Decode the planes of ``frame``. Raises FormatError, LimitError, ModelError or UnsupportedError."""


CLEARLY = 2  # a body that is so many times shorter than quick deflate is not compared with others
Body = tuple[int, bytes]  # a method, and what a coder of this method reads


class Encoder(Protocol):
    """Makes bodies of blocks with one model, or without any."""

    @property
    def handicap(self) -> int:
        """The bytes by which a body must be shorter than one by a plain coder, so that it pays."""

    def encode(self, blocks: Sequence[Block]) -> Iterator[list[Body]]:
        """Yield for each block the bodies that may be the shortest; an empty list where nothing is worth trying."""
