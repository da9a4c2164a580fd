"""Files with blocks of method 8, quick pixels: some must decode, some must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aecodec.codec.exact_pixels import QUICK, encode_quickly
from aecodec.codec.tiles import shape_of
from aecodec.container import Shapes
from aecodec.zoo import Model
from formats.vectors_maker.broken_layers import Sound
from formats.vectors_maker.fields import (
    EXACT,
    GEOMETRY,
    GREY,
    MANY,
    MODEL,
    Picture,
    check,
    geometry,
    planes_of,
    sealed,
    varint,
)
from formats.vectors_maker.pictures import equal, noise, stroke
from formats.vectors_maker.pixels import Made, body_of, frame_of, many, textured
from formats.vectors_maker.vector import Valid, by_hand

METHOD = bytes([QUICK])


def quick_body(pictures: Sequence[Picture]) -> bytes:
    """Method 8 and its payload, whatever would be shorter."""
    found = encode_quickly(planes_of(*pictures), [shape_of(picture) for picture in pictures])
    assert found is not None
    return METHOD + found[1]


def one(picture: Picture, body: bytes | None = None, end: bytes | None = None) -> bytes:
    """A file of one picture without a model, whose check has one byte."""
    record = quick_body([picture]) if body is None else body
    return sealed(EXACT | GEOMETRY, frame_of(picture), record, check([picture])[-1:] if end is None else end)


def make_quick(models: Mapping[str, Model]) -> dict[str, Valid]:
    """All by hand, since of small pictures other ways are shorter."""
    asked: dict[str, tuple[str, Picture]] = {
        "quick-grey": ("a grey picture by method 8, without a model", textured(500, 21, 17, 1)),
        "quick-rgb": ("three colours", textured(501, 27, 31)),
        "quick-rgba": ("three colours and alpha", textured(502, 14, 13, 4)),
        "quick-equal-alpha": ("EQUAL and alpha", equal(textured(505, 12, 9, 1), textured(506, 12, 9, 1))),
        "quick-1x1": ("one sample", noise(520, 1, 1)),
        "quick-row": ("one row", noise(522, 1, 19, 3)),
        "quick-column": ("one column", noise(523, 19, 1, 3)),
        "quick-noise": ("noise: all classes of liveliness", noise(525, 18, 15, 3)),
        "quick-strokes": ("black, and strokes that saturate", stroke(526, 22, 25)),
    }
    vectors = {name: by_hand(shows, one(picture), [picture]) for name, (shows, picture) in asked.items()}
    mixed = [textured(510, 9, 11), textured(511, 7, 8, 1), textured(512, 9, 11), textured(513, 7, 8, 4)]
    pairs = [quick_body(mixed[:2]), quick_body(mixed[2:])]
    beside = [quick_body(mixed[:1]), body_of(mixed[1:2], models["pixels"])]
    return vectors | {
        "quick-many": by_hand("two blocks of method 8 without a model", _container(mixed, pairs, 2), mixed),
        "quick-beside-pixels": by_hand(
            "blocks of methods 8 and 7 in a file for a pixel model",
            many(models["pixels"], mixed[:2], beside, 1),
            mixed[:2],
        ),
    }


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
