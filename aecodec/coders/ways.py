"""Ways to code whole pictures of any size: as photographs, as drawings, quickly, packed; in pieces, or turned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from aecodec import drawings, pixels  # whose modules are imported when they are used
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

CUT, TURNED = 16, 32  # more than a method: the same of pictures that are cut into pieces, or turned


class Way(Protocol):
    """How pictures are coded once planes have been put together to these."""

    method: int
    title: str
    needs: Needs
    whole: bool  # whether alpha is the last plane of a picture, or else a picture of its own

    def __hash__(self) -> int: ...

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> Sequence[Colour]:
        """Return pictures of ``sizes``. Raises FormatError, LimitError, ModelError or UnsupportedError."""

    def head(self, body: bytes, pictures: int) -> bytes:
        """Return what stands before the payload of so many pictures."""

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """Return how many steps the payload takes; 0 where it has none, and behind a ``head`` that will be refused."""


class _Headless:
    """Of ways whose bodies are nothing but a payload."""

    def head(self, body: bytes, pictures: int) -> bytes:
        """See Way."""
        return b""


class Photographs(_Headless):
    """Sample by sample, by a model of pixels (:mod:`aecodec.pixels`)."""

    method, title, needs, whole = 7, "as photographs", Needs.PICTURES, False

    def encode(self, pictures: Sequence[Colour], codec: PixelCodec) -> bytes:
        """Return the body."""
        return codec.encode(pictures)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return codec_of(model, self.method).decode(body, sizes)

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return pixels.steps_of(sizes)


class Quick(_Headless):
    """Sample by sample, by fixed tables; no model is needed."""

    method, title, needs, whole = 8, "quickly", Needs.NOTHING, False

    def encode(self, pictures: Sequence[Colour]) -> bytes:
        """Return the body."""
        return pixels.encode_pictures(pictures, pixels.QuickWalk)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return [*pixels.decode_pictures(body, sizes, pixels.QuickWalk)]

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return pixels.steps_of(sizes)


Inner = Callable[[Sequence[Colour], Sequence[int]], bytes]  # drawings and their references to a payload


class Drawings(_Headless):
    """Pixel by pixel, by a model of pixels that knows drawings (:mod:`aecodec.drawings`)."""

    method, title, needs, whole = 9, "as drawings", Needs.DRAWINGS, True

    def encode(self, pictures: Sequence[Colour], inner: Inner) -> bytes:
        """Return the body; its payload is by ``inner``."""
        return inner(pictures, ())

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return codec_of(model, self.method).decode_drawings(body, sizes)

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return drawings.steps_of(sizes)


class Following:
    """Drawings, some of which follow an earlier one that they resemble: first, of each, how many pictures of its size
    that is before, or 0.
    """

    method, title, needs, whole = 15, "as drawings after others", Needs.DRAWINGS, True

    def encode(self, pictures: Sequence[Colour], distances: Sequence[int], inner: Inner) -> bytes:
        """Return the body; its payload is by ``inner``."""
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
        except FormatError:  # a reference that there is not
            return 0


def _distances(body: bytes, pictures: int) -> tuple[list[int], int]:
    """Return what ``body`` says of the references of its pictures, and where its payload begins. Raises FormatError."""
    cursor = Cursor(body, 0, len(body))
    return [cursor.varint("the distance of a reference") for _ in range(pictures)], cursor.at


class Packed(_Headless):
    """What repeats to the letter, by LZMA (:mod:`aecodec.lossless.packed`)."""

    method, title, needs, whole = 11, "packed", Needs.NOTHING, True

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        from aecodec.lossless.packed import decode_packed  # which others need not wait for

        return [*decode_packed(body, sizes)]

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return 0


class Pieces:
    """Another way, of pictures that are cut into pieces of ``2**bits`` a side."""

    def __init__(self, way: Way, bits: int) -> None:
        self.method, self.title = CUT + way.method, f"{way.title}, in pieces"
        self.needs, self.whole = way.needs, way.whole
        self._way, self.bits = way, bits

    def sizes(self, sizes: Sequence[Size]) -> list[Size]:
        """Return of pictures of ``sizes`` those of the pieces."""
        return cut_sizes(sizes, self.bits)

    def encode(self, pictures: Sequence[Colour], inner: Callable[[Sequence[Colour]], bytes]) -> bytes:
        """Return the body of ``pictures``; that of the pieces is by ``inner``."""
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
    """Photographs that are turned (:mod:`aecodec.coders.turns`)."""

    method, title = TURNED + Photographs.method, f"{Photographs.title}, turned"
    needs, whole = Needs.PICTURES, False

    def encode(self, pictures: Sequence[Colour], turns: Sequence[int], codec: PixelCodec) -> bytes:
        """Return the body of ``pictures`` each turned as ``turns`` say."""
        return bytes(turns) + codec.encode(
            [turned(picture, turn) for picture, turn in zip(pictures, turns, strict=True)]
        )

    def sizes(self, sizes: Sequence[Size], turns: Sequence[int]) -> list[Size]:
        """Return of pictures of ``sizes`` those of what is coded; raises FormatError for a turn that there is not."""
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
        except FormatError:  # a turn that there is not
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
