"""Files as later versions may write them: whole, with sound checksums, and not to be read by this one.

A decoder must say that they are *unsupported*, never that they are *corrupt*, or where it is their model that is of a
later version, that the *model* cannot be used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from aecodec.errors import ModelError, UnsupportedError
from aecodec.zoo import Model
from formats.vectors_maker.altered import later_altered
from formats.vectors_maker.broken_layers import Sound
from formats.vectors_maker.drawings import later_drawings
from formats.vectors_maker.fields import (
    EQUAL,
    EXACT,
    GEOMETRY,
    GREY,
    MANY,
    MODEL,
    NAMES,
    RGBA,
    STEP,
    STORED,
    check,
    container,
    deflate,
    geometry,
    named,
    resealed,
    sealed,
    varint,
)
from formats.vectors_maker.grid import later_grid
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import later_pixels
from formats.vectors_maker.references import later_references
from formats.vectors_maker.restored import later_restored
from formats.vectors_maker.vector import Invalid

UNKNOWN_20, OPTIONAL = STEP, 0xC0  # bit 20 without MODEL; what a decoder ignores
DOT = noise(270, 3, 4)
FRAME, BODY, END = geometry(GREY, 4, 3), STORED + DOT.tobytes(), check([DOT])
DEEP, LATER = 0x08, b"\x07"  # a kind of 16 bits a sample, and a method


def make_future(models: Mapping[str, Model], contents: Mapping[str, bytes]) -> dict[str, Invalid]:
    unsupported = _versions() | _flags() | _kinds() | _methods(models) | _layers(models)
    unsupported |= later_grid(models) | later_pixels(models) | later_drawings(models)
    unsupported |= later_references(models) | later_altered(models) | later_restored(models)
    later = {
        "model-version-5": ("a file whose model is of a later version", _named(contents["future"])),
        "model-version-6": ("a file whose model is of version 6", _named(contents["future-6"])),
        "model-version-7": ("a file whose model is of version 7", _named(contents["future-7"])),
        "model-version-8": ("a file whose model is of version 8", _named(contents["future-8"])),
        "model-version-9": ("a file whose model is of version 9", _named(contents["future-9"])),
        "model-version-10": ("a file whose model is of version 10", _named(contents["future-10"])),
        "model-kind": ("a file whose model is of a kind that is unknown", _named(contents["future-kind"])),
    }
    return {
        name: Invalid(shows, error, data)
        for error, group in ((UnsupportedError, unsupported), (ModelError, later))
        for name, (shows, data) in group.items()
    }


def _named(model: bytes) -> bytes:
    """A file of a model of which this version knows nothing."""
    return sealed(MODEL, hashlib.sha256(model).digest()[:4], b"\x2a", END[3:])


def _versions() -> dict[str, tuple[str, bytes]]:
    sound = sealed(EXACT | GEOMETRY, FRAME, BODY, END[3:])[2:-4]
    return {
        "version-2": ("version 2, otherwise as version 1", resealed(b"\xae\xc2" + sound)),
        "version-2-other": ("version 2, in which all else is other", b"\xae\xc2" + noise(271, 60).tobytes()),
        "version-2-alone": ("version 2, and nothing behind it", b"\xae\xc2"),
        "version-15": ("the last version that the byte can say", resealed(b"\xae\xcf" + sound)),
    }


def _flags() -> dict[str, tuple[str, bytes]]:
    """Bit 20 where no version has given it a meaning, with a field of its own behind the flags."""
    exact, lossy, field = EXACT | GEOMETRY | UNKNOWN_20, GEOMETRY | UNKNOWN_20, b"\x05later"
    head, names = varint(2) + varint(2) + varint(2) + FRAME, named(deflate(b"a\0b\0"))
    record = BODY + DOT.tobytes() + check([DOT, DOT])
    many = field, head, varint(len(record)), names, record
    return {
        "flag-20-exact": ("a required feature of exact files without a model", sealed(exact, field, FRAME, BODY, END)),
        "flag-20-lossy": ("one of lossy files without a model", sealed(lossy, field, FRAME, BODY, END[3:])),
        "flag-20-many": ("one of containers with names", sealed(exact | MANY | NAMES, *many)),
        "flag-20-names": ("one that gives names to one picture", sealed(exact | NAMES, field, FRAME, BODY, END[3:])),
        "flag-20-optional": ("with optional features", sealed(exact | OPTIONAL, field, FRAME, BODY, END[3:])),
    }


def _kinds() -> dict[str, tuple[str, bytes]]:
    deep = geometry(DEEP | GREY, 4, 3)
    runs = varint(1) + FRAME + varint(1) + deep
    records = [BODY + END, STORED + bytes(24) + END]
    five = geometry(0x80 | EQUAL | RGBA, 4, 3)
    return {
        "kind-deep": ("a picture of 16 bits a sample", sealed(EXACT | GEOMETRY, deep, STORED, bytes(24), END[3:])),
        "kind-deep-second": (
            "such a picture behind one that is known",
            container(EXACT | GEOMETRY, varint(2) + varint(1), runs, records),
        ),
        "kind-equal": ("a kind of which EQUAL says something new", sealed(EXACT | GEOMETRY, five, BODY, END[3:])),
    }


def _methods(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    model = models["plain"]
    tile = noise(272, *model.tiles.tile)
    native = [STORED + tile.tobytes() + check([tile]), LATER + tile.tobytes() + check([tile])]
    head = varint(2) + varint(1)
    return {
        "method-7": ("a method without a model", sealed(EXACT | GEOMETRY, FRAME, LATER, DOT.tobytes(), END[3:])),
        "method-255": ("the last method that the byte can say", sealed(EXACT | GEOMETRY, FRAME, b"\xff", END)),
        "method-7-second": (
            "a method with a model, in the second block",
            container(MODEL | EXACT, model.fingerprint + head, b"", native),
        ),
    }


def _layers(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    sound = Sound(models)
    many = sound.many
    later = LATER + many[1:]
    return {
        "layers-15": ("layers of a kind below that which is known", sound.file(layers=0x0F)),
        "layers-three": ("three layers", resealed(sound.file(layers=0x30) + sound.record)),
        "layers-method-7": ("a method in a second layer, in its second block",
                            sound.two(varint(len(many)) + varint(len(later)), many + later)),
        "layers-method-255": ("the last method that the byte can say, in a second layer",
                              sound.file(record=b"\xff" + sound.record[1:])),
    }  # fmt: skip
