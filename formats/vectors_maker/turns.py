"""Files with blocks of method 39, whose images are turned: some must decode, some must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aecodec.arrays import Picture
from aecodec.coders.turns import TRANSPOSED, turned
from aecodec.zoo import Model
from formats.vectors_maker.broken_layers import Sound
from formats.vectors_maker.cuts import one
from formats.vectors_maker.fields import GEOMETRY, check, images_of, sealed
from formats.vectors_maker.methods import DRAWINGS, PIXELS, QUICK, TURNED
from formats.vectors_maker.pictures import equal
from formats.vectors_maker.pixels import FORM, LAYERS, Made, frame_of, many, textured
from formats.vectors_maker.vector import Valid, by_hand

METHOD = TURNED + PIXELS
EVERY = range(48)


def body_of(pictures: Sequence[Picture], turns: Sequence[int], model: Model) -> bytes:
    """Method 39, a turn of each image, and the payload."""
    assert model.pixels is not None
    images = [turned(image, turn) for image, turn in zip(images_of(pictures), turns, strict=True)]
    return bytes([METHOD, *turns]) + model.pixels.encode(images)


def make_turns(models: Mapping[str, Model]) -> dict[str, Valid]:
    model = models["pixels"]
    high, wide, grey = textured(700, 17, 6), textured(701, 5, 14), textured(702, 9, 4, 1)
    alpha, both = textured(703, 6, 11, 4), textured(704, 4, 7, 2)
    several = [grey, alpha, both, wide, equal(grey), high]
    every = [textured(705 + turn, 4 + turn % 3, 6) for turn in EVERY]
    made = {
        "turned-exchanged": ("rows and columns exchanged", high, [1]),
        "turned-columns": ("columns mirrored", wide, [2]),
        "turned-rows": ("rows mirrored", wide, [4]),
        "turned-colours": ("blue, green, red", high, [40]),
        "turned-all": ("blue, red, green, both mirrored and exchanged", high, [39]),
        "turned-none": ("an image that stays as it is", wide, [0]),
        "turned-alpha": ("alpha turned in another way than the colours", alpha, [25, 6]),
        "turned-grey": ("one plane", grey, [7]),
    }
    found = {
        name: by_hand(shows, one(model, picture, body_of([picture], turns, model)), [picture])
        for name, (shows, picture, turns) in made.items()
    }
    for name, shows, pictures, turns in (
        ("turned-many", "a container of all kinds of pictures", several, [1, 9, 3, 6, 2, 12, 5, 33]),
        ("turned-every", "every way that there is, in one block", every, list(EVERY)),
    ):
        found[name] = by_hand(shows, many(model, pictures, [body_of(pictures, turns, model)], len(pictures)), pictures)
    return found


def corrupt_turns(models: Mapping[str, Model]) -> Made:
    model = models["pixels"]
    wide, grey, alpha = textured(701, 5, 14), textured(702, 9, 4, 1), textured(703, 6, 11, 4)
    body, plain, both = body_of([wide], [2], model), body_of([grey], [3], model), body_of([alpha], [25, 6], model)
    return {
        "turned-48": ("a turn of 48", one(model, wide, body[:1] + b"\x30" + body[2:])),
        "turned-grey-8": ("one plane whose colours change places", one(model, grey, plain[:1] + b"\x08" + plain[2:])),
        "turned-other": ("another turn than was meant", one(model, wide, body[:1] + b"\x04" + body[2:])),
        "turned-empty": ("method 39 and nothing behind it", one(model, wide, body[:1])),
        "turned-alpha-short": ("a turn of the colours, none of alpha, and nothing else", one(model, alpha, both[:2])),
        "turned-zero": ("a payload of method 39 that ends in 00", one(model, wide, body + b"\0")),
    }


def unknown_turns(models: Mapping[str, Model]) -> Made:
    sound, model, wide = Sound(models), models["pixels"], textured(701, 5, 14)
    body = body_of([wide], [2], model)
    return {
        "turned-second": ("method 39 in a second layer", sound.file(record=body + sound.end[3:])),
        "turned-quick": ("method 40", one(model, wide, bytes([TURNED + QUICK]) + body[1:])),
        "turned-drawings": ("method 41", one(models["drawings"], wide, bytes([TURNED + DRAWINGS]) + body[1:])),
    }


def limit_turns(models: Mapping[str, Model]) -> Made:
    """A wide and low picture, which turned so is high and narrow: of such few samples go together."""
    wide = np.zeros((8, 32768, 4), np.uint8)
    return {
        "turned-steps": (
            "a picture of few steps that is turned into one of too many",
            sealed(
                FORM | GEOMETRY,
                models["pixels"].fingerprint,
                bytes([LAYERS]),
                frame_of(wide),
                bytes([METHOD, TRANSPOSED, TRANSPOSED]),
                check([wide]),
            ),
        )
    }
