"""What is compressed with the shipped models, and how: see ``shipped.py``."""

from __future__ import annotations

from typing import Any

import numpy as np

from aecodec.arrays import Shallow
from aecodec.scans import draw
from aecodec.zoo import Model
from formats.vectors_maker.pictures import equal, make_mixed, noise, ring, stroke

LATENT_DIMS = (8, 16, 32, 64, 128, 256, 784)
QUALITIES = (88, 75, 66, 50, 33, 15, 0)
Asked = tuple[str, Shallow | list[Shallow], dict[str, Any]]  # what it shows, pictures, arguments


def asked_of_shipped(baseline: Model) -> dict[str, Asked]:
    """Every model in each of its modes, and each kind of picture in one model each; ``baseline`` is mnist-784."""
    asked: dict[str, Asked] = {}
    for at, latent_dim in enumerate(LATENT_DIMS):
        asked |= _of_each(at, f"mnist-{latent_dim}")
    return asked | _kinds() | _layers() | _exact(baseline)


def scan(side: int, seed: int) -> Shallow:
    """A picture that was made from a bilevel one, of the shipped models' size."""
    return draw(ring(side, seed), (28, 28))


def rough(seed: int, height: int, width: int) -> Shallow:
    """Strokes with a little noise, which deflate does not suit."""
    picture = stroke(seed, height, width)
    return np.where(picture, np.maximum(picture, 8) - noise(seed, height, width) % 8, 0).astype(np.uint8)


def near_strokes(model: Model, count: int, seed: int) -> Shallow:
    """Tiles near what the model makes of strokes, which its residual coder suits."""
    drawn = np.stack([stroke(seed + at, *model.tiles.tile) for at in range(count)])
    moved = model.tiles.networks.synthesise(model.tiles.networks.analyse(drawn)).astype(np.int64)
    moved += np.random.default_rng(seed).integers(-9, 10, moved.shape)
    return np.where(moved > 24, moved.clip(0, 255), 0).astype(np.uint8)


def _of_each(at: int, model: str) -> dict[str, Asked]:
    two = [stroke(200 + at, 28, 28), scan(20 + at, at % 4)]
    quality, size = QUALITIES[at], (19 + at, 31 - 3 * at)
    layers = f"{model}: two layers, a picture with an origin"
    return {
        f"{model}-native": (f"{model}: a picture of its size", two[0], {"model": model, "effort": 0}),
        f"{model}-searched": (f"{model}: two pictures, searched", two, {"model": model, "effort": 3}),
        f"{model}-quality": (
            f"{model}: quality {quality}, odd size",
            stroke(210 + at, *size),
            {"model": model, "effort": 2, "quality": quality},
        ),
        f"{model}-layers": (layers, two[1], {"model": model, "progressive": True, "effort": 3}),
    }


def _kinds() -> dict[str, Asked]:
    """Each kind of picture, with one model each."""
    alpha = noise(220, 30, 29)
    rgb, la = stroke(221, 29, 30, 3), np.stack([stroke(222, 30, 29), alpha], -1)
    rgba = np.concatenate([stroke(223, 30, 29, 3), alpha[..., None]], -1)
    many = [stroke(seed, 28, 28) for seed in range(224, 229)]
    names = [f"{digit}/bild-\u00e4{digit}.png" for digit in range(5)]
    return {
        "mnist-8-1x1": ("mnist-8: one pixel", noise(229, 1, 1), {"model": "mnist-8", "effort": 3}),
        "mnist-8-many-quality": (
            "mnist-8: five pictures at quality 40",
            many,
            {"model": "mnist-8", "effort": 4, "quality": 40},
        ),
        "mnist-16-la": ("mnist-16: grey and alpha, which is stored", la, {"model": "mnist-16", "effort": 1}),
        "mnist-16-named": (
            "mnist-16: five pictures with names",
            many,
            {"model": "mnist-16", "effort": 0, "names": names},
        ),
        "mnist-32-rgb": ("mnist-32: three colours", rgb, {"model": "mnist-32", "effort": 3}),
        "mnist-64-rgba": (
            "mnist-64: colours and alpha at quality 70",
            rgba,
            {"model": "mnist-64", "effort": 2, "quality": 70},
        ),
        "mnist-64-257x129": (
            "mnist-64: 257 wide, 129 high, 50 tiles",
            stroke(230, 129, 257),
            {"model": "mnist-64", "effort": 1},
        ),
        "mnist-128-equal": (
            "mnist-128: EQUAL, one plane for three colours",
            equal(stroke(231, 17, 40)),
            {"model": "mnist-128", "effort": 4},
        ),
        "mnist-256-equal-alpha": (
            "mnist-256: EQUAL and alpha",
            equal(stroke(232, 28, 28), noise(233, 28, 28)),
            {"model": "mnist-256", "effort": 3},
        ),
        "mnist-784-many-mixed": (
            "mnist-784: unlike pictures, in runs",
            make_mixed(),
            {"model": "mnist-784", "effort": 2},
        ),
        "mnist-exact-lossy": (
            "mnist-exact: a lossy picture",
            stroke(234, 28, 28),
            {"model": "mnist-exact", "effort": 3},
        ),
    }


def _layers() -> dict[str, Asked]:
    """Files of two layers, of which mnist-exact makes the second."""
    scans = [scan(side, seed) for seed, side in enumerate((20, 23, 29))]
    mixed = [scans[0], stroke(240, 28, 28), scans[2]]
    two = {"progressive": True, "effort": 0}
    return {
        "mnist-8-layers-1x1": ("two layers of one pixel", noise(241, 1, 1), {"model": "mnist-8", **two}),
        "mnist-16-layers-rgb": ("two layers, colours with origins", np.stack(scans, -1), {"model": "mnist-16", **two}),
        "mnist-32-layers-many": ("two layers, pictures with origins", scans, {"model": "mnist-32", **two}),
        "mnist-64-layers-mixed": ("two layers, with origins and without", mixed, {"model": "mnist-64", **two}),
        "mnist-784-layers-rgba": (
            "two layers, odd size, colours and alpha",
            np.concatenate([stroke(242, 27, 13, 3), noise(243, 27, 13, 1)], -1),
            {"model": "mnist-784", **two},
        ),
        "mnist-32-layers-large": (
            "two layers, twelve tiles, 90 wide, 61 high",
            rough(244, 61, 90),
            {"model": "mnist-32", **two},
        ),
    }


def _exact(baseline: Model) -> dict[str, Asked]:
    """Of one layer: by the residual over latent_dim 784, and by scans."""
    residual, inked = ({"model": model, "lossless": True} for model in ("mnist-784", "mnist-exact"))
    strokes = [rough(seed, 28, 28) for seed in (250, 251)]
    near = near_strokes(baseline, 50, 252)
    large = np.concatenate(np.concatenate(near.reshape(5, 10, 28, 28), 1), 1)
    large[112:], large[:, 252:] = 0, 0  # where tiles stand over the edge of 257 x 129
    scans = [scan(side, seed) for seed, side in enumerate((20, 22, 27, 34))]
    la = np.stack([np.hstack(scans[:2]), np.hstack(scans[2:])], -1)
    return {
        "mnist-784-exact-native": ("mnist-784: an exact picture of its size", near[0], residual),
        "mnist-784-exact-odd": ("mnist-784: an exact picture of odd size", near[0, :27, :26], residual),
        "mnist-784-exact-many": ("mnist-784: exact pictures", list(near[1:4]), residual),
        "mnist-784-exact-rgb": ("mnist-784: an exact picture of three colours", np.stack([*near[4:7]], -1), residual),
        "mnist-784-exact-257x129": ("mnist-784: exact, 257 wide, 129 high", large[:129, :257], residual),
        "mnist-exact-native": ("mnist-exact: ink by network", scans[1], inked),
        "mnist-exact-fast": ("mnist-exact: the same at effort 0", scans[2], {**inked, "effort": 0}),
        "mnist-exact-many": ("mnist-exact: origins of several sides", scans, inked),
        "mnist-exact-many-fast": ("mnist-exact: the same by contexts", scans, {**inked, "effort": 0}),
        "mnist-exact-mixed": ("mnist-exact: with origins and without", [scans[3], *strokes], {**inked, "effort": 1}),
        "mnist-exact-none": ("mnist-exact: no origin", strokes[1], inked),
        "mnist-exact-la": ("mnist-exact: grey and alpha, both with origins", la, inked),
        "mnist-exact-rgba": ("mnist-exact: four channels with origins", np.stack(scans, -1), inked),
        "mnist-exact-1x1": ("one pixel, stored, which needs no model", noise(255, 1, 1), inked),
        "mnist-exact-noise": ("noise, stored, which needs no model", noise(256, 9, 7, 4), inked),
    }
