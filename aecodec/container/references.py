"""Which pictures of a block are kept as what they differ from another one: the list in front of a lossy record."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from aecodec.container.shape import Shape
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError

References = Sequence[int | None]  # of each picture of a block: the number of another one there, or None


def pack_references(references: References, shapes: Sequence[Shape]) -> bytes:
    """Return a bit for each picture, up to the last with a reference, and for each of these its place among those that
    it could be to. Without any ``references`` that is one byte.
    """
    mask = sum(1 << number for number, each in enumerate(references) if each is not None)
    length = -(-mask.bit_length() // 8)
    out = varint(length) + mask.to_bytes(length, "little")
    if mask:
        open_to = _open_to([each is not None for each in references], shapes)
        for each, shape in zip(references, shapes, strict=True):
            out += b"" if each is None else varint(open_to[_kind(shape)].index(each))
    return out


def read_references(cursor: Cursor, shapes: Sequence[Shape]) -> References:
    """Read the references of pictures of ``shapes``. Raises FormatError."""
    mask = _read_mask(cursor, len(shapes))
    has = [bool(mask >> number & 1) for number in range(len(shapes))]
    open_to = _open_to(has, shapes)
    found: list[int | None] = [None] * len(shapes)
    for number, shape in compress(enumerate(shapes), has):
        place, some = cursor.varint("reference"), open_to.get(_kind(shape), [])
        if place >= len(some):
            raise FormatError(f"a picture refers to number {place} of {len(some)} others")
        found[number] = some[place]
    return found


def count_references(cursor: Cursor, pictures: int) -> int:
    """Return how many of the ``pictures`` of a block have one, and read no more than that. Raises FormatError."""
    return _read_mask(cursor, pictures).bit_count()


def _read_mask(cursor: Cursor, pictures: int) -> int:
    """Return the bits that say which pictures have a reference, the first picture's the lowest."""
    length = cursor.varint("length of the list of references")
    mask = int.from_bytes(cursor.take(length, "list of references"), "little")
    if mask.bit_length() <= 8 * (length - 1):
        raise FormatError("a list of references that is longer than needed")
    if mask >> pictures:
        raise FormatError("a reference for a picture behind the last of its block")
    return mask


def _open_to(has: Sequence[bool], shapes: Sequence[Shape]) -> dict[Shape, list[int]]:
    """Return for each kind of picture those that have no reference themselves, in order."""
    found: dict[Shape, list[int]] = {}
    for number, (other, shape) in enumerate(zip(has, shapes, strict=True)):
        if not other:
            found.setdefault(_kind(shape), []).append(number)
    return found


def _kind(shape: Shape) -> Shape:
    """Return what pictures must have in common: size and number of colour planes."""
    return shape.opaque
