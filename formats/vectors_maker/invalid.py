"""Files that must not decode: each breaks one rule."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from aecodec.errors import AecError, FormatError, LimitError, ModelError, UnsupportedError
from aecodec.zoo import Model
from formats.vectors_maker.adapted import missing_adapted, unknown_adapted
from formats.vectors_maker.broken_layers import corrupt_layers, missing_layers, unknown_layers
from formats.vectors_maker.cuts import corrupt_cuts, limit_cuts, unknown_cuts
from formats.vectors_maker.deep import corrupt_deep, limit_deep, unknown_deep
from formats.vectors_maker.drawings import corrupt_drawings, limit_drawings, missing_drawings, unknown_drawings
from formats.vectors_maker.fields import (
    DEFLATED,
    DIFFERENCED,
    EQUAL,
    EXACT,
    GEOMETRY,
    GREY,
    LA,
    MANY,
    MODEL,
    MODELLED,
    NAMES,
    RGB,
    RGBA,
    STEP,
    STORED,
    check,
    container,
    deflate,
    geometry,
    named,
    sealed,
    varint,
)
from formats.vectors_maker.following import corrupt_following, limit_following, unknown_following
from formats.vectors_maker.grid import corrupt_grid, limit_grid, missing_grid
from formats.vectors_maker.network import corrupt_network, missing_networks, unknown_methods
from formats.vectors_maker.packed import corrupt_packed, unknown_packed
from formats.vectors_maker.payloads import broken_payloads
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import corrupt_pixels, limit_pixels, missing_pixels, unknown_pixels
from formats.vectors_maker.quick import corrupt_quick, limit_quick, unknown_quick
from formats.vectors_maker.references import corrupt_references
from formats.vectors_maker.restored import corrupt_restored, missing_restored
from formats.vectors_maker.steps import corrupt_steps, reserved_steps
from formats.vectors_maker.turns import corrupt_turns, limit_turns, unknown_turns
from formats.vectors_maker.vector import Invalid
from formats.vectors_maker.work import limit_work

DOT = noise(60, 2, 3)  # the picture of most of them, 3 wide and 2 high
FRAME = geometry(GREY, 3, 2)
BODY = STORED + DOT.tobytes()


def one(flags: int = EXACT | GEOMETRY, shape: bytes = FRAME, record: bytes = BODY + check([DOT])[3:]) -> bytes:
    return sealed(flags, shape, record)


def two(
    flags: int = 0,
    head: bytes = varint(2) + varint(1),
    shapes: bytes = varint(2) + FRAME,
    index: bytes = varint(11) * 2,
    names: bytes = b"",
    records: bytes = (BODY + check([DOT])) * 2,
) -> bytes:
    """A container of the same picture twice, some fields of which are replaced."""
    return sealed(flags | EXACT | GEOMETRY | MANY, head, shapes, index, names, records)


def make_invalid(models: Mapping[str, Model], contents: Mapping[str, bytes]) -> dict[str, Invalid]:
    sound, end = one(), check([DOT])[3:]
    broken = sound[:-1] + bytes([sound[-1] ^ 1])
    corrupt = {
        "empty": ("no bytes", b""),
        "signature-first": ("the first byte", b"\xaf" + sound[1:]),
        "signature-second": ("the high half of the second byte", b"\xae\x81" + sound[2:]),
        "too-short": ("too short for a checksum", sound[:6]),
        "checksum": ("a checksum that differs", broken),
        "cut": ("the last byte is missing", sound[:-1]),
        "names-without-many": ("NAMES without MANY", one(EXACT | GEOMETRY | NAMES)),
        "lossy-without-model": ("neither MODEL nor EXACT", one(GEOMETRY)),
        "sizes-missing": ("neither MODEL nor GEOMETRY", one(EXACT)),
        "fingerprint-cut": ("two bytes of a fingerprint", sealed(MODEL, b"\0\0")),
        "count-0": ("no pictures", two(head=varint(0) + varint(1))),
        "block-pictures-0": ("blocks of no pictures", two(head=varint(2) + varint(0))),
        "varint-long": ("a varint that is not in its shortest form", two(head=b"\x82\0" + varint(1))),
        "varint-six": ("a varint of six bytes", two(head=b"\xff" * 5 + b"\x01" + varint(1))),
        "varint-33-bits": ("a varint above 2^32 - 1", two(head=b"\x80\x80\x80\x80\x10" + varint(1))),
        "varint-cut": ("a varint that does not end", sealed(EXACT | GEOMETRY, b"\0\x83")),
        "equal-grey": ("EQUAL with one channel", one(shape=geometry(EQUAL | GREY, 3, 2))),
        "equal-grey-alpha": ("EQUAL with two channels", one(shape=geometry(EQUAL | LA, 3, 2))),
        "width-0": ("no columns", one(shape=geometry(GREY, 0, 2))),
        "height-0": ("no rows", one(shape=geometry(GREY, 3, 0))),
        "width-long": ("a width not in its shortest form", one(shape=b"\0\x83\0\x02")),
        "run-0": ("a run of no pictures", two(shapes=varint(0) + FRAME + varint(2) + FRAME)),
        "runs-above-count": ("runs of more pictures than count", two(shapes=varint(3) + FRAME)),
        "runs-below-count": ("runs that end before count", sealed(EXACT | GEOMETRY | MANY, b"\x02\x02\x01" + FRAME)),
        "runs-equal": ("neighbouring runs of the same size", two(shapes=(varint(1) + FRAME) * 2)),
        "index-3": ("a record too short for its check", two(index=varint(3) + varint(19))),
        "index-short": ("an index that leaves a byte over", two(index=varint(11) + varint(10))),
        "index-long": ("an index that runs past the end", two(index=varint(11) + varint(12))),
        "index-cut": ("more blocks than bytes", two(head=varint(2**24) + varint(1), shapes=varint(2**24) + FRAME)),
        "byte-extra-many": ("a byte after the last record", two(records=(BODY + check([DOT])) * 2 + b"\0")),
        "byte-missing-many": ("a byte of the last record is missing", two(records=((BODY + check([DOT])) * 2)[:-1])),
        "byte-extra": ("a byte more than the picture needs", one(record=BODY + b"\0" + end)),
        "byte-missing": ("a byte less than the picture needs", one(record=BODY[:-1] + end)),
        "record-missing": ("a file that ends behind its geometry", one(record=b"")),
        "method-missing": ("a record of a check alone", one(record=end)),
        "modelled-without-model": ("method 3 without MODEL", one(record=MODELLED + end)),
        "deflate-cut": ("a deflate stream that does not end", one(record=DEFLATED + deflate(DOT.tobytes())[:-1] + end)),
        "deflate-tail": ("a byte behind a deflate stream", one(record=DEFLATED + deflate(DOT.tobytes()) + b"\0" + end)),
        "deflate-broken": ("a deflate block of the reserved type", one(record=DEFLATED + b"\x07" + end)),
        "deflate-short": ("a deflate stream of too few bytes", one(record=DEFLATED + deflate(bytes(5)) + end)),
        "deflate-long": ("a deflate stream of too many bytes", one(record=DIFFERENCED + deflate(bytes(7)) + end)),
        "check": ("a check of other pixels", one(record=BODY + bytes([end[0] ^ 1]))),
        "check-many": ("a check that differs in its first byte", two(records=wrong_check())),
        **unsafe_names(),
        **broken_payloads(models),
        **corrupt_steps(models),
        **corrupt_network(models),
        **corrupt_layers(models),
        **corrupt_grid(models),
        **corrupt_pixels(models),
        **corrupt_quick(models),
        **corrupt_drawings(models),
        **corrupt_restored(models),
        **corrupt_following(models),
        **corrupt_cuts(models),
        **corrupt_turns(models),
        **corrupt_packed(models),
        **corrupt_deep(models),
        **corrupt_references(models),
    }
    limit = {
        "side": ("a side of 32,769 pixels", one(shape=geometry(GREY, 32769, 1))),
        "pixels": ("89,491,600 pixels", one(shape=geometry(GREY, 9460, 9460))),
        "count": ("2^24 + 1 pictures", two(head=varint(2**24 + 1) + varint(1))),
        "block-pictures": ("blocks of 4,097 pictures", two(head=varint(2) + varint(4097))),
        "block-samples": (
            "three pictures of 2^28 samples in a block",
            two(head=varint(3) + varint(3), shapes=varint(3) + geometry(RGBA, 8192, 8192), index=varint(22)),
        ),
        "tile-samples": ("pictures one pixel high, more than 2^30 samples in their tiles", thin(models["plain"])),
        **limit_grid(models),
        **limit_pixels(models),
        **limit_quick(),
        **limit_drawings(models),
        **limit_following(models),
        **limit_cuts(),
        **limit_turns(models),
        **limit_deep(),
        **limit_work(models),
    }
    unsupported = {
        "version-2": ("a later version, whatever follows", b"\xae\xc2" + broken[2:]),
        "version-0": ("an earlier version", b"\xae\xc0" + sound[2:]),
        "required-flag": ("a feature that is required and unknown", one(EXACT | GEOMETRY | STEP)),
        "required-flag-first": ("the same, in a file of flags alone", sealed(STEP | NAMES)),
        "kind": ("a kind of picture that is unknown", one(shape=geometry(0x08, 3, 2))),
        "kind-first": ("the same with EQUAL, and no sizes", one(shape=b"\x84", record=b"")),
        "method-4": ("a method that is unknown", one(record=b"\x04" + end)),
        **reserved_steps(models),
        **unknown_methods(models),
        **unknown_layers(models),
        **unknown_pixels(models),
        **unknown_quick(models),
        **unknown_drawings(models),
        **unknown_following(models),
        **unknown_cuts(models),
        **unknown_turns(models),
        **unknown_packed(models),
        **unknown_adapted(models),
        **unknown_deep(models),
    }
    exact, lossy = MODEL | EXACT, models["lossy-only"]
    cut = hashlib.sha256(contents["cut"]).digest()[:4]
    missing = {
        "model-missing": ("a model that is nowhere", sealed(MODEL, b"none", b"\x01")),
        "model-not-sound": ("a model that is not sound", sealed(MODEL, cut, b"\x01")),
        "model-lossy-only": ("method 3 with a model without a residual coder", sealed(exact, lossy.fingerprint, end)),
        "model-missing-first": (
            "a model that is nowhere, and a method that is unknown",
            container(exact, b"none" + varint(1) + varint(1), b"", [b"\x04" + check([DOT])]),
        ),
        **missing_networks(models),
        **missing_layers(models),
        **missing_grid(models),
        **missing_pixels(models, contents),
        **missing_drawings(models, contents),
        **missing_adapted(models, contents),
        **missing_restored(models, contents),
    }
    kinds: tuple[tuple[type[AecError], dict[str, tuple[str, bytes]]], ...]
    kinds = ((FormatError, corrupt), (LimitError, limit), (UnsupportedError, unsupported), (ModelError, missing))
    return {
        ("limit-" if error is LimitError else "") + name: Invalid(shows, error, data)
        for error, group in kinds
        for name, (shows, data) in group.items()
    }


def thin(model: Model) -> bytes:
    """A few more tiles than fit, and fewer symbols than 2^28."""
    pictures = 2**30 // (3 * 32768 * model.tiles.tile[0]) + 1
    lines = varint(pictures) + geometry(RGB, 32768, 1)
    return container(MODEL | GEOMETRY, model.fingerprint + varint(pictures) * 2, lines, [check([])])


def wrong_check() -> bytes:
    right = check([DOT])
    return BODY + right + BODY + bytes([right[0] ^ 1]) + right[1:]


def unsafe_names() -> dict[str, tuple[str, bytes]]:
    def file(raw: bytes) -> bytes:
        return two(NAMES, names=named(deflate(raw)))

    both = b"a\0b\0"
    texts = {
        "absolute": b"/a", "parent": b"../a", "parent-inside": b"b/../a", "dot": b"./a", "folder": b"a/",
        "double": b"b//a", "backslash": b"b\\a", "colon": b"c:a", "star": b"*", "question": b"?", "quote": b'"',
        "less": b"<", "greater": b">", "bar": b"|", "control": b"a\n", "delete": b"a\x7f", "none": b"",
        "long": b"x" * 1025, "not-utf-8": b"\xff", "surrogate": b"\xed\xa0\x80",
    }  # fmt: skip
    found = {f"name-{name}": (f"the name {text[:9]!r}", file(b"a\0" + text + b"\0")) for name, text in texts.items()}
    return {
        **found,
        "names-repeated": ("two equal names", file(b"a\0a\0")),
        "names-folder": ("a name that is another's folder", file(b"a/b\0a\0")),
        "names-few": ("one name for two pictures", file(b"a\0")),
        "names-many": ("three names for two pictures", file(both + b"c\0")),
        "names-no-end": ("a last name without its 00", file(both[:-1])),
        "names-cut": ("a deflate stream that does not end", two(NAMES, names=named(deflate(both)[:-1]))),
        "names-tail": ("a byte behind a deflate stream", two(NAMES, names=named(deflate(both) + b"\0"))),
        "names-past-end": ("names that run past the end", two(NAMES, names=varint(99) + deflate(both))),
    }
