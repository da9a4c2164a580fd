"""What a container says before its records: flags, model, geometry, count, names."""

from __future__ import annotations

from dataclasses import replace

from aecodec.container.shape import Shape, Shapes
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.frozen import dataclass
from aecodec.limits import MAX_PICTURES, MAX_QUALITY, MAX_STEP

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

FINGERPRINT_BYTES = 4
MAX_BLOCK_PICTURES = 4096
_LAYERED = MODEL | EXACT | LAYERS
_TWO_LAYERS = 0x10  # the high half of the byte that says what layers there are; the low half is step - 1
_GRID = 0x80  # and more: one lossy layer, a grid of latents, and its quality
_PIXELS = 0xF0  # with GEOMETRY: one exact layer, whose model is one of pixels
_ALTERED = 0xF3  # with GEOMETRY: as _PIXELS, of pictures that were altered before, and a byte has the quality
_RESTORED = 0xF4  # the same, of pictures that the model restores behind
_REFERENCED = 0xF2  # with GEOMETRY and MANY: as _GRID, but records begin with references, and a byte has the quality


@dataclass(frozen=True)
class Header:
    """``shapes`` is None where every picture is native; ``block_pictures`` counts for MANY.
    ``step`` is that of a lossy file's symbols, 1 to ``MAX_STEP``. ``layered``: of a file of two layers, each of which
    has a header of its own here, that of the first not ``exact``, and that of the second ``exact``. ``quality`` is that
    of a grid of latents, 0 to ``MAX_QUALITY``, None in a file of another kind. ``pixels``: of an exact file whose model
    is one of pixels. ``referenced``: of a grid of latents whose pictures may be kept as what they differ from others.
    ``altered``: of an exact file of pixels that an encoder altered before, the quality at which, 0 to ``MAX_QUALITY``;
    ``restored``: whether the model restores them behind.
    """

    exact: bool
    fingerprint: bytes | None
    many: bool
    count: int = 1
    block_pictures: int = 1
    shapes: Shapes | None = None
    names: tuple[str, ...] | None = None
    step: int = 1
    layered: bool = False
    quality: int | None = None
    pixels: bool = False
    referenced: bool = False
    altered: int | None = None
    restored: bool = False

    @property
    def lossless(self) -> bool:
        """Whether what it decodes to are the pictures that were compressed."""
        return self.exact and self.altered is None

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return -(-self.count // self.block_pictures)

    @property
    def has_method(self) -> bool:
        """Whether each block begins with a method byte."""
        return self.exact and (self.many or self.layered or self.pixels or self.fingerprint is None)

    @property
    def has_form(self) -> bool:
        """Whether a byte says of what layers the file is made."""
        return self.layered or self.pixels or self.quality is not None

    @property
    def check_bytes(self) -> int:
        """How many low bytes of its pixels' CRC-32 a record keeps: 1 in a single file of tiles or without a model."""
        return 4 if self.many or self.pixels or self.quality is not None else 1

    def front(self) -> bytes:
        """Return what stands before the fields, and before the length of a first layer."""
        flags = (
            (MODEL if self.fingerprint else 0)
            | (EXACT if self.exact or self.has_form else 0)
            | (GEOMETRY if self.shapes else 0)
            | (MANY if self.many else 0)
            | (NAMES if self.names else 0)
            | (STEP if self.step > 1 else 0)
            | (LAYERS if self.has_form else 0)
        )
        out = bytes([SIGNATURE, VERSION_BYTE, flags]) + (self.fingerprint or b"")
        if self.quality is not None:
            return out + (bytes([_REFERENCED, self.quality]) if self.referenced else bytes([_GRID + self.quality]))
        if self.altered is not None:
            return out + bytes([_RESTORED if self.restored else _ALTERED, self.altered])
        if self.pixels:
            return out + bytes([_PIXELS])
        if self.layered:
            return out + bytes([_TWO_LAYERS + self.step - 1])
        return out + bytes([self.step]) if self.step > 1 else out

    def fields(self) -> bytes:
        """Return what follows, up to the index."""
        out = varint(self.count) + varint(self.block_pictures) if self.many else b""
        if self.shapes:
            out += self.shapes.pack() if self.many else self.shapes[0].pack()
        return out

    @classmethod
    def read(cls, cursor: Cursor) -> tuple[Header, bool]:
        """Return the header and whether names follow the index; raises the errors of formats/aec.md."""
        cursor.take(2, "signature")  # checked by the caller, before the checksum
        flags = cursor.byte("flags")
        formed = has_form(flags)
        if flags & STEP and not formed and (flags & EXACT or not flags & MODEL):
            raise UnsupportedError(f"flags {flags:#04x} need a feature not known to this aecodec; a newer one may be")
        fingerprint = cursor.take(FINGERPRINT_BYTES, "model fingerprint") if flags & MODEL else None
        form = Form()
        if formed:
            form = read_form(cursor, flags)
        elif flags & STEP:
            form = Form(_read_step(cursor))
        exact, many = bool(flags & EXACT) and (form.pixels or not formed), bool(flags & MANY)
        if not fingerprint and not (exact and flags & GEOMETRY):
            raise FormatError("a file without a model must be exact and give its sizes")
        if flags & NAMES and not many:
            raise FormatError("names without a container of many pictures")
        if form.quality is not None and not flags & GEOMETRY:
            raise FormatError("a grid of latents without sizes")
        count = block_pictures = 1
        if many:
            count, block_pictures = cursor.varint("count", 1), cursor.varint("pictures a block", 1)
            if count > MAX_PICTURES:
                raise LimitError(f"{count} pictures in one container; the limit is {MAX_PICTURES}")
            if block_pictures > MAX_BLOCK_PICTURES:
                raise LimitError(f"{block_pictures} pictures a block; the limit is {MAX_BLOCK_PICTURES}")
        shapes = None
        if flags & GEOMETRY:
            shapes = Shapes.read(cursor, count) if many else Shapes([(Shape.read(cursor), 1)])
            _check_depths(shapes, exact=exact, tiles=fingerprint is not None and not form.pixels)
            if form.restored and shapes.depths != {False}:
                raise UnsupportedError("16-bit pictures that are restored; a newer aecodec may know them")
        header = cls(exact, fingerprint, many, count, block_pictures, shapes)
        header = replace(header, step=form.step, layered=form.length is not None)
        header = replace(header, quality=form.quality, pixels=form.pixels, referenced=form.referenced)
        header = replace(header, altered=form.altered, restored=form.restored)
        return header, bool(flags & NAMES)


@dataclass(frozen=True)
class Form:
    """What layers a file has: a lossy one of a ``step``; with ``length``, a first layer of so many bytes between these
    fields and its checksum; with ``quality``, a grid of latents, perhaps ``referenced``; with ``pixels``, an exact one,
    of pictures that were perhaps ``altered`` at a quality, and perhaps are ``restored``.
    """

    step: int = 1
    length: int | None = None
    quality: int | None = None
    pixels: bool = False
    referenced: bool = False
    altered: int | None = None
    restored: bool = False


def _check_depths(shapes: Shapes, *, exact: bool, tiles: bool) -> None:
    """Raise UnsupportedError for deep pictures beside others, or where a later version may have them; ``tiles``: in a
    file that names a model of tiles.
    """
    if shapes.depths == {False}:
        return
    if len(shapes.depths) > 1:
        raise UnsupportedError("pictures of 8 and of 16 bits a sample in one container; a newer aecodec may know them")
    if not exact or tiles:
        raise UnsupportedError("16-bit pictures that are lossy, or by a model of tiles; a newer aecodec may know them")


def has_form(flags: int) -> bool:
    """Return whether these are the flags of a file with a byte that says what layers it has."""
    return flags & _LAYERED == _LAYERED


def read_form(cursor: Cursor, flags: int) -> Form:
    """Read that byte, and what belongs to it, in a file with these ``flags``. Raises UnsupportedError for other
    layers than are known, and FormatError.
    """
    layers = cursor.byte("layers")
    if _GRID <= layers <= _GRID + MAX_QUALITY:
        return Form(quality=layers - _GRID)
    if layers == _PIXELS and flags & GEOMETRY:
        return Form(pixels=True)
    if layers == _REFERENCED and flags & GEOMETRY and flags & MANY:
        return Form(quality=_read_quality(cursor), referenced=True)
    if layers in (_ALTERED, _RESTORED) and flags & GEOMETRY:
        return Form(pixels=True, altered=_read_quality(cursor), restored=layers == _RESTORED)
    if layers & 0xF0 != _TWO_LAYERS:
        raise UnsupportedError(f"layers {layers:#04x} are not known to this aecodec; a newer one may know them")
    return Form(step=(layers & 0x0F) + 1, length=cursor.varint("length of the first layer"))


def _read_quality(cursor: Cursor) -> int:
    quality = cursor.byte("quality")
    if quality > MAX_QUALITY:
        raise UnsupportedError(f"a quality of {quality} is not known to this aecodec; a newer one may know it")
    return quality


def _read_step(cursor: Cursor) -> int:
    step = cursor.byte("step")
    if not 2 <= step <= MAX_STEP:
        raise FormatError(f"a step of {step}, expected 2 to {MAX_STEP}")
    return step
