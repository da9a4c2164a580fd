"""What a container says before its records: flags, model, geometry, count, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.limits import MAX_PICTURES, MAX_PIXELS, MAX_SIDE, MAX_STEP

SIGNATURE = 0xAE
VERSION = 1
VERSION_BYTE = 0xC0 | VERSION  # 1100vvvv: the file begins AE Cv

MODEL = 0x01  # a fingerprint follows
EXACT = 0x02  # decodes to the very pixels that were compressed
GEOMETRY = 0x04  # sizes follow; else every picture is a grey one of the model's native size
MANY = 0x08  # a count, an index, blocks; else one picture
NAMES = 0x10  # one name a picture; only with MANY
STEP = 0x20  # a step of quantization follows the fingerprint; only in a lossy file
LAYERS = 0x20  # the same bit with MODEL and EXACT: a lossy layer, then one that makes its pictures exact
RESERVED_OPTIONAL = 0xC0  # a decoder that does not know them ignores them

FINGERPRINT_BYTES = 4
MAX_BLOCK_PICTURES = 4096
_LAYERED = MODEL | EXACT | LAYERS
_TWO_LAYERS = 0x10  # the high half of the byte that says what layers there are; the low half is step - 1
_CHANNELS_MASK, _EQUAL = 0x03, 0x04


@dataclass(frozen=True)
class Shape:
    """One picture's geometry. ``channels`` 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha;
    ``equal``: its colour planes are the same and one stands for all.
    """

    height: int
    width: int
    channels: int = 1
    equal: bool = False

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.channels in (2, 4)

    @property
    def colour_planes(self) -> int:
        """Planes coded, not counting alpha."""
        return 1 if self.equal else self.channels - self.has_alpha

    def check(self) -> None:
        """Raise LimitError for a picture too large."""
        if max(self.height, self.width) > MAX_SIDE or self.height * self.width > MAX_PIXELS:
            raise LimitError(
                f"a picture of {self.width}x{self.height}; the limits are {MAX_SIDE} a side and {MAX_PIXELS} pixels"
            )

    def pack(self) -> bytes:
        """One byte for the channels, then width and height."""
        kind = self.channels - 1 | (_EQUAL if self.equal else 0)
        return bytes([kind]) + varint(self.width) + varint(self.height)

    @classmethod
    def read(cls, cursor: Cursor) -> Shape:
        """Raises FormatError, UnsupportedError or LimitError."""
        kind = cursor.byte("picture kind")
        if kind & ~(_CHANNELS_MASK | _EQUAL):
            raise UnsupportedError(f"picture kind {kind:#04x} is not known to this aecodec; a newer one may be")
        width, height = cursor.varint("width", 1), cursor.varint("height", 1)
        shape = cls(height, width, (kind & _CHANNELS_MASK) + 1, bool(kind & _EQUAL))
        if shape.equal and shape.channels < 3:
            raise FormatError("a grey picture is marked as having equal colour planes")
        shape.check()
        return shape


@dataclass(frozen=True)
class Header:
    """``shapes`` is None where every picture is native; ``block_pictures`` counts for MANY.
    ``step`` is that of a lossy file's symbols, 1 to ``MAX_STEP``. ``layered``: of a file of two layers, each of which
    has a header of its own here, that of the first not ``exact``, and that of the second ``exact``.
    """

    exact: bool
    fingerprint: bytes | None
    many: bool
    count: int = 1
    block_pictures: int = 1
    shapes: tuple[Shape, ...] | None = None
    names: tuple[str, ...] | None = None
    step: int = 1
    layered: bool = False

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return -(-self.count // self.block_pictures)

    @property
    def has_method(self) -> bool:
        """Whether each block begins with a method byte."""
        return self.exact and (self.many or self.layered or self.fingerprint is None)

    def front(self) -> bytes:
        """What stands before the fields, and before the length of a first layer."""
        flags = (
            (MODEL if self.fingerprint else 0)
            | (EXACT if self.exact or self.layered else 0)
            | (GEOMETRY if self.shapes else 0)
            | (MANY if self.many else 0)
            | (NAMES if self.names else 0)
            | (STEP if self.step > 1 else 0)
            | (LAYERS if self.layered else 0)
        )
        out = bytes([SIGNATURE, VERSION_BYTE, flags]) + (self.fingerprint or b"")
        if self.layered:
            return out + bytes([_TWO_LAYERS + self.step - 1])
        return out + bytes([self.step]) if self.step > 1 else out

    def fields(self) -> bytes:
        """What follows, up to the index."""
        out = varint(self.count) + varint(self.block_pictures) if self.many else b""
        if self.shapes:
            out += _pack_shapes(self.shapes) if self.many else self.shapes[0].pack()
        return out

    @classmethod
    def read(cls, cursor: Cursor) -> tuple[Header, bool]:
        """The header and whether names follow the index; raises the errors of formats/aec.md."""
        cursor.take(2, "signature")  # checked by the caller, before the checksum
        flags = cursor.byte("flags")
        layered = is_layered(flags)
        if flags & STEP and not layered and (flags & EXACT or not flags & MODEL):
            raise UnsupportedError(f"flags {flags:#04x} need a feature not known to this aecodec; a newer one may be")
        fingerprint = cursor.take(FINGERPRINT_BYTES, "model fingerprint") if flags & MODEL else None
        step = 1
        if layered:
            step, _ = read_layers(cursor)
        elif flags & STEP:
            step = _read_step(cursor)
        exact, many = bool(flags & EXACT) and not layered, bool(flags & MANY)
        if not fingerprint and not (exact and flags & GEOMETRY):
            raise FormatError("without a model a file must be exact and give its geometry")
        if flags & NAMES and not many:
            raise FormatError("names without a container of many pictures")
        count = block_pictures = 1
        if many:
            count, block_pictures = cursor.varint("count", 1), cursor.varint("pictures a block", 1)
            if count > MAX_PICTURES:
                raise LimitError(f"{count} pictures in one container; the limit is {MAX_PICTURES}")
            if block_pictures > MAX_BLOCK_PICTURES:
                raise LimitError(f"{block_pictures} pictures a block; the limit is {MAX_BLOCK_PICTURES}")
        shapes = None
        if flags & GEOMETRY:
            shapes = _read_shapes(cursor, count) if many else (Shape.read(cursor),)
        header = cls(exact, fingerprint, many, count, block_pictures, shapes, step=step, layered=layered)
        return header, bool(flags & NAMES)


def is_layered(flags: int) -> bool:
    """Whether these are the flags of a file of two layers."""
    return flags & _LAYERED == _LAYERED


def read_layers(cursor: Cursor) -> tuple[int, int]:
    """The step of a first layer, and how many bytes lie between these fields and its checksum.

    Raises UnsupportedError for other layers than are known, and FormatError.
    """
    layers = cursor.byte("layers")
    if layers & 0xF0 != _TWO_LAYERS:
        raise UnsupportedError(f"layers {layers:#04x} are not known to this aecodec; a newer one may know them")
    return (layers & 0x0F) + 1, cursor.varint("length of the first layer")


def _read_step(cursor: Cursor) -> int:
    step = cursor.byte("step")
    if not 2 <= step <= MAX_STEP:
        raise FormatError(f"a step of {step}, expected 2 to {MAX_STEP}")
    return step


def _pack_shapes(shapes: Sequence[Shape]) -> bytes:
    runs = [(shape, len(list(group))) for shape, group in groupby(shapes)]
    return b"".join(varint(length) + shape.pack() for shape, length in runs)


def _read_shapes(cursor: Cursor, count: int) -> tuple[Shape, ...]:
    shapes: list[Shape] = []
    while len(shapes) < count:
        length = cursor.varint("run of equal geometry", 1)
        shape = Shape.read(cursor)
        if length > count - len(shapes) or (shapes and shape == shapes[-1]):
            raise FormatError("runs of geometry do not add up, or two neighbours are equal")
        shapes += [shape] * length
    return tuple(shapes)
