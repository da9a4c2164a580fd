"""Files with blocks of methods 23 to 25, whose pictures are cut into pieces: some must decode, some must not.

A writer cuts what is far larger than these files may be. So all of them are made by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aecodec.arrays import Picture
from aecodec.codec.tiles import shape_of
from aecodec.coders.cuts import cut
from aecodec.container import Shapes
from aecodec.pixels import QuickWalk, encode_pictures
from aecodec.zoo import Model
from formats.vectors_maker import pixels, quick
from formats.vectors_maker.broken_layers import Sound
from formats.vectors_maker.drawings import drawn, icon, text
from formats.vectors_maker.fields import EXACT, GEOMETRY, GREY, MANY, check, geometry, images_of, sealed, varint
from formats.vectors_maker.methods import CUT, DRAWINGS, PIXELS, QUICK
from formats.vectors_maker.pictures import equal, noise
from formats.vectors_maker.pixels import FORM, LAYERS, Made, frame_of, many, textured
from formats.vectors_maker.vector import Valid, by_hand

LEAST, MOST = 6, 12  # bits of a piece's side


def body_of(method: int, pictures: Sequence[Picture], model: Model | None = None, bits: int = LEAST) -> bytes:
    """``method`` of pieces, their size, and the payload."""
    pieces = cut(drawn(pictures) if method == DRAWINGS else images_of(pictures), bits)
    if model is None:
        payload = encode_pictures(pieces, QuickWalk)
    else:
        assert model.pixels is not None
        payload = model.pixels.encode_drawings(pieces) if method == DRAWINGS else model.pixels.encode(pieces)
    return bytes([CUT + method, bits]) + payload


def one(model: Model, picture: Picture, body: bytes) -> bytes:
    """A file of one picture, for a pixel model."""
    head = model.fingerprint, bytes([LAYERS]), frame_of(picture)
    return sealed(FORM | GEOMETRY, *head, body, check([picture]))


def make_cuts(models: Mapping[str, Model]) -> dict[str, Valid]:
    pixel, draws = models["pixels"], models["drawings"]
    row, wide, high = textured(650, 1, 150, 1), textured(651, 3, 131), textured(652, 70, 2, 4)
    square, small = textured(653, 66, 67, 1), textured(654, 5, 6)
    several = [high, equal(textured(655, 1, 64, 1)), small, textured(656, 1, 65, 2), high[:65]]
    letters, signs = text(657, 5, 150), [icon(658), text(659, 130, 4, 4), noise(660, 1, 67)]
    blocks = [body_of(QUICK, [row]), pixels.body_of([wide], pixel), body_of(PIXELS, [row], pixel)]
    quickly = {
        "cut-quick-row": ("a row by method 24: two pieces in lockstep, and one of the rest", row),
        "cut-quick-square": ("pieces of four sizes", square),
        "cut-quick-alpha": ("two columns with alpha: all pieces of the colours, then those of alpha", high),
    }
    by_model = {
        "cut-pixels-wide": ("three rows by method 23", PIXELS, pixel, wide, LEAST),
        "cut-pixels-one": ("one piece, of 4096 a side", PIXELS, pixel, small, MOST),
        "cut-drawings-wide": ("letters by method 25", DRAWINGS, draws, letters, LEAST),
    }
    many_by_model = {
        "cut-pixels-many": ("method 23 in a container: images with alpha", PIXELS, pixel, several),
        "cut-drawings-many": ("method 25 in a container: pieces with alpha", DRAWINGS, draws, signs),
    }
    made = {
        name: by_hand(shows, quick.one(picture, body_of(QUICK, [picture])), [picture])
        for name, (shows, picture) in quickly.items()
    }
    for name, (shows, method, model, picture, bits) in by_model.items():
        made[name] = by_hand(shows, one(model, picture, body_of(method, [picture], model, bits)), [picture])
    for name, (shows, method, model, pictures) in many_by_model.items():
        bodies = [body_of(method, pictures, model)]
        made[name] = by_hand(shows, many(model, pictures, bodies, len(pictures)), pictures)
    made["cut-quick-many"] = by_hand("method 24 in a container", _container(several), several)
    three = [row, wide, row]
    made["cut-beside"] = by_hand("blocks of methods 24, 7 and 23", many(pixel, three, blocks, 1), three)
    return made


def corrupt_cuts(models: Mapping[str, Model]) -> Made:
    pixel, row = models["pixels"], textured(650, 1, 150, 1)
    body = body_of(QUICK, [row])
    return {
        "cut-small": ("pieces of 32 a side", quick.one(row, body[:1] + b"\x05" + body[2:])),
        "cut-large": ("pieces of 8192 a side", one(pixel, row, bytes([CUT + PIXELS, 13]) + body[2:])),
        "cut-other": ("pieces of another size than was meant", quick.one(row, body[:1] + b"\x07" + body[2:])),
        "cut-sizeless": ("method 24 and nothing behind it", quick.one(row, body[:1])),
        "cut-short": ("a payload of method 24 whose last bytes are missing", quick.one(row, body[:-9])),
        "cut-zero": ("a payload of method 24 that ends in 00", quick.one(row, body + b"\0")),
    }


def unknown_cuts(models: Mapping[str, Model]) -> Made:
    sound, row, letters = Sound(models), textured(650, 1, 150, 1), text(657, 5, 150)
    record = body_of(QUICK, [sound.picture]) + sound.end[3:]
    return {
        "cut-second": ("method 24 in a second layer", sound.file(record=record)),
        "cut-without": (
            "method 25 by a model that has no drawings",
            one(models["pixels"], letters, body_of(DRAWINGS, [letters], models["drawings"])),
        ),
        "cut-tiles": ("method 16", quick.one(row, bytes([CUT]) + body_of(QUICK, [row])[1:])),
        "cut-later": ("method 26", one(models["pixels"], row, b"\x1a" + body_of(QUICK, [row])[1:])),
    }


def limit_cuts() -> Made:
    """High and narrow pictures, of which few pieces go together."""
    lines = b"".join(varint(1) + geometry(GREY, 1, 32768 - at) for at in range(17))
    head = varint(17) * 2, lines, varint(6)
    body = bytes([CUT + QUICK, MOST])
    return {"cut-steps": ("too many steps of pieces", sealed(EXACT | GEOMETRY | MANY, *head, body, check([])))}


def _container(pictures: Sequence[Picture]) -> bytes:
    """One block of method 24, without a model."""
    record = body_of(QUICK, pictures) + check(pictures)
    shapes = Shapes.of(shape_of(picture) for picture in pictures).pack()
    return sealed(EXACT | GEOMETRY | MANY, varint(len(pictures)) * 2, shapes, varint(len(record)), record)
