"""Files of altered drawings that the model restores: some must decode, some must not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aecodec import coders
from aecodec.arrays import Picture
from aecodec.codec.tiles import join_planes, shape_of
from aecodec.container import Shapes
from aecodec.zoo import Model, pack_model, save_model
from formats.vectors_maker.drawings import body_of, drawn, icon, plot, text
from formats.vectors_maker.fields import GEOMETRY, MANY, STORED, check, geometry, sealed, varint
from formats.vectors_maker.methods import DRAWINGS
from formats.vectors_maker.pictures import equal
from formats.vectors_maker.pixels import FORM, Made, frame_of
from formats.vectors_maker.vector import Valid, by_hand
from tests.made import Arrays, made_drawing_tensors

RESTORED = b"\xf4"  # the layers byte; another with the quality follows
RESTORED_SHOW = {"restored": "for exact pixels with drawings, which it restores: three layers, one of which sees Q"}
UNSOUND_RESTORED_SHOW = {
    "restored-up": "a restoration with a step up",
    "restored-four": "a restoration that ends in four channels",
    "restored-work": "a restoration of more than 16,384 weights",
    "restored-nine": "a restoration of nine layers",
}
Sizes = Sequence[tuple[int, int, int]]  # outputs, side, channels of each layer
SOUND: Sizes = [(5, 3, 4), (4, 1, 5), (3, 3, 4)]
CONV: dict[str, Any] = {"op": "conv", "low": -255, "high": 255}


def _with(sizes: Sizes, ops: Sequence[Mapping[str, Any]] | None = None) -> tuple[Arrays, dict[str, Any]]:
    """Tensors and description of a model of drawings, with such a restoration."""
    tensors, description = made_drawing_tensors(hidden=(1, 1) if sizes is not SOUND else (7, 5))
    rng = np.random.default_rng(900)
    for number, (outputs, side, channels) in enumerate(sizes):
        name = f"drawings.restoration.{number}"
        tensors[f"{name}.weight.0"] = rng.integers(-25, 26, (outputs, side, side, channels)).astype(np.int8)
        tensors[f"{name}.bias"] = rng.integers(-900, 901, outputs).astype(np.int32)
        tensors[f"{name}.shift"] = np.full(outputs, 7, np.int8)
    tensors["drawings.restoration.1.quality"] = rng.integers(-40, 41, sizes[1][0]).astype(np.int32)
    chain = list(ops or [CONV] * len(sizes))
    return tensors, {**description, "drawings": {**description["drawings"], "restoration": chain}}


def make_restored_models() -> dict[str, bytes]:
    unsound = {
        "restored-up": _with([(12, 1, 4), (3, 1, 3)], [CONV, {"op": "up", "by": 2}, CONV]),
        "restored-four": _with([(5, 1, 4), (4, 1, 5)]),
        "restored-work": _with([(56, 1, 4), (32, 3, 56), (3, 3, 32)]),
        "restored-nine": _with([(3, 1, 4)] + [(3, 1, 3)] * 8),
    }
    return {
        "restored": save_model("vector-restored", *_with(SOUND)),
        **{
            name: pack_model(f"vector-{name}", tensors, {**description, "known_answer": "none"}, "11")
            for name, (tensors, description) in unsound.items()
        },
    }


def restored(model: Model, pictures: Sequence[Picture], quality: int) -> list[Picture]:
    """What comes out of what is kept."""
    assert model.pixels is not None
    found = model.pixels.restoration(drawn(pictures), quality)
    return [join_planes(coders.parted([each]), shape_of(p)) for each, p in zip(found, pictures, strict=True)]


def one(model: Model, picture: Picture, body: bytes, quality: int, flags: int = GEOMETRY) -> bytes:
    fields = frame_of(picture) if flags & GEOMETRY else b"", body, check(restored(model, [picture], min(quality, 100)))
    return sealed(FORM | flags, model.fingerprint, RESTORED, bytes([quality]), *fields)


def many(model: Model, pictures: Sequence[Picture], quality: int, size: int) -> bytes:
    """A container of blocks of ``size`` pictures."""
    blocks = [pictures[start : start + size] for start in range(0, len(pictures), size)]
    records = [body_of(block, model) + check(restored(model, block, quality)) for block in blocks]
    head = model.fingerprint, RESTORED, bytes([quality]), varint(len(pictures)), varint(size)
    shapes = Shapes.of(shape_of(picture) for picture in pictures).pack()
    return sealed(FORM | GEOMETRY | MANY, *head, shapes, *(varint(len(r)) for r in records), *records)


def _in_pieces(model: Model, picture: Picture) -> bytes:
    """Method 25, in pieces of 64 x 64."""
    (planes,) = drawn([picture])
    height, width = planes.shape[:2]
    pieces = [planes[y : y + 64, x : x + 64] for y in range(0, height, 64) for x in range(0, width, 64)]
    assert model.pixels is not None
    return bytes([DRAWINGS + 16, 6]) + model.pixels.encode_drawings(pieces)


def make_restored(models: Mapping[str, Model]) -> dict[str, Valid]:
    model, pair = models["restored"], equal(text(911, 9, 11, 1))
    single: dict[str, tuple[str, Picture, int]] = {
        "restored-0": ("a drawing of three colours, restored at quality 0", text(905, 12, 17), 0),
        "restored-100": ("the same, restored at quality 100", text(905, 12, 17), 100),
        "restored-grey": ("a grey one: what is added to green", text(906, 11, 14, 1), 40),
        "restored-rgba": ("one with alpha, which stays", icon(907), 60),
        "restored-la": ("grey and alpha", text(908, 10, 13, 2), 20),
        "restored-equal": ("EQUAL: one plane stands for three", pair, 80),
    }
    wide = np.ascontiguousarray(np.tile(text(909, 7, 9), (2, 18, 1)))
    sizes = [wide, text(910, 8, 9), pair, icon(912), plot(913, 9, 7), text(914, 8, 9)]
    cut = text(915, 5, 70)
    vectors = {
        name: by_hand(shows, one(model, each, body_of([each], model), quality), restored(model, [each], quality))
        for name, (shows, each, quality) in single.items()
    }
    vectors["restored-cut"] = by_hand(
        "pieces, which are put together before", one(model, cut, _in_pieces(model, cut), 50), restored(model, [cut], 50)
    )
    vectors["restored-many"] = by_hand(
        "two blocks of several sizes", many(model, sizes, 37, 4), restored(model, sizes, 37)
    )
    return vectors


def corrupt_restored(models: Mapping[str, Model]) -> Made:
    model, picture = models["restored"], text(905, 12, 17)
    body, frame = body_of([picture], model), frame_of(picture)
    head = model.fingerprint, RESTORED, b"\x32", frame
    return {
        "restored-cut": ("a restored drawing whose last bytes are missing", one(model, picture, body, 50)[:-9]),
        "restored-check": (
            "the check of the drawing that is not restored yet",
            sealed(FORM | GEOMETRY, *head, body, check([picture])),
        ),
    }


def missing_restored(models: Mapping[str, Model], contents: Mapping[str, bytes]) -> Made:
    model, picture = models["drawings"], text(905, 12, 17)
    fields = RESTORED, b"\x32", frame_of(picture), body_of([picture], model), check([picture])
    found = {"restored-of-drawings": ("layers F4 by a model without restoration", model.fingerprint)}
    for name, shows in UNSOUND_RESTORED_SHOW.items():
        found[name.replace("-", "-of-", 1)] = (shows, hashlib.sha256(contents[name]).digest()[:4])
    return {name: (shows, sealed(FORM | GEOMETRY, mark, *fields)) for name, (shows, mark) in found.items()}


def later_restored(models: Mapping[str, Model]) -> Made:
    """What this version must call unsupported."""
    model, picture = models["restored"], text(905, 12, 17)
    body = body_of([picture], model)
    deep = geometry(0x10, 4, 3), STORED + bytes(24), check([np.zeros((3, 4), np.uint16)])
    return {
        "restored-deep": (
            "pictures of 16 bits a sample that are restored",
            sealed(FORM | GEOMETRY, model.fingerprint, RESTORED, b"\x32", *deep),
        ),
        "restored-101": ("drawings restored at a quality above 100", one(model, picture, body, 101)),
        "restored-sizeless": ("layers F4 without GEOMETRY", one(model, picture, body, 50, flags=0)),
    }
