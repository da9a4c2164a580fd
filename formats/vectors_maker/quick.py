"""Files with blocks of method 8, quick pixels: some must decode, some must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aecodec.arrays import Picture, Shallow
from aecodec.codec.tiles import shape_of
from aecodec.container import Shapes, parse
from aecodec.pixels import QuickWalk, encode_pictures
from aecodec.zoo import Model
from formats.vectors_maker.broken_layers import Sound
from formats.vectors_maker.exact import encoded
from formats.vectors_maker.fields import (
    DIFFERENCED,
    EXACT,
    GEOMETRY,
    GREY,
    MANY,
    MODEL,
    MODELLED,
    STORED,
    check,
    container,
    deflate,
    differences,
    geometry,
    images_of,
    payload_of,
    planes_of,
    sealed,
    varint,
)
from formats.vectors_maker.methods import QUICK
from formats.vectors_maker.pictures import equal, near_base, noise, stroke
from formats.vectors_maker.pixels import Made, body_of, frame_of, many, textured
from formats.vectors_maker.vector import Valid, by_hand

METHOD = bytes([QUICK])


def lively(seed: int, height: int, width: int) -> Shallow:
    """Flat on the left, noise on the right, in three colours."""
    drawn = np.random.default_rng(seed).normal(0, 1, (height, width, 3))
    reach = np.geomspace(0.1, 200, width)[:, None]
    return np.clip(np.rint(128 + drawn * reach), 0, 255).astype(np.uint8)


def quick_body(pictures: Sequence[Picture]) -> bytes:
    """Method 8 and its payload, whatever would be shorter."""
    return METHOD + encode_pictures(images_of(pictures), QuickWalk)


def one(picture: Picture, body: bytes | None = None, end: bytes | None = None) -> bytes:
    """A file of one picture without a model, whose check has one byte."""
    record = quick_body([picture]) if body is None else body
    return sealed(EXACT | GEOMETRY, frame_of(picture), record, check([picture])[-1:] if end is None else end)


def make_quick(models: Mapping[str, Model]) -> dict[str, Valid]:
    """Small ones by hand, since other ways are shorter."""
    asked: dict[str, tuple[str, Picture]] = {
        "quick-grey": ("a grey picture by method 8, without a model", textured(500, 21, 17, 1)),
        "quick-rgb": ("three colours", textured(501, 27, 31)),
        "quick-rgba": ("three colours and alpha", textured(502, 14, 13, 4)),
        "quick-equal-alpha": ("EQUAL and alpha", equal(textured(505, 12, 9, 1), textured(506, 12, 9, 1))),
        "quick-1x1": ("one sample", noise(520, 1, 1)),
        "quick-row": ("one row", noise(522, 1, 19, 3)),
        "quick-column": ("one column", noise(523, 19, 1, 3)),
        "quick-noise": ("noise: values of all kinds", noise(525, 18, 15, 3)),
        "quick-lively": ("livelier to the right: all classes of liveliness in all colours", lively(527, 30, 36)),
        "quick-strokes": ("black, and strokes that saturate", stroke(526, 22, 25)),
    }
    vectors = {name: by_hand(shows, one(picture), [picture]) for name, (shows, picture) in asked.items()}
    return vectors | _many(models) | _written()


def _many(models: Mapping[str, Model]) -> dict[str, Valid]:
    """Containers, in some of them other methods beside this one."""
    mixed = [textured(510, 9, 11), textured(511, 7, 8, 1), textured(512, 9, 11), textured(513, 7, 8, 4)]
    pairs = [quick_body(mixed[:2]), quick_body(mixed[2:])]
    beside = [quick_body(mixed[:1]), body_of(mixed[1:2], models["pixels"])]
    each = [textured(530, 9, 12), textured(531, 8, 7), textured(532, 6, 10, 2), noise(533, 5, 4, 3)]
    planes = [planes_of(picture) for picture in each]
    several = [quick_body(each[:1]), body_of(each[1:2], models["pixels"])]
    several += [DIFFERENCED + deflate(differences(planes[2])), STORED + b"".join(map(bytes, planes[3]))]
    plain = models["plain"]
    tiles = near_base(plain, 3, 534)
    near = MODELLED + payload_of(plain, plain.tiles.networks.analyse(tiles[1:2]), tiles[1:2])
    bodies = [quick_body([tiles[0]]), near, quick_body([tiles[2]])]
    records = [body + check([tile]) for body, tile in zip(bodies, tiles, strict=True)]
    return {
        "quick-many": by_hand("two blocks of method 8 without a model", _container(mixed, pairs, 2), mixed),
        "quick-beside-pixels": by_hand(
            "blocks of methods 8 and 7 in a file for a pixel model",
            many(models["pixels"], mixed[:2], beside, 1),
            mixed[:2],
        ),
        "quick-methods": by_hand("blocks of methods 8, 7, 2 and 0", many(models["pixels"], each, several, 1), each),
        "quick-beside-tiles": by_hand(
            "blocks of methods 8, 3 and 8 in a container by a model of tiles, without a geometry",
            container(MODEL | EXACT, plain.fingerprint + varint(3) + varint(1), b"", records),
            list(tiles),
        ),
    }


def _written() -> dict[str, Valid]:
    """By the package's encoder at effort 0."""
    some = [textured(540, 40, 30), textured(541, 26, 43, 1), textured(542, 40, 30), textured(543, 21, 34, 4)]
    some += [textured(544, 26, 43, 2), equal(textured(545, 26, 43, 1))]
    names = [f"{at}/quick.png" for at in range(len(some))]
    vectors = {
        "quick-written": encoded("what a writer makes at effort 0", textured(546, 39, 52), quick=True),
        "quick-written-named": encoded(
            "unlike pictures with names, in one block of method 8", some, names=names, quick=True
        ),
    }
    for name, vector in vectors.items():
        assert parse(vector.data).body(0)[:1] == METHOD, name
    return vectors


def corrupt_quick(models: Mapping[str, Model]) -> Made:
    picture, four = textured(500, 21, 17, 1), textured(502, 6, 5, 4)
    body = quick_body([picture])
    alpha = quick_body([four[..., 3]])
    lossy = models["plain"].fingerprint, frame_of(four), varint(len(alpha)), alpha, b"\x2a" + check([four])[-1:]
    return {
        "quick-cut": ("a payload of method 8 whose last bytes are missing", one(picture, body[:-9])),
        "quick-long": (
            "a byte behind a payload of method 8",
            one(picture, body.ljust(len(body) + 16, b"\0") + b"\x01"),
        ),
        "quick-zero": ("a payload of method 8 that ends in 00", one(picture, body + b"\0")),
        "quick-check": ("another check behind method 8", one(picture, end=bytes([check([picture])[-1] ^ 1]))),
        "quick-alpha": ("alpha of a lossy file by method 8", sealed(MODEL | GEOMETRY, *lossy)),
    }


def unknown_quick(models: Mapping[str, Model]) -> Made:
    sound = Sound(models)
    record = quick_body([sound.picture]) + sound.end[3:]
    return {"quick-second": ("method 8 in a second layer", sound.file(record=record))}


def limit_quick() -> Made:
    """High and narrow pictures of as many sizes."""
    high = [(GREY, 1, 32768 - at) for at in range(17)]
    lines = b"".join(varint(1) + geometry(*each) for each in high)
    head = varint(len(high)) * 2, lines, varint(5)
    return {
        "quick-steps": (
            "too many steps in a payload of method 8",
            sealed(EXACT | GEOMETRY | MANY, *head, METHOD + check([])),
        )
    }


def _container(pictures: Sequence[Picture], bodies: Sequence[bytes], size: int) -> bytes:
    """Blocks of ``size`` pictures without a model."""
    blocks = [pictures[at : at + size] for at in range(0, len(pictures), size)]
    records = [body + check(block) for body, block in zip(bodies, blocks, strict=True)]
    shapes = Shapes.of(shape_of(picture) for picture in pictures).pack()
    lengths = b"".join(varint(len(record)) for record in records)
    return sealed(EXACT | GEOMETRY | MANY, varint(len(pictures)), varint(size), shapes, lengths, *records)
