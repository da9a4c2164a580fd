"""Files with blocks of method 9, drawings: some must decode, some must not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Picture, Shallow
from aecodec.codec.tiles import shape_of
from aecodec.container import Shapes
from aecodec.drawings.canvas import Canvas
from aecodec.drawings.coder import Drawing, Encoder
from aecodec.drawings.protocol import Offers, Symbols
from aecodec.entropy import StreamWriter
from aecodec.errors import FormatError
from aecodec.zoo import Model
from formats.vectors_maker.broken_layers import Sound as SoundLayers
from formats.vectors_maker.fields import (
    DIFFERENCED,
    EXACT,
    GEOMETRY,
    GREY,
    MANY,
    MODEL,
    NAMES,
    RGB,
    STORED,
    check,
    deflate,
    differences,
    geometry,
    named,
    planes_of,
    sealed,
    varint,
)
from formats.vectors_maker.methods import DRAWINGS, PIXELS
from formats.vectors_maker.pictures import equal, noise
from formats.vectors_maker.pixels import FORM, LAYERS, Made, frame_of, many, sealed_again, textured
from formats.vectors_maker.quick import quick_body
from formats.vectors_maker.vector import Valid, by_hand

METHOD = bytes([DRAWINGS])
UNSOUND_SHOW = {
    "drawings-missing": "networks of drawings without a tensor",
    "drawings-widths": "a network of the choice that lacks an input",
    "drawings-one": "a first symbol that is told by 256",
    "drawings-logits": "logits of the choice up to 16,385",
    "drawings-ops": "a network that ends in a round",
}


def text(seed: int, height: int, width: int, channels: int = 3) -> Shallow:
    """Letters of one alphabet, whatever the seed, in one of two colours on another."""
    rng = np.random.default_rng(seed)
    letters = np.random.default_rng(600).integers(0, 2, (6, 5, 3))
    ink = np.zeros((height + 8, width + 6), np.intp)
    for top in range(1, height, 7):
        for left in range(1, width, 4):
            ink[top : top + 5, left : left + 3] = letters[rng.integers(6)] * (1 + (top // 7) % 2)
    colours = np.array([[250, 250, 250, 255], [10, 12, 14, 255], [200, 30, 40, 128]], np.uint8)
    picture: Shallow = colours[ink[:height, :width]][..., -channels:]
    return picture[..., 0] if channels == 1 else picture


def icon(seed: int, side: int = 14) -> Shallow:
    """A disc and a bar with soft edges, on nothing."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    away = np.hypot(y - side / 2 + 0.5, x - side / 2 + 0.5)
    alpha = np.clip((side / 2 - 1 - away) * 160, 0, 255)
    colour = np.array([[200, 40, 40], [40, 90, 200]])[rng.integers(2)]
    bar = (abs(y - rng.integers(4, side - 4)) < 2) & (alpha > 0)
    red, green, blue = (np.where(bar, 255, np.where(alpha > 0, each - 6 * (y // 5), 0)) for each in colour)
    return np.stack([red, green, blue, alpha], -1).astype(np.uint8)


def plot(seed: int, height: int, width: int) -> Shallow:
    """A soft curve over a grid: colours between those of curve and paper, where green says the rest."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    line = height / 2 + height / 3 * np.sin(x / 5 + rng.integers(9))
    share = np.clip(1.5 - abs(y - line), 0, 1)[..., None]
    paper = np.where(((y % 8 == 0) | (x % 8 == 0))[..., None], 220, 255)
    picture: Shallow = np.rint(paper * (1 - share) + np.array([31, 119, 180]) * share).astype(np.uint8)
    return picture


def drawn(pictures: Sequence[Picture]) -> list[Picture]:
    """The planes that are coded, together."""
    return [np.stack(planes_of(picture), -1) for picture in pictures]


def body_of(pictures: Sequence[Picture], model: Model) -> bytes:
    """Method 9 and its payload, whatever would be shorter."""
    assert model.pixels is not None
    return METHOD + model.pixels.encode_drawings(drawn(pictures))


def sampled(picture: Picture, model: Model) -> bytes:
    """Method 7 and its payload, whatever would be shorter."""
    assert model.pixels is not None
    (whole,), colours = drawn([picture]), shape_of(picture).colour_planes
    parts = [whole[..., :colours], whole[..., colours:]]
    return bytes([PIXELS]) + model.pixels.encode([part for part in parts if part.size])


def one(model: Model, picture: Picture, body: bytes | None = None) -> bytes:
    """A file of one picture."""
    fields = frame_of(picture), body_of([picture], model) if body is None else body, check([picture])
    return sealed(FORM | GEOMETRY, model.fingerprint, bytes([LAYERS]), *fields)


def make_drawings(models: Mapping[str, Model]) -> dict[str, Valid]:
    """All by hand: which way is the shorter, and how that is found, is the encoder's own affair."""
    model = models["drawings"]
    single: dict[str, tuple[str, Shallow]] = {
        "drawings-1x1": ("a grey pixel by method 9", noise(601, 1, 1)),
        "drawings-1x1-la": ("a pixel of grey and alpha", noise(602, 1, 1, 2)),
        "drawings-1x1-rgb": ("a pixel of three colours", noise(603, 1, 1, 3)),
        "drawings-1x1-rgba": ("a pixel of three colours and alpha", noise(604, 1, 1, 4)),
        "drawings-row": ("one row of few colours", text(605, 6, 40)[5:]),
        "drawings-column": ("one column with alpha: at every other step nothing", text(606, 40, 4, 4)[:, 3:]),
        "drawings-2x2": ("the smallest picture with all surroundings outside", noise(607, 2, 2, 4)),
        "drawings-narrow": ("two columns, of noise", noise(608, 19, 2, 3)),
        "drawings-text": ("letters in two colours", text(609, 36, 61)),
        "drawings-text-grey": ("letters in grey", text(610, 20, 41, 1)),
        "drawings-text-la": ("letters in grey with alpha", text(611, 16, 29, 2)),
        "drawings-icon": ("an icon with alpha", icon(612, 20)),
        "drawings-plot": ("a soft curve: green says what the pixel is", plot(613, 30, 44)),
        "drawings-noise": ("noise: values of all kinds", noise(614, 13, 12, 3)),
        "drawings-slopes": ("slopes with a little texture, where few candidates come", textured(615, 14, 17)),
        "drawings-plain": ("one colour", np.full((40, 50, 3), (3, 141, 59), np.uint8)),
        "drawings-board": ("black and white fields", np.uint8(255) * (np.indices((23, 31)).sum(0) // 4 % 2 > 0)),
        "drawings-equal": ("EQUAL: one plane stands for three", equal(text(616, 15, 19, 1))),
        "drawings-equal-alpha": ("EQUAL and alpha", equal(text(617, 12, 9, 1), text(618, 12, 9, 1))),
    }
    vectors = {name: by_hand(shows, one(model, picture), [picture]) for name, (shows, picture) in single.items()}
    return vectors | _many(model)


def mixed() -> list[Shallow]:
    """Of several sizes, all numbers of planes, and the same letters."""
    found = [text(620, 15, 22), icon(621), text(622, 15, 22, 1), text(623, 15, 22), text(624, 9, 14, 2), icon(625)]
    return [*found, equal(text(626, 9, 14, 1)), text(623, 14, 22), noise(627, 3, 4), noise(628, 1, 1, 3)]


def _many(model: Model) -> dict[str, Valid]:
    icons = [icon(seed) for seed in range(630, 637)]
    small = [text(640 + at % 9, 5, 9) for at in range(110)]
    letters = text(650, 22, 33)
    again = [letters, letters[:20], letters]
    unlike = mixed()
    three = [text(660, 12, 17), textured(661, 9, 8), plot(662, 16, 17), noise(663, 4, 4), text(664, 8, 9, 4)]
    planes = planes_of(three[4])
    bodies = [body_of(three[:1], model), sampled(three[1], model), quick_body(three[2:3])]
    bodies += [STORED + three[3].tobytes(), DIFFERENCED + deflate(differences(planes))]
    beside = [body_of([letters], model), sampled(textured(665, 9, 8), model), body_of([letters], model)]
    names = [f"{at}/drawing.png" for at in range(len(unlike))]
    asked: dict[str, tuple[str, list[Shallow], list[bytes], int]] = {
        "drawings-icons": ("icons of one size, one after the other", icons, [body_of(icons, model)], 7),
        "drawings-many": (
            "110 pictures of one size, more and more of which go in lockstep",
            small, [body_of(small, model)], 110,
        ),
        "drawings-mixed": (
            "sizes and planes of all kinds in one payload: what is remembered lasts",
            unlike, [body_of(unlike, model)], 10,
        ),
        "drawings-again": ("a picture twice, and one like it", again, [body_of(again, model)], 3),
        "drawings-blocks": (
            "three blocks of the same picture: nothing lasts from one to the next",
            [letters] * 3, [body_of([letters], model)] * 3, 1,
        ),
        "drawings-methods": ("blocks of methods 9, 7, 8, 0 and 2", three, bodies, 1),
        "drawings-beside": (
            "a block of method 7 between two of method 9",
            [letters, textured(665, 9, 8), letters], beside, 1,
        ),
    }  # fmt: skip
    vectors = {
        name: by_hand(shows, many(model, pictures, each, size), pictures)
        for name, (shows, pictures, each, size) in asked.items()
    }
    packed = _with_names(model, unlike, body_of(unlike, model), names)
    vectors["drawings-named"] = by_hand("the same with names", packed, unlike, names)
    return vectors


def _with_names(model: Model, pictures: Sequence[Shallow], body: bytes, names: Sequence[str]) -> bytes:
    record = body + check(pictures)
    head = model.fingerprint, bytes([LAYERS]), varint(len(pictures)) * 2
    shapes = Shapes.of(shape_of(picture) for picture in pictures).pack()
    told = named(deflate("".join(f"{name}\0" for name in names).encode()))
    return sealed(FORM | GEOMETRY | MANY | NAMES, *head, shapes, varint(len(record)), told, record)


class Astray(Encoder):
    """Writes other symbols at one call, which is counted from 0."""

    def __init__(self, canvas: Canvas, writer: StreamWriter, call: int, symbol: int) -> None:
        super().__init__(canvas, writer)
        self._left, self._symbol = call, symbol

    def code(
        self, lanes: Indices, freq: NDArray[np.int64], symbols: Symbols, offers: Offers | None = None
    ) -> NDArray[np.integer]:
        """See Coder."""
        self._left -= len(lanes) > 0
        if self._left >= 0:
            return super().code(lanes, freq, symbols)
        return super().code(lanes, freq, lambda pixels: np.full(len(lanes), self._symbol))


def astray(model: Model, picture: Shallow, call: int, symbol: int) -> bytes:
    """The body of a picture of one pixel, written until ``symbol``, which stands for nothing, has been."""
    assert model.pixels is not None
    (planes,) = drawn([picture])
    writer, canvas, whole = StreamWriter(), Canvas(1, planes.shape[:2]), Canvas(1, planes.shape[:2])
    whole.fill(planes[None].astype(np.uint8))
    try:
        Drawing(model.pixels.drawings).walk(canvas, planes.shape[2], Astray(whole, writer, call, symbol))
    except FormatError:
        return METHOD + writer.finish()
    raise AssertionError("the symbol stands for something")


def corrupt_drawings(models: Mapping[str, Model]) -> Made:
    model, picture, dot = models["drawings"], text(670, 9, 13), noise(603, 1, 1, 3)
    body = body_of([picture], model)
    two = many(model, [picture] * 2, [body, body], 1)
    wrong = {
        "cut": ("a payload of method 9 whose last bytes are missing", body[:-9]),
        "long": ("a payload of method 9 longer than the words read", body.ljust(len(body) + 16, b"\0") + b"\x01"),
        "zero": ("a payload of method 9 that ends in 00", body + b"\0"),
        "state": ("method 9, and a state that no symbol leads to", METHOD + b"\xff" * 8),
        "empty": ("an empty payload of method 9, which is sound, of other pixels", METHOD),
        "other": ("a payload of method 9 of another picture", body_of([picture[::-1]], model)),
        "sampled": ("a payload of method 7 by method 9", METHOD + sampled(picture, model)[1:]),
    }
    found = {f"drawings-{name}": (shows, one(model, picture, each)) for name, (shows, each) in wrong.items()}
    return found | {
        "drawings-check-many": ("another check behind method 9", sealed_again(two[:-5] + bytes([two[-5] ^ 1]))),
        "drawings-no-candidate": ("a candidate where there is none", one(model, dot, astray(model, dot, 1, 0))),
        "drawings-no-candidate-last": (
            "the last candidate where there is none",
            one(model, dot, astray(model, dot, 1, 5)),
        ),
        "drawings-no-hint": ("a hint where there is none", one(model, dot, astray(model, dot, 4, 3))),
    }


def unknown_drawings(models: Mapping[str, Model]) -> Made:
    model, picture, layered = models["drawings"], text(670, 9, 13), SoundLayers(models)
    frame, body, end = frame_of(picture), body_of([picture], model), check([picture])
    record = body + end
    head = model.fingerprint, varint(1) * 2, varint(1) + frame, varint(len(record)), record
    plain = models["pixels"].fingerprint, bytes([LAYERS]), frame, record
    return {
        "drawings-of-pixels": ("method 9 by a pixel model without drawings", sealed(FORM | GEOMETRY, *plain)),
        "drawings-without-layers": (
            "method 9 in a container without layers F0",
            sealed(MODEL | EXACT | GEOMETRY | MANY, *head),
        ),
        "drawings-alone": ("method 9 in a file without a model", sealed(EXACT | GEOMETRY, frame, body, end[3:])),
        "drawings-second": ("method 9 in a second layer", layered.file(record=METHOD + layered.record[1:])),
    }


def limit_drawings(models: Mapping[str, Model]) -> Made:
    def file(pictures: int, lines: bytes) -> bytes:
        head = models["drawings"].fingerprint, bytes([LAYERS]), varint(pictures) * 2
        return sealed(FORM | GEOMETRY | MANY, *head, lines, varint(5), METHOD + check([]))

    high = b"".join(varint(1) + geometry(RGB, 1, 32768 - at) for at in range(2))
    return {
        "drawings-steps": ("high and narrow pictures: too many steps in a payload of method 9", file(2, high)),
        "drawings-symbols": (
            "more than 2^28 pixels in a payload of method 9",
            file(4096, varint(4096) + geometry(GREY, 32768, 3)),
        ),
    }


def missing_drawings(models: Mapping[str, Model], contents: Mapping[str, bytes]) -> Made:
    picture = text(670, 9, 13)
    sound = frame_of(picture), body_of([picture], models["drawings"]), check([picture])

    def file(fingerprint: bytes) -> bytes:
        return sealed(FORM | GEOMETRY, fingerprint, bytes([LAYERS]), *sound)

    unsound = {
        name.replace("-", "-of-", 1): (shows, file(hashlib.sha256(contents[name]).digest()[:4]))
        for name, shows in UNSOUND_SHOW.items()
    }
    return unsound | {
        "drawings-model-missing": ("method 9 with a model that is nowhere", file(b"none")),
        "drawings-of-tiles": ("method 9 with a model of tiles", file(models["plain"].fingerprint)),
        "drawings-of-grid": ("method 9 with a model of a grid", file(models["grid"].fingerprint)),
    }


def later_drawings(models: Mapping[str, Model]) -> Made:
    """What a later version may have, beside method 9."""
    model, picture = models["drawings"], text(670, 9, 13)
    body = b"\x0a" + body_of([picture], model)[1:]
    return {"drawings-method-10": ("a method in a file for a model with drawings", one(model, picture, body))}
