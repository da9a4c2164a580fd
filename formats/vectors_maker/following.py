"""Files with blocks of method 15, drawings that follow earlier ones: some must decode, some must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aecodec.arrays import Indices, Integers64, Picture
from aecodec.drawings.canvas import Canvas, joined
from aecodec.drawings.coder import Drawing, Encoder
from aecodec.drawings.guide import Follower
from aecodec.drawings.protocol import Offers, Symbols
from aecodec.entropy import StreamWriter
from aecodec.errors import FormatError
from aecodec.zoo import Model
from formats.vectors_maker.broken_layers import Sound as SoundLayers
from formats.vectors_maker.drawings import drawn, icon, plot, text
from formats.vectors_maker.fields import GEOMETRY, GREY, MANY, check, geometry, sealed, varint
from formats.vectors_maker.methods import FOLLOWING
from formats.vectors_maker.pictures import equal, noise
from formats.vectors_maker.pixels import FORM, LAYERS, Made, many
from formats.vectors_maker.vector import Valid, by_hand

METHOD = bytes([FOLLOWING])


def recoloured(picture: Picture, seed: int, wrong: float = 0.02) -> Picture:
    """The same drawing in other colours, a few of them a little wrong."""
    rng = np.random.default_rng(seed)
    colours = picture[..., : 3 if picture.ndim == 3 and picture.shape[2] > 2 else 1] if picture.ndim == 3 else picture
    scale, more = rng.uniform(0.5, 0.9), rng.integers(0, 25)
    off = rng.integers(-9, 10, colours.shape) * (rng.random(colours.shape) < wrong)
    found = picture.copy()
    changed = (colours * scale + more + off).clip(0, 255).astype(np.uint8)
    if picture.ndim == 3:
        found[..., : colours.shape[2]] = changed
        return found
    return changed


def body_of(pictures: Sequence[Picture], distances: Sequence[int], model: Model) -> bytes:
    """Method 15, the distances and the payload, whatever would be shorter."""
    assert model.pixels is not None
    return METHOD + head(distances) + model.pixels.encode_drawings(drawn(pictures), distances)


def head(distances: Sequence[int]) -> bytes:
    return b"".join(map(varint, distances))


def make_following(models: Mapping[str, Model]) -> dict[str, Valid]:
    model = models["drawings"]
    letters, curve, badge = text(700, 15, 22), plot(701, 16, 19), icon(702)
    grey, faint, red = text(703, 13, 17, 1), text(704, 9, 14, 2), text(705, 9, 11, 4)
    shades = equal(text(706, 9, 8, 1), text(707, 9, 8, 1))
    unlike = [noise(708, 8, 9, 4), noise(709, 8, 9, 4), noise(710, 8, 9, 4)]
    variants = [icon(711)] + [recoloured(icon(711), seed) for seed in range(712, 720)]
    mixed = [letters, badge, recoloured(letters, 720), curve, recoloured(badge, 721), recoloured(letters, 722, 0)]
    asked: dict[str, tuple[str, Sequence[Picture], list[int]]] = {
        "copies": ("the same picture three times", [letters, letters, letters], [0, 1, 2]),
        "colours": ("a curve in other colours", [curve, recoloured(curve, 723), recoloured(curve, 724)], [0, 1, 2]),
        "alpha": ("icons in other colours, one after the other", variants, [0, *[1] * 8]),
        "group": ("icons in other colours, all after the first: some go in lockstep", variants, list(range(9))),
        "grey": ("letters in other greys", [grey, recoloured(grey, 725), recoloured(grey, 726, 0.3)], [0, 1, 1]),
        "grey-alpha": ("letters in other greys, with alpha", [faint, recoloured(faint, 727)], [0, 1]),
        "translucent": ("letters in other colours, with alpha", [red, recoloured(red, 728, 0.2)], [0, 1]),
        "equal": ("EQUAL and alpha", [shades, shades], [0, 1]),
        "mixed": ("several sizes, and pictures without a reference between others", mixed, [0, 0, 1, 0, 1, 2]),
        "late": ("the second picture goes after the third", [letters, recoloured(letters, 729), curve[:15]], [0, 1, 0]),
        "unlike": ("noise after noise: the guesses are wrong", unlike, [0, 1, 1]),
        "none": ("no picture has a reference", [letters, curve], [0, 0]),
    }
    return {
        f"following-{name}": by_hand(shows, many(model, some, [body_of(some, told, model)], len(some)), some)
        for name, (shows, some, told) in asked.items()
    }


class Astray(Encoder):
    """Writes a symbol at the first call with seven frequencies, of how far a channel is off, and then no more."""

    def __init__(self, canvas: Canvas, writer: StreamWriter, symbol: int) -> None:
        super().__init__(canvas, writer)
        self._symbol = symbol

    def code(self, lanes: Indices, freq: Integers64, symbols: Symbols, offers: Offers | None = None) -> Integers64:
        """See Coder."""
        choices = freq.shape[1]
        wanted = {2: 1 if self._guessed else 0, 7: self._symbol}[choices]
        self._guessed = True
        found = np.full(len(lanes), wanted)
        self._writer.encode(found, freq)
        return found

    _guessed = False


def astray(model: Model, symbol: int) -> bytes:
    """The body of two black pixels, of which the second is near black, by ``symbol`` below it."""
    assert model.pixels is not None
    dots = np.zeros((1, 1, 1, 1), np.uint8)
    writer, drawing = StreamWriter(), Drawing(model.pixels.drawings)
    first, whole = Canvas(1, (1, 1)), Canvas(1, (1, 1))
    whole.fill(dots)
    drawing.walk(first, 1, Encoder(whole, writer))
    assert (joined(first.pictures(1)) == joined(dots)).all()
    second = Canvas(1, (1, 1))
    try:
        drawing.walk(second, 1, Astray(whole, writer, symbol), Follower(drawing.guide, second, whole, 1))
    except FormatError:
        return METHOD + head([0, 1]) + writer.finish()
    raise AssertionError("the value is one")


def corrupt_following(models: Mapping[str, Model]) -> Made:
    model, letters = models["drawings"], text(730, 9, 13)
    pair, dots = [letters, recoloured(letters, 731)], [np.zeros((1, 1), np.uint8)] * 2
    body = body_of(pair, [0, 1], model)

    def file(body: bytes, pictures: Sequence[Picture] = pair) -> bytes:
        return many(model, pictures, [body], len(pictures))

    return {
        "following-first": ("the first picture has a reference", file(METHOD + head([1, 1]) + body[3:])),
        "following-far": ("a reference before the first picture", file(METHOD + head([0, 2]) + body[3:])),
        "following-size": (
            "a reference of another size",
            file(METHOD + head([0, 1]) + body[3:], [letters, letters[:8]]),
        ),
        "following-long": ("a distance in a longer form than needed", file(METHOD + b"\0\x81\0" + body[3:])),
        "following-few": ("fewer distances than pictures", file(METHOD + b"\0")),
        "following-open": ("a distance that does not end", file(METHOD + b"\0\x81")),
        "following-cut": ("a payload of method 15 whose last bytes are missing", file(body[:-9])),
        "following-zero": ("a payload of method 15 that ends in 00", file(body + b"\0")),
        "following-none": ("a reference is not said", file(METHOD + head([0, 0]) + body[3:])),
        "following-below": ("a value below 0", file(astray(model, 0), dots)),
    }


def unknown_following(models: Mapping[str, Model]) -> Made:
    model, layered = models["drawings"], SoundLayers(models)
    pair = [text(730, 9, 13)] * 2
    body = body_of(pair, [0, 1], model)
    return {
        "following-of-pixels": (
            "method 15 by a pixel model without drawings",
            many(models["pixels"], pair, [body], 2),
        ),
        "following-second": ("method 15 in a second layer", layered.file(record=METHOD + layered.record[1:])),
    }


def limit_following(models: Mapping[str, Model]) -> Made:
    """1,200 narrow pictures, each after the one before, so that none go together."""
    count = 1200
    lines = varint(count) + geometry(GREY, 1, 32)
    record = METHOD + head([0, *[1] * (count - 1)]) + check([])
    fields = models["drawings"].fingerprint, bytes([LAYERS]), varint(count) * 2, lines, varint(len(record)), record
    return {"following-steps": ("a chain of references: too many steps", sealed(FORM | GEOMETRY | MANY, *fields))}
