"""Models that are stored as what differs from others, for the tests of the zoo."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from aecodec.zoo import Adapted, Model, load_model, save_adapted, save_model, tensors_of
from tests.made import Arrays, made_drawing_tensors, made_grid_tensors


@functools.cache
def bases() -> dict[str, bytes]:
    """The files of a model of each half."""
    return {
        "made-grid": save_model("made-grid", *made_grid_tensors(lapped=True)),
        "made-drawings": save_model("made-drawings", *made_drawing_tensors()),
    }


def base(name: str) -> Model:
    return load_model(bases()[name])


def moved(model: Model, seed: int = 1) -> Arrays:
    """Its tensors, of which some weights are a little other."""
    rng, tensors = np.random.default_rng(seed), tensors_of(model)
    for name in [name for name in sorted(tensors) if "weight" in name][::3]:
        step = rng.integers(-1, 2, tensors[name].shape) * (rng.random(tensors[name].shape) < 0.05)
        tensors[name] = np.clip(tensors[name] + step, -127, 127).astype(np.int8)
    return tensors


def parts(seed: int = 1) -> dict[str, Adapted]:
    names = {"lossy": "made-grid", "exact": "made-drawings"}
    return {half: Adapted(base(name), moved(base(name), seed)) for half, name in names.items()}


@functools.cache
def pair(name: str = "made-own", seed: int = 1) -> bytes:
    """The file of a pair."""
    return save_adapted(name, parts(seed), {"role": "adapted", "pictures": "any"})


def lossy_half(name: str = "made-half", **description: Any) -> bytes:
    """The file of a grid model that is what differs from the made one."""
    return save_adapted(name, {"lossy": parts()["lossy"]}, description)
