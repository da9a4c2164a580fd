"""Files of exact pixels, for a pixel model: some must decode, some must not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from aecodec.arrays import Picture, Shallow
from aecodec.codec.tiles import shape_of
from aecodec.container import Shapes, parse
from aecodec.zoo import Model
from formats.vectors_maker.exact import encoded
from formats.vectors_maker.fields import (
    DEFLATED,
    DIFFERENCED,
    EXACT,
    GEOMETRY,
    MANY,
    MODEL,
    MODELLED,
    NAMES,
    RGB,
    STEP,
    STORED,
    check,
    deflate,
    differences,
    geometry,
    images_of,
    planes_of,
    sealed,
    two_layers,
    varint,
)
from formats.vectors_maker.methods import PIXELS
from formats.vectors_maker.pictures import equal, noise, stroke
from formats.vectors_maker.vector import Valid, by_hand

Made = dict[str, tuple[str, bytes]]
FORM = MODEL | EXACT | STEP
LAYERS = 0xF0
METHOD = bytes([PIXELS])


def textured(seed: int, height: int, width: int, channels: int = 3) -> Shallow:
    """Slopes with a little texture, alike in all channels; grey for one channel."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    ramps = [(40 + 20 * at + 3 * y + (2 - at) * x) for at in range(channels)]
    texture = rng.integers(0, 4, (height, width))
    planes = [np.clip(ramp + texture + rng.integers(0, 2, (height, width)), 0, 255) for ramp in ramps]
    return planes[0].astype(np.uint8) if channels == 1 else np.stack(planes, -1).astype(np.uint8)


def board(height: int, width: int) -> Shallow:
    """Black and white fields, which turn over ever again: predictions are as wrong as can be."""
    y, x = np.mgrid[:height, :width]
    fields = (x // 7 + np.stack([0 * y, 0 * y + 1, y], 0)) % 2
    picture: Shallow = np.moveaxis(255 * fields, 0, -1).astype(np.uint8)
    return picture


def body_of(pictures: Sequence[Picture], model: Model) -> bytes:
    """Method 7 and its payload, whatever would be shorter."""
    assert model.pixels is not None
    return METHOD + model.pixels.encode(images_of(pictures))


def frame_of(picture: Picture) -> bytes:
    shape = shape_of(picture)
    kind = shape.channels - 1 | (4 if shape.equal else 0)
    return geometry(kind, shape.width, shape.height)


def one(model: Model, picture: Picture, flags: int = GEOMETRY, layers: int = LAYERS) -> bytes:
    """A file of one picture."""
    fields = frame_of(picture) if flags & GEOMETRY else b"", body_of([picture], model), check([picture])
    return sealed(FORM | flags, model.fingerprint, bytes([layers]), *fields)


def many(model: Model, pictures: Sequence[Picture], bodies: Sequence[bytes], size: int) -> bytes:
    """A container in blocks of ``size`` pictures."""
    blocks = [pictures[at : at + size] for at in range(0, len(pictures), size)]
    records = [body + check(block) for body, block in zip(bodies, blocks, strict=True)]
    head = model.fingerprint, bytes([LAYERS]), varint(len(pictures)), varint(size)
    shapes = Shapes.of(shape_of(picture) for picture in pictures).pack()
    return sealed(FORM | GEOMETRY | MANY, *head, shapes, *[varint(len(record)) for record in records], *records)


def make_pixels(models: Mapping[str, Model]) -> dict[str, Valid]:
    """By the package's encoder, and by hand what it would keep in another way, since that is shorter."""
    model = models["pixels"]
    alike = [textured(seed, 11, 14) for seed in range(410, 414)]
    mixed = [alike[0], textured(414, 9, 21, 1), alike[1], textured(415, 8, 11, 4), textured(416, 9, 21, 1), alike[2]]
    mixed += [equal(textured(417, 9, 21, 1)), textured(418, 14, 11), alike[3]]
    names = [f"{at}/pixels.png" for at in range(len(mixed))]
    asked: dict[str, tuple[str, Picture | Sequence[Picture], list[str] | None]] = {
        "pixels-grey": ("a grey picture by method 7", textured(400, 21, 17, 1), None),
        "pixels-rgb": ("three colours, seven bands of rows", textured(401, 27, 31), None),
        "pixels-rgba": ("three colours and alpha, an image of its own", textured(402, 14, 13, 4), None),
        "pixels-la": ("grey and alpha: two images in lockstep", textured(403, 13, 10, 2), None),
        "pixels-equal": ("EQUAL: one plane stands for three", equal(textured(404, 15, 19, 1)), None),
        "pixels-equal-alpha": (
            "EQUAL and alpha", equal(textured(405, 12, 9, 1), textured(406, 12, 9, 1)), None,
        ),
        "pixels-wide": ("three rows", textured(407, 3, 140), None),
        "pixels-many": ("a container of pictures of one size, in lockstep", alike, None),
        "pixels-many-mixed": ("a container of unlike pictures, some of one size", mixed, None),
        "pixels-many-named": ("the same with names", mixed, names),
    }  # fmt: skip
    named = "vector-pixels", model
    vectors = {name: encoded(shows, each, named, kept) for name, (shows, each, kept) in asked.items()}
    for name, vector in vectors.items():
        assert parse(vector.data).body(0)[:1] == METHOD, name
    tiny: dict[str, tuple[str, Shallow]] = {
        "pixels-1x1": ("one sample", noise(420, 1, 1)),
        "pixels-1x1-rgb": ("one pixel, seven steps", noise(421, 1, 1, 3)),
        "pixels-row": ("one row", noise(422, 1, 19, 3)),
        "pixels-column": ("one column: at every other step nothing", noise(423, 19, 1, 3)),
        "pixels-high": ("three columns, so that bands come and go at once", textured(408, 70, 3)),
        "pixels-2x2": ("the smallest picture with all neighbours outside", noise(424, 2, 2, 4)),
        "pixels-noise": ("noise: all values and wide tables", noise(425, 18, 15, 3)),
        "pixels-strokes": ("black, and strokes that saturate", stroke(426, 22, 25)),
        "pixels-board": ("black and white: the largest scale, and its logarithm cut to 511", board(24, 40)),
    }
    vectors |= {name: by_hand(shows, one(model, picture), [picture]) for name, (shows, picture) in tiny.items()}
    return vectors | _blocks(model)


def _blocks(model: Model) -> dict[str, Valid]:
    each = [textured(430, 6, 9), noise(431, 4, 6), textured(432, 9, 5, 1), textured(433, 9, 8, 2)]
    planes = [planes_of(picture) for picture in each]
    raw = [b"".join(plane.tobytes() for plane in some) for some in planes]
    bodies = [body_of(each[:1], model), STORED + raw[1], DEFLATED + deflate(raw[2])]
    bodies += [DIFFERENCED + deflate(differences(planes[3]))]
    pairs = [body_of(each[:2], model), body_of(each[2:], model)]
    return {
        "pixels-methods": by_hand("blocks of methods 7, 0, 1 and 2", many(model, each, bodies, 1), each),
        "pixels-blocks": by_hand("two blocks of method 7", many(model, each, pairs, 2), each),
        "pixels-plain": by_hand(
            "stored in a file for a pixel model",
            sealed(FORM | GEOMETRY, model.fingerprint, bytes([LAYERS]), frame_of(each[1]), bodies[1], check(each[1:2])),
            each[1:2],
        ),
    }


class Sound:
    """The parts of a sound file of one picture; callers replace some of them."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.model = models["pixels"]
        self.picture = textured(440, 7, 10)
        self.body, self.end = body_of([self.picture], self.model), check([self.picture])
        self.frame = frame_of(self.picture)
        self.raw = b"".join(plane.tobytes() for plane in planes_of(self.picture))

    def file(
        self,
        body: bytes | None = None,
        end: bytes | None = None,
        flags: int = GEOMETRY,
        layers: int = LAYERS,
        fingerprint: bytes | None = None,
    ) -> bytes:
        fields = self.frame, self.body if body is None else body, self.end if end is None else end
        return sealed(FORM | flags, fingerprint or self.model.fingerprint, bytes([layers]), *fields)


def corrupt_pixels(models: Mapping[str, Model]) -> Made:
    sound = Sound(models)
    body, end, model = sound.body, sound.end, sound.model
    wrong = bytes([end[0] ^ 1]) + end[1:]
    other = body_of([sound.picture[::-1]], model)
    two = many(model, [sound.picture] * 2, [body, body], 1)
    broken = two[:-8] + bytes([two[-8] ^ 1]) + two[-7:-4]
    bare = sealed(FORM | GEOMETRY, model.fingerprint, bytes([LAYERS]))
    methods = {
        f"pixels-method-{each}": (f"method {each} in a file for a pixel model", sound.file(bytes([each]) + body[1:]))
        for each in range(3, 7)
    }
    return methods | {
        "pixels-names": ("NAMES without MANY", sound.file(flags=GEOMETRY | NAMES)),
        "pixels-cut": ("a file that ends behind its layers", bare),
        "pixels-record-short": ("three bytes of a check", sound.file(b"", end[1:])),
        "pixels-method-missing": ("a record of a check alone", sound.file(b"")),
        "pixels-check": ("a check that differs in its first byte", sound.file(end=wrong)),
        "pixels-check-short": ("a check of one byte", sound.file(end=end[3:])),
        "pixels-check-many": ("a check that differs in a container", sealed_again(broken)),
        "pixels-payload-zero": ("a payload that ends in 00", sound.file(body + b"\0")),
        "pixels-payload-long": ("a payload longer than the words read",
                                sound.file(body.ljust(len(body) + 16, b"\0") + b"\x01")),
        "pixels-payload-cut": ("a payload whose last bytes are missing", sound.file(body[:-9])),
        "pixels-payload-state": ("a state that no symbol leads to", sound.file(METHOD + b"\xff" * 8)),
        "pixels-payload-empty": ("an empty payload, which is sound, of other pixels", sound.file(METHOD)),
        "pixels-payload-other": ("a payload of another picture", sound.file(other)),
        "pixels-stored-short": ("a byte less than the picture needs", sound.file(STORED + sound.raw[:-1])),
    }  # fmt: skip


def sealed_again(content: bytes) -> bytes:
    """A file of whatever stands behind the signature, the flags first."""
    return sealed(content[2], content[3:])


def unknown_pixels(models: Mapping[str, Model]) -> Made:
    sound = Sound(models)
    end, body = sound.end, sound.body
    record = body + end
    head = sound.model.fingerprint, varint(1) * 2, varint(1) + sound.frame, varint(len(record)), record
    return {
        "pixels-geometry-missing": ("layers F0 without GEOMETRY, which say nothing yet", sound.file(flags=0)),
        "pixels-method-7-many": ("method 7 in a container without layers F0",
                                 sealed(MODEL | EXACT | GEOMETRY | MANY, *head)),
        "pixels-method-7-alone": ("method 7 in a file without a model",
                                  sealed(EXACT | GEOMETRY, sound.frame, body, end[3:])),
    }  # fmt: skip


def limit_pixels(models: Mapping[str, Model]) -> Made:
    pictures = 2**27 // (3 * 32768) + 1
    head = models["pixels"].fingerprint, bytes([LAYERS]), varint(pictures) * 2
    lines = varint(pictures) + geometry(RGB, 32768, 1)
    data = sealed(FORM | GEOMETRY | MANY, *head, lines, varint(5), METHOD + check([]))
    high = [(RGB, 1, 32768 - at) for at in range(17)]
    head = models["pixels"].fingerprint, bytes([LAYERS]), varint(len(high)) * 2
    lines = b"".join(varint(1) + geometry(*each) for each in high)
    slow = sealed(FORM | GEOMETRY | MANY, *head, lines, varint(5), METHOD + check([]))
    return {
        "pixels-symbols": ("more than 2^28 symbols in a payload", data),
        "pixels-steps": ("high and narrow pictures: too many steps in a payload", slow),
    }


def missing_pixels(models: Mapping[str, Model], contents: Mapping[str, bytes]) -> Made:
    """A model that is not there, is not sound, or is of another kind."""
    sound = Sound(models)
    pixels, plain, grid = sound.model, models["plain"], models["grid"]
    symbols, end = b"\x2a", sound.end[3:]
    print_of = {name: hashlib.sha256(contents[name]).digest()[:4] for name in ("pixels-clips", "pixels-widths")}
    exact = STORED + sound.raw + end
    record = MODELLED + symbols + sound.end
    head = pixels.fingerprint, varint(1) * 2, varint(1) + sound.frame, varint(len(record)), record
    alone = sound.frame, symbols, end
    first = b"".join(alone)
    return {
        "pixels-model-missing": ("a model that is nowhere", sound.file(fingerprint=b"none")),
        "pixels-of-tiles": ("method 7 with a model of tiles", sound.file(fingerprint=plain.fingerprint)),
        "pixels-of-grid": ("method 7 with a model of a grid", sound.file(fingerprint=grid.fingerprint)),
        "pixels-of-clips": ("networks that differ in a clip", sound.file(fingerprint=print_of["pixels-clips"])),
        "pixels-of-widths": ("networks that differ in a width", sound.file(fingerprint=print_of["pixels-widths"])),
        "tiles-of-pixels": ("tiles that name a pixel model", sealed(MODEL | GEOMETRY, pixels.fingerprint, *alone)),
        "tiles-of-pixels-native": ("the same without a geometry", sealed(MODEL, pixels.fingerprint, symbols, end)),
        "exact-of-pixels": ("an exact file without layers F0 that names a pixel model",
                            sealed(MODEL | EXACT | GEOMETRY, pixels.fingerprint, *alone)),
        "exact-of-pixels-many": ("method 3 with a pixel model", sealed(MODEL | EXACT | GEOMETRY | MANY, *head)),
        "grid-of-pixels": ("a grid of latents that names a pixel model", sound.file(symbols, layers=0x80)),
        "layers-of-pixels": ("two layers, the first of which names a pixel model",
                             two_layers(GEOMETRY, pixels.fingerprint, first, plain.fingerprint + exact)),
        "layers-second-of-pixels": ("two layers, the second of which names a pixel model",
                                    two_layers(GEOMETRY, plain.fingerprint, first, pixels.fingerprint + exact)),
    }  # fmt: skip


def later_pixels(models: Mapping[str, Model]) -> Made:
    """What a later version may have, beside method 7 and layers F0."""
    sound = Sound(models)
    return {
        "pixels-method-9": ("a method in a file for a pixel model", sound.file(b"\x09" + sound.body[1:])),
        "pixels-method-255": ("the last method that the byte can say", sound.file(b"\xff" + sound.body[1:])),
        "layers-239": ("layers of a kind below exact pixels", sound.file(layers=0xEF)),
        "layers-241": ("layers of a kind above exact pixels", sound.file(layers=0xF1)),
        "layers-240-no-geometry": ("exact pixels without GEOMETRY, whatever follows", sound.file(flags=0)[:20]),
    }
