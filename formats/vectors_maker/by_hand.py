"""Files that must decode, and that the package's encoder would not make."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aecodec.zoo import Model
from formats.vectors_maker.fields import (
    DEFLATED,
    DIFFERENCED,
    EXACT,
    GEOMETRY,
    GREY,
    LA,
    MODEL,
    MODELLED,
    NAMES,
    RGB,
    RGBA,
    STORED,
    check,
    container,
    deflate,
    differences,
    geometry,
    named,
    payload_of,
    planes_of,
    sealed,
    varint,
)
from formats.vectors_maker.pictures import equal, near_base, noise, slope
from formats.vectors_maker.vector import Valid, by_hand


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
    base = model.tiles.networks.synthesise(extremes)
    symbols = np.zeros((3, every.tiles.networks.prior.latents), np.int8)
    symbols[1] = 2
    tiles = every.tiles.networks.synthesise(symbols[:1])
    image = near_base(model, 1, 59)[0]
    modelled = MODELLED + payload_of(model, model.tiles.networks.analyse(image[None]), image[None])
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
    residual = payload_of(every, np.zeros((3, every.tiles.networks.prior.latents)), bright)
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
