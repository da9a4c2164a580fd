"""Ways to code whole pictures of any size: as photographs, as drawings, quickly, packed; in pieces, or turned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from aecodec import drawings, pixels  # their modules are imported when they are used
from aecodec.arrays import Colour
from aecodec.coders.cuts import LEAST_BITS, MOST_BITS, cut, cut_sizes, put_together
from aecodec.coders.protocol import Needs
from aecodec.coders.turns import turned, turned_back, turned_size
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, ModelError
from aecodec.kinds import Size
from aecodec.zoo import Model

if TYPE_CHECKING:
    from aecodec.kinds import PixelCodec

CUT, TURNED = 16, 32  # added to a method: the same method for pictures that are cut into pieces, or turned


class Way(Protocol):
    """How pictures are coded, when planes have been joined to pictures."""

    method: int
    title: str
    needs: Needs
    whole: bool  # whether alpha is the last plane of its picture; else it is a picture of its own

    def __hash__(self) -> int: ...

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> Sequence[Colour]:
        """Return pictures of ``sizes``. Raises FormatError, LimitError, ModelError or UnsupportedError."""

    def head(self, body: bytes, pictures: int) -> bytes:
        """Return what stands before the payload in the ``body`` of so many ``pictures``."""

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """Return how many steps the payload takes, 0 if it has none, or if ``head`` will be refused."""


class _Headless:
    """The common part of ways whose bodies are a payload, and nothing else."""

    def head(self, body: bytes, pictures: int) -> bytes:
        """See Way."""
        return b""


class Photographs(_Headless):
    """A Way sample by sample, with a pixel model (:mod:`aecodec.pixels`)."""

    method, title, needs, whole = 7, "as photographs", Needs.PICTURES, False

    def encode(self, pictures: Sequence[Colour], codec: PixelCodec) -> bytes:
        """Return the body of ``pictures``, uint8 ``[height, width, 1 or 3]``."""
        return codec.encode(pictures)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return codec_of(model, self.method).decode(body, sizes)

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return pixels.steps_of(sizes)


class Quick(_Headless):
    """A Way sample by sample, by a fixed prediction and fixed tables, without a model."""

    method, title, needs, whole = 8, "quickly", Needs.NOTHING, False

    def encode(self, pictures: Sequence[Colour]) -> bytes:
        """Return the body of ``pictures``, uint8 ``[height, width, 1 or 3]``."""
        return pixels.encode_pictures(pictures, pixels.QuickWalk)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return [*pixels.decode_pictures(body, sizes, pixels.QuickWalk)]

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return pixels.steps_of(sizes)


Inner = Callable[[Sequence[Colour], Sequence[int]], bytes]  # drawings and the distances of references to a payload


class Drawings(_Headless):
    """A Way pixel by pixel, with a pixel model that codes drawings (:mod:`aecodec.drawings`)."""

    method, title, needs, whole = 9, "as drawings", Needs.DRAWINGS, True

    def encode(self, pictures: Sequence[Colour], inner: Inner) -> bytes:
        """Return the body of ``pictures``, alpha included. ``inner`` makes its payload."""
        return inner(pictures, ())

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return codec_of(model, self.method).decode_drawings(body, sizes)

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return drawings.steps_of(sizes)


class Following:
    """A Way of drawings with references: a drawing may follow an earlier one that it resembles.

    A body begins with a distance for each picture: how many pictures of its size its reference is before it, or 0.
    """

    method, title, needs, whole = 15, "as drawings after others", Needs.DRAWINGS, True

    def encode(self, pictures: Sequence[Colour], distances: Sequence[int], inner: Inner) -> bytes:
        """Return the body of ``pictures``, alpha included. ``inner`` makes its payload."""
        return b"".join(map(varint, distances)) + inner(pictures, distances)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        distances, start = _distances(body, len(sizes))
        return codec_of(model, self.method).decode_drawings(body[start:], sizes, distances)

    def head(self, body: bytes, pictures: int) -> bytes:
        """See Way."""
        try:
            return body[: _distances(body, pictures)[1]]
        except FormatError:
            return b""

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        try:
            return drawings.steps_of(sizes, _distances(head, len(sizes))[0])
        except FormatError:  # a reference that does not exist
            return 0


def _distances(body: bytes, pictures: int) -> tuple[list[int], int]:
    """Return the distances of references in ``body``, and where its payload begins. Raises FormatError."""
    cursor = Cursor(body, 0, len(body))
    return [cursor.varint("the distance of a reference") for _ in range(pictures)], cursor.at


class Packed(_Headless):
    """A Way of pictures with exact repetitions, by LZMA (:mod:`aecodec.lossless.packed`)."""

    method, title, needs, whole = 11, "packed", Needs.NOTHING, True

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        from aecodec.lossless.packed import decode_packed  # here, for other ways do not need it

        return [*decode_packed(body, sizes)]

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return 0


class Pieces:
    """A Way by another one, which codes pieces of the pictures, ``2**bits`` pixels a side."""

    def __init__(self, way: Way, bits: int) -> None:
        self.method, self.title = CUT + way.method, f"{way.title}, in pieces"
        self.needs, self.whole = way.needs, way.whole
        self._way, self.bits = way, bits

    def sizes(self, sizes: Sequence[Size]) -> list[Size]:
        """Return the sizes of the pieces of pictures of ``sizes``."""
        return cut_sizes(sizes, self.bits)

    def encode(self, pictures: Sequence[Colour], inner: Callable[[Sequence[Colour]], bytes]) -> bytes:
        """Return the body of ``pictures``. ``inner`` makes the body of the pieces."""
        return bytes([self.bits]) + inner(cut(pictures, self.bits))

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        if not body:
            raise FormatError("a block that does not say how its pictures are cut")
        pieces = self._way.decode(body[1:], cut_sizes(sizes, body[0]), model)
        return put_together(pieces, sizes, body[0])

    def head(self, body: bytes, pictures: int) -> bytes:
        """See Way."""
        return body[:1]

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        if not head or not LEAST_BITS <= head[0] <= MOST_BITS:
            return 0
        return self._way.steps(b"", cut_sizes(sizes, head[0]))


class Turned:
    """A Way of photographs that are turned first (:mod:`aecodec.coders.turns`)."""

    method, title = TURNED + Photographs.method, f"{Photographs.title}, turned"
    needs, whole = Needs.PICTURES, False

    def encode(self, pictures: Sequence[Colour], turns: Sequence[int], codec: PixelCodec) -> bytes:
        """Return the body of ``pictures``, each of them turned as ``turns`` say."""
        return bytes(turns) + codec.encode(
            [turned(picture, turn) for picture, turn in zip(pictures, turns, strict=True)]
        )

    def sizes(self, sizes: Sequence[Size], turns: Sequence[int]) -> list[Size]:
        """Return the sizes of turned pictures of ``sizes``. Raises FormatError for a turn that does not exist."""
        return [turned_size(size, turn) for size, turn in zip(sizes, turns, strict=True)]

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        if len(body) < len(sizes):
            raise FormatError("a block that does not say how all its pictures are turned")
        turns = body[: len(sizes)]
        found = PHOTOGRAPHS.decode(body[len(sizes) :], self.sizes(sizes, turns), model)
        return [turned_back(picture, turn) for picture, turn in zip(found, turns, strict=True)]

    def head(self, body: bytes, pictures: int) -> bytes:
        """See Way."""
        return body[:pictures]

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        if len(head) < len(sizes):
            return 0
        try:
            return pixels.steps_of(self.sizes(sizes, head))
        except FormatError:  # a turn that does not exist
            return 0


def codec_of(model: Model | None, method: int) -> PixelCodec:
    """Return the codec of ``model``. Raises ModelError if it cannot read blocks of ``method``."""
    if model is None:
        raise ModelError(f"a block of method {method} cannot be decoded without its model")
    if model.pixels is None:
        raise ModelError(f"model {model.id} cannot read blocks of method {method}")
    return model.pixels


PHOTOGRAPHS, QUICK, DRAWINGS, PACKED, TURNED_PHOTOGRAPHS = Photographs(), Quick(), Drawings(), Packed(), Turned()
FOLLOWING = Following()
PHOTOGRAPH_PIECES, QUICK_PIECES, DRAWING_PIECES = Pieces(PHOTOGRAPHS, 9), Pieces(QUICK, 9), Pieces(DRAWINGS, 6)
WAYS: tuple[Way, ...] = (
    *(PHOTOGRAPHS, QUICK, DRAWINGS, FOLLOWING, PACKED),
    *(PHOTOGRAPH_PIECES, QUICK_PIECES, DRAWING_PIECES, TURNED_PHOTOGRAPHS),
)
