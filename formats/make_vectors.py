"""Make the golden vectors beside this file: files that must decode, files that must not, and their manifest.

    PYTHONPATH=. python formats/make_vectors.py [FOLDER]

Vectors are only ever added. Where a file exists with other bytes, or one exists that is no longer made
here, nothing is written and the script ends with an error.

``models/``    made models, and one file that is no sound model
``valid/``     NAME.aec with NAME.npy, its pictures one after another as ``numpy.save`` writes them;
               NAME.source.npy, the pictures that were compressed, where the file is lossy
``invalid/``   NAME.aec, each of which breaks one rule of aec.md and has sound checksums unless that is the rule
``manifest.json``  what each file shows, how it was encoded, what comes out, and every SHA-256
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.codec import Decoder
from aecodec.codec.encode import Plan, encode
from aecodec.codec.tiles import cut, shape_of, split_planes
from aecodec.container import parse
from aecodec.entropy import StreamWriter
from aecodec.errors import AecError, FormatError, LimitError, ModelError, UnsupportedError
from aecodec.lossy import encode_symbols
from aecodec.zoo import Model, Zoo, load_model, save_model
from tests.made import made_tensors, strokes

Picture = NDArray[np.uint8]
FOLDER = Path(__file__).parent / "vectors"
SIGNATURE = b"\xae\xc1"
MODEL, EXACT, GEOMETRY, MANY, NAMES, REQUIRED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
STORED, DEFLATED, DIFFERENCED, MODELLED = (bytes([method]) for method in range(4))
GREY, LA, RGB, RGBA, EQUAL = 0, 1, 2, 3, 4


# ---- A writer of raw fields, which checks nothing ---------------------------------------------


def varint(value: int) -> bytes:
    low = value & 0x7F
    return bytes([low]) if value == low else bytes([low | 0x80]) + varint(value >> 7)


def deflate(raw: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(raw) + coder.flush()


def differences(planes: Sequence[Picture]) -> bytes:
    wide = [np.pad(plane, ((1, 0), (1, 0))) for plane in planes]
    return b"".join((w[1:, 1:] - w[1:, :-1] - w[:-1, 1:] + w[:-1, :-1]).tobytes() for w in wide)


def geometry(kind: int, width: int, height: int) -> bytes:
    return bytes([kind]) + varint(width) + varint(height)


def sealed(flags: int, *fields: bytes) -> bytes:
    """A file of these fields, with its checksum."""
    content = SIGNATURE + bytes([flags]) + b"".join(fields)
    return content + zlib.crc32(content).to_bytes(4, "big")


def check(pictures: Sequence[Picture]) -> bytes:
    """What ends the record of a block of a container; its last byte ends a file of one."""
    return zlib.crc32(b"".join(picture.tobytes() for picture in pictures)).to_bytes(4, "big")


def container(flags: int, head: bytes, shapes: bytes, records: Sequence[bytes], names: bytes = b"") -> bytes:
    """A file of many: ``head`` is fingerprint, count and block-pictures."""
    index = b"".join(varint(len(record)) for record in records)
    return sealed(flags | MANY, head, shapes, index, names, *records)


def named(packed: bytes) -> bytes:
    return varint(len(packed)) + packed


def payload_of(model: Model, symbols: Any, tiles: Picture | None = None) -> bytes:
    """The payload of one group with these symbols and, with ``tiles``, their residual."""
    writer = StreamWriter()
    each = np.array(symbols, np.int8)
    encode_symbols(model.lossy.prior, each, writer)
    if tiles is not None:
        assert model.residual is not None
        model.residual.encode(tiles, model.lossy.synthesise(each), writer)
    return writer.finish()


def escaping(model: Model, excess: int) -> bytes:
    """A payload whose first symbol lies above its table by ``excess``, whatever that is."""
    prior, writer = model.lossy.prior, StreamWriter()
    table = prior.table(prior.start(1), 0)
    writer.encode(np.array([table.shape[1] - 1]), table)
    writer.encode_excess(False, excess)
    return writer.finish()


def planes_of(*pictures: Picture) -> list[Picture]:
    return [plane for picture in pictures for plane in split_planes(picture, shape_of(picture))]


def tiles_of(pictures: Sequence[Picture], model: Model) -> Picture:
    return np.concatenate([cut(plane, model.tile) for plane in planes_of(*pictures)])


# ---- What a vector is -------------------------------------------------------------------------


@dataclass(frozen=True)
class Valid:
    """``encode`` are arguments of ``aecodec.compress``, None for a file written field by field."""

    shows: str
    data: bytes
    pictures: list[Picture]
    names: list[str] | None = None
    source: list[Picture] | None = None
    encode: dict[str, Any] | None = None
    deflate: bool = False

    @property
    def entry(self) -> dict[str, Any]:
        samples = b"".join(picture.tobytes() for picture in self.pictures)
        return {
            "shows": self.shows,
            "shapes": [list(picture.shape) for picture in self.pictures],
            "pixels_sha256": hashlib.sha256(samples).hexdigest(),
            "names": self.names,
            "encode": self.encode,
            "deflate": self.deflate,  # bytes may differ with another zlib, so decode it only
        }


@dataclass(frozen=True)
class Invalid:
    shows: str
    error: type[AecError]
    data: bytes

    @property
    def entry(self) -> dict[str, Any]:
        return {"shows": self.shows, "error": self.error.__name__}


# ---- Models -----------------------------------------------------------------------------------


def make_models() -> dict[str, bytes]:
    tensors, description = made_tensors(seed=1, latents=6, tile=(8, 8))
    plain = save_model("vector-plain", tensors, description)
    tensors, description = made_tensors(seed=1, latents=5, tile=(12, 8), every_op=True)
    every = save_model("vector-every-op", tensors, description)
    tensors, description = made_tensors(seed=3, latents=2, tile=(4, 4), units=(1, 1))
    del tensors["residual.costs"]
    lossy = save_model("vector-lossy-only", tensors, description)
    return {"plain": plain, "every-op": every, "lossy-only": lossy, "cut": lossy[: len(lossy) // 2]}


MODELS_SHOW = {
    "plain": "tile 8 x 8, 6 latents, with a residual coder",
    "every-op": "height 12, width 8, 5 latents, each op of section 9, with a residual coder",
    "lossy-only": "tile 4 x 4, 2 latents, without a residual coder",
    "cut": "half of a model's file: not sound, and named by invalid/model-not-sound.aec",
}


# ---- Files that must decode -------------------------------------------------------------------


def noise(seed: int, *shape: int) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def stroke(seed: int, height: int, width: int, channels: int = 1) -> Picture:
    planes = strokes(channels, height, width, seed)
    return planes[0] if channels == 1 else np.stack(list(planes), -1)


def equal(picture: Picture, alpha: Picture | None = None) -> Picture:
    return np.stack([picture] * 3 + ([] if alpha is None else [alpha]), -1)


def near_base(model: Model, count: int, seed: int) -> Picture:
    """Tiles near what ``model`` synthesises, which its residual coder suits."""
    rng = np.random.default_rng(seed)
    symbols = rng.integers(-2, 3, (count, model.lossy.prior.latents)).astype(np.int8)
    moved = model.lossy.synthesise(symbols).astype(np.int64) + rng.integers(-1, 2, (count, *model.tile))
    return moved.clip(0, 255).astype(np.uint8)


def encoded(
    shows: str,
    pictures: Picture | list[Picture],
    model: tuple[str, Model] | None = None,
    names: list[str] | None = None,
    **options: Any,
) -> Valid:
    """What the package makes of ``pictures``; without a model, or with ``lossless``, exactly."""
    many = isinstance(pictures, list)
    batch = pictures if isinstance(pictures, list) else [pictures]
    exact = model is None or options.get("lossless", False)
    if not exact:
        options.setdefault("effort", 1)
    plan = Plan(model[1] if model else None, exact, options.get("effort", 0))
    data = encode(batch, plan, many=many, names=names).data
    arguments = {"model": model[0] if model else None, "lossless": exact, "many": many, "names": names, **options}
    if model is None or exact:
        return Valid(shows, data, batch, names, None, arguments, goes_through_deflate(data))
    decoded = list(Decoder(data, OneModel(model[1])))
    return Valid(shows, data, decoded, names, batch, arguments, goes_through_deflate(data))


class OneModel(Zoo):
    """Finds one model, whatever is asked for."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def by_fingerprint(self, fingerprint: bytes) -> Model:
        return self.model


def goes_through_deflate(data: bytes) -> bool:
    file = parse(data)
    header = file.header
    bodies = [file.body(block) for block in range(header.blocks)]
    if header.exact:
        return header.names is not None or (header.has_method and any(body[0] in (1, 2) for body in bodies))
    return header.names is not None or any(shape.has_alpha for shape in header.shapes or ())


def by_hand(shows: str, data: bytes, pictures: list[Picture], names: list[str] | None = None) -> Valid:
    return Valid(shows, data, pictures, names)


def make_valid(models: Mapping[str, Model]) -> dict[str, Valid]:
    a, b, c = (("vector-" + name, models[name]) for name in ("plain", "every-op", "lossy-only"))
    model = a[1]
    made = model.lossy.synthesise(np.array([[0, 1, -1, 2, 0, -1]], np.int8))[0]
    mixed = [stroke(1, 8, 8), noise(2, 3, 5, 2), stroke(3, 9, 17, 3), noise(4, 4, 4, 4), equal(stroke(5, 10, 6))]
    mixed += [equal(stroke(6, 5, 9), noise(7, 5, 9)), noise(8, 1, 1), noise(9, 1, 1)]
    blocks = [stroke(10, 64, 88)] + [stroke(seed, 8, 9) for seed in range(11, 17)]
    paths = ["large.png", *(f"folder/{digit}/zweite-\u00e4\U0001f58c{digit}.png" for digit in range(6))]
    vectors = {
        "lossy-native": encoded("a lossy picture of the model's size: no geometry", made, a),
        "lossy-every-op": encoded("the same through each op of section 9", stroke(20, 12, 8), b),
        "lossy-1x1": encoded("a tile of which one pixel is kept", noise(21, 1, 1), a),
        "lossy-odd": encoded("tiles that stand over the right and lower edge", stroke(22, 19, 29), a),
        "lossy-odd-every-op": encoded("the same, of tiles that are not square", stroke(23, 29, 19), b),
        "lossy-la": encoded("grey and alpha: alpha is exact", stroke(24, 10, 9, 2), a),
        "lossy-rgb": encoded("three colour planes", stroke(25, 9, 10, 3), b),
        "lossy-rgba": encoded("three colour planes and alpha", noise(26, 8, 8, 4), a),
        "lossy-equal": encoded("EQUAL: one plane for three colours", equal(stroke(27, 11, 8)), a),
        "lossy-equal-alpha": encoded("EQUAL and alpha", equal(stroke(28, 8, 7), noise(29, 8, 7)), a),
        "lossy-escapes": encoded("symbols far outside their tables", noise(30, 24, 24), a),
        "lossy-unsearched": encoded("without the encoder's search", stroke(31, 12, 16), b, effort=0),
        "lossy-searched": encoded("two sweeps of the encoder's search", stroke(31, 12, 16), b, effort=2),
        "lossy-groups": encoded("1,056 tiles: two groups in a payload", stroke(32, 132, 128), c, effort=0),
        "lossy-many-native": encoded("a container of native pictures", list(near_base(model, 9, 33)), a),
        "lossy-many-mixed": encoded("a container of unlike pictures, in runs", mixed, a),
        "lossy-many-blocks": encoded("a container of several blocks", blocks, c),
        "lossy-many-named": encoded("names in several blocks, in UTF-8", blocks, c, names=paths),
        "exact-native": encoded(
            "method 3 in a file of one picture: no method byte", near_base(model, 1, 34)[0], a, lossless=True
        ),
        "exact-modelled-odd": encoded("method 3 with geometry", near_base(model, 1, 35)[0, :7, :6], a, lossless=True),
        "exact-many-native": encoded(
            "a container of native pictures, method 3", list(near_base(model, 2, 36)), a, lossless=True
        ),
        "exact-1x1": encoded("a file without a model, stored", noise(37, 1, 1)),
        "exact-stored": encoded("noise, which is stored", noise(38, 7, 9, 3)),
        "exact-deflated": encoded("a picture that deflate suits", np.tile(noise(39, 1, 9), (30, 3))),
        "exact-differenced": encoded("a slope, whose differences are all but zero", slope(31, 37)),
        "exact-many-mixed": encoded("a container without a model, of unlike pictures", mixed),
        "exact-many-named": encoded("the same with names", mixed, names=[f"{i}/picture.png" for i in range(8)]),
        **make_valid_by_hand(models),
    }
    escapes = np.abs(model.lossy.analyse(tiles_of([noise(30, 24, 24)], model))) > 3
    assert escapes.sum() > 9, "the vector of escapes has none"
    return vectors


def slope(height: int, width: int) -> Picture:
    y, x = np.mgrid[:height, :width]
    picture: Picture = (3 * y + 5 * x + (y * x) % 2).astype(np.uint8)
    return picture


def make_valid_by_hand(models: Mapping[str, Model]) -> dict[str, Valid]:
    """Choices that a decoder must allow and the package's encoder does not make."""
    model, every = models["plain"], models["every-op"]
    rgba = noise(50, 5, 3, 4)
    five = [noise(seed, 2, 3) for seed in range(51, 56)]
    grey = [noise(56, 4, 6), slope(6, 4), noise(57, 3, 2, 2)]
    raw = [b"".join(plane.tobytes() for plane in planes_of(picture)) for picture in grey]
    bright = np.maximum(noise(58, 3, 12, 8), 247)
    bright[1] = np.minimum(bright[1], 253)
    extremes = np.array([[-127] * 6, [127] * 6, [-127, 127, -4, 4, 0, 126]], np.int8)
    base = model.lossy.synthesise(extremes)
    symbols = np.zeros((3, every.lossy.prior.latents), np.int8)
    symbols[1] = 2
    tiles = every.lossy.synthesise(symbols[:1])
    image = near_base(model, 1, 59)[0]
    modelled = MODELLED + payload_of(model, model.lossy.analyse(image[None]), image[None])
    shapes = varint(1) + geometry(GREY, 6, 4) + varint(1) + geometry(GREY, 4, 6) + varint(1) + geometry(LA, 2, 3)
    bodies = [STORED + raw[0], DIFFERENCED + deflate(differences(planes_of(grey[1]))), DEFLATED + deflate(raw[2])]
    stored = STORED + b"".join(plane.tobytes() for plane in planes_of(rgba))
    optional = sealed(EXACT | GEOMETRY | 0xC0, geometry(RGBA, 3, 5), stored, check([rgba])[3:])
    unequal = sealed(EXACT | GEOMETRY, geometry(RGB, 3, 2), STORED, five[0].tobytes() * 3, check([equal(five[0])])[3:])
    pairs = [five[i : i + 2] for i in range(0, 5, 2)]
    head = model.fingerprint + varint(3) + varint(3)
    named_head = varint(5) + varint(2)
    letters = ["a", "b/c", "b/d", "B", "x" * 1024]
    noted = named(deflate("".join(f"{name}\0" for name in letters).encode()))
    residual = payload_of(every, np.zeros((3, every.lossy.prior.latents)), bright)
    return {
        "optional-flags": by_hand("bits 40 and 80, which a decoder ignores", optional, [rgba]),
        "equal-not-marked": by_hand("equal colours need not be marked EQUAL", unequal, [equal(five[0])]),
        "blocks-of-two": by_hand(
            "blocks of 2, 2 and 1 pictures, and the longest name",
            container(
                EXACT | GEOMETRY | NAMES,
                named_head,
                varint(5) + geometry(GREY, 3, 2),
                [STORED + b"".join(p.tobytes() for p in pair) + check(pair) for pair in pairs],
                noted,
            ),
            five,
            letters,
        ),
        "blocks-of-4096": by_hand(
            "block-pictures may exceed count",
            container(
                EXACT | GEOMETRY,
                varint(5) + varint(4096),
                varint(5) + geometry(GREY, 3, 2),
                [STORED + b"".join(p.tobytes() for p in five) + check(five)],
            ),
            five,
        ),
        "three-methods": by_hand(
            "each block its own method",
            container(
                EXACT | GEOMETRY,
                varint(3) + varint(1),
                shapes,
                [body + check([picture]) for body, picture in zip(bodies, grey, strict=True)],
            ),
            grey,
        ),
        "mixed-methods": by_hand(
            "stored and modelled blocks in one container",
            container(
                EXACT | MODEL,
                model.fingerprint + varint(2) + varint(1),
                b"",
                [STORED + image.tobytes() + check([image]), modelled + check([image])],
            ),
            [image, image],
        ),
        "extreme-symbols": by_hand(
            "symbols -127 and 127",
            container(MODEL, head, b"", [payload_of(model, extremes) + check(list(base))]),
            list(base),
        ),
        "bright-residual": by_hand(
            "pixels of 247 to 255 over a bright base: the tables chosen by the largest value",
            container(
                EXACT | MODEL,
                every.fingerprint + varint(3) + varint(3),
                b"",
                [MODELLED + residual + check(list(bright))],
            ),
            list(bright),
        ),
        "alpha-stored": by_hand(
            "a lossy picture whose alpha is stored",
            sealed(
                MODEL | GEOMETRY,
                every.fingerprint,
                geometry(LA, 8, 12),
                named(STORED + tiles[0].tobytes()),
                payload_of(every, symbols[:1]),
                check([np.stack([tiles[0], tiles[0]], -1)])[3:],
            ),
            [np.stack([tiles[0], tiles[0]], -1)],
        ),
    }


# ---- Files that must not decode ---------------------------------------------------------------

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
    }
    unsupported = {
        "version-2": ("a later version, whatever follows", b"\xae\xc2" + broken[2:]),
        "version-0": ("an earlier version", b"\xae\xc0" + sound[2:]),
        "required-flag": ("a feature that is required and unknown", one(EXACT | GEOMETRY | REQUIRED)),
        "required-flag-first": ("the same, in a file of flags alone", sealed(REQUIRED | NAMES)),
        "kind": ("a kind of picture that is unknown", one(shape=geometry(0x08, 3, 2))),
        "kind-first": ("the same with EQUAL, and no sizes", one(shape=b"\x84", record=b"")),
        "method-4": ("a method that is unknown", one(record=b"\x04" + end)),
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
    }
    kinds: tuple[tuple[type[AecError], dict[str, tuple[str, bytes]]], ...]
    kinds = ((FormatError, corrupt), (LimitError, limit), (UnsupportedError, unsupported), (ModelError, missing))
    return {
        ("limit-" if error is LimitError else "") + name: Invalid(shows, error, data)
        for error, group in kinds
        for name, (shows, data) in group.items()
    }


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


def broken_payloads(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    model = models["plain"]
    symbols = [[0, 1, -1, 2, 0, -1]]
    tile = model.lossy.synthesise(np.array(symbols, np.int8))[0]
    payload, end = payload_of(model, symbols), check([tile])[3:]
    exact = payload_of(model, symbols, tile[None])
    low = int(model.lossy.prior.high[0])

    def lossy(body: bytes) -> bytes:
        return sealed(MODEL, model.fingerprint, body, end)

    def tight(body: bytes) -> bytes:
        return sealed(MODEL | EXACT, model.fingerprint, body, end)

    def alpha(field: bytes) -> bytes:
        both = np.stack([tile, tile], -1)
        return sealed(MODEL | GEOMETRY, model.fingerprint, geometry(LA, 8, 8), field, payload, check([both])[3:])

    native = model.fingerprint, geometry(GREY, 8, 8), payload, end
    head = model.fingerprint + varint(2) + varint(2)
    both = payload_of(model, symbols * 2) + check([tile, tile])
    return {
        "payload-zero": ("a payload that ends in 00", lossy(payload + b"\0")),
        "payload-long": ("a payload longer than the words read", lossy(payload.ljust(64, b"\0") + b"\x01")),
        "payload-exact-zero": ("the same with method 3: a final 00", tight(exact + b"\0")),
        "payload-exact-long": ("the same with method 3: too long",
                               tight(exact.ljust(256, b"\0") + b"\x01")),
        "payload-state": ("a state that no symbol leads to", lossy(b"\xff" * 8)),
        "symbol-above": ("a symbol of 128", lossy(escaping(model, 128 - low))),
        "excess-long": ("an excess of nine zeros", lossy(escaping(model, 512))),
        "check-lossy": ("a check of other pixels", sealed(MODEL, model.fingerprint, payload, bytes([end[0] ^ 1]))),
        "geometry-native": ("a geometry that is the model's own", sealed(MODEL | GEOMETRY, *native)),
        "geometry-native-many": ("the same in a container",
                                 container(MODEL | GEOMETRY, head, varint(2) + geometry(GREY, 8, 8), [both])),
        "alpha-method-3": ("alpha by method 3", alpha(named(MODELLED + tile.tobytes()))),
        "alpha-method-4": ("alpha by an unknown method", alpha(named(b"\x04" + tile.tobytes()))),
        "alpha-empty": ("alpha without a method", alpha(varint(0))),
        "alpha-short": ("alpha of too few bytes", alpha(named(STORED + tile.tobytes()[:-1]))),
        "alpha-past-end": ("alpha that runs past the end", alpha(varint(999) + STORED + tile.tobytes())),
    }  # fmt: skip


# ---- The folder -------------------------------------------------------------------------------


def saved(pictures: Sequence[Picture]) -> bytes:
    """Pictures one after another, each as ``numpy.save`` writes it."""
    out = io.BytesIO()
    for picture in pictures:
        np.save(out, picture)
    return out.getvalue()


def make_all(folder: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Every file by its path in the folder, and the manifest. Models that are there are used as they are."""
    paths = {name: f"models/vector-{name}.safetensors" for name in MODELS_SHOW}
    made = make_models()
    contents = {name: (folder / p).read_bytes() if (folder / p).exists() else made[name] for name, p in paths.items()}
    models = {name: load_model(content) for name, content in contents.items() if name != "cut"}
    files = {paths[name]: content for name, content in contents.items()}
    valid, invalid = make_valid(models), make_invalid(models, contents)
    for name, vector in valid.items():
        files[f"valid/{name}.aec"] = vector.data
        files[f"valid/{name}.npy"] = saved(vector.pictures)
        if vector.source is not None:
            files[f"valid/{name}.source.npy"] = saved(vector.source)
    files |= {f"invalid/{name}.aec": vector.data for name, vector in invalid.items()}
    manifest = {
        "models": {Path(paths[name]).name: {"shows": shows} for name, shows in MODELS_SHOW.items()},
        "valid": {name: vector.entry for name, vector in valid.items()},
        "invalid": {name: vector.entry for name, vector in invalid.items()},
        "sha256": {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())},
    }
    return files, manifest


def obstacle(folder: Path, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> str | None:
    """Why the files cannot be added to the folder, or None."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != "manifest.json" and path.read_bytes() != files.get(name):
            return f"{name} exists with other bytes" if name in files else f"{name} exists and is not made here"
    known = folder / "manifest.json"
    if known.exists():
        for group, entries in json.loads(known.read_text("utf-8")).items():
            for name, entry in entries.items():
                if manifest[group].get(name) != entry:
                    return f"the manifest says something else of {group}: {name}"
    return None


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    files, manifest = make_all(folder)
    reason = obstacle(folder, files, manifest)
    if reason is not None:
        print(f"nothing is written: {reason}; vectors are only ever added", file=sys.stderr)
        return 1
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
