"""Models with a few things changed in their description or tensors, and a sound digest."""

from __future__ import annotations

import copy
import functools
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from aecodec.zoo import pack_model
from aecodec.zoo.metadata import read_metadata
from tests.made import Arrays
from tests.trust.fuzz.provider import Provider
from tests.trust.fuzz.seeds import models

VALUES: tuple[Any, ...] = (
    *(0, 1, -1, 2, 3, 4, 7, 16, 31, 127, 255, 256, 511, 32768, 32769, -32768, 1 << 20, (1 << 20) + 1, 1 << 31, 1 << 64),
    *(
        0.5,
        float("nan"),
        float("inf"),
        True,
        None,
        "",
        "dense",
        "conv",
        "flatten",
        "reshape",
        "shuffle",
        "add",
        "round",
    ),
    *([], [0], [1, 1], [1 << 16, 1 << 16], [4, 4, 1], {}, {"op": "concat"}),
)
TYPES = ("i1", "u1", "i2", "i4", "i8", "f2", "f4", "f8", "?")
MOST_EDITS = 6


@functools.cache
def _parts() -> tuple[tuple[Arrays, dict[str, Any], str], ...]:
    found = ((load(data), read_metadata(data)) for data in models())
    return tuple((tensors, json.loads(each["description"]), each["version"]) for tensors, each in found)


def edited(given: Provider) -> bytes:
    """A model file."""
    tensors, description, version = _parts()[given.number(0, len(_parts()) - 1)]
    tensors, description = dict(tensors), copy.deepcopy(description)
    for _ in range(given.number(1, MOST_EDITS)):
        if given.flag():
            _describe(given, description)
        elif tensors:
            name = sorted(tensors)[given.number(0, len(tensors) - 1)]
            _change(given, tensors, name)
    return pack_model("edited", tensors, description, version)


def _describe(given: Provider, description: dict[str, Any]) -> None:
    """Put another value, or none, somewhere."""
    at: Any = description
    while at:
        keys = sorted(at) if isinstance(at, dict) else range(len(at))
        key = keys[given.number(0, len(keys) - 1)]
        if isinstance(at[key], dict | list) and at[key] and given.flag():
            at = at[key]
            continue
        if given.number(0, 7):
            at[key] = copy.deepcopy(VALUES[given.number(0, len(VALUES) - 1)])
        else:
            del at[key]
        return


def _change(given: Provider, tensors: Arrays, name: str) -> None:
    kind, tensor = given.number(0, 5), tensors[name]
    if kind == 0:
        del tensors[name]
    elif kind == 1:
        tensors[name] = tensor.astype(TYPES[given.number(0, len(TYPES) - 1)])
    elif kind == 2:
        tensors[name] = _reshaped(tensor, given.number(0, 4))
    elif tensor.size:
        flat = tensor.copy().reshape(-1)
        start = given.number(0, 65535) % flat.size
        end = start + 1 if kind < 5 else flat.size
        flat[start:end] = np.frombuffer(given.take(1) * 8 or bytes(8), flat.dtype, 1)[0]
        tensors[name] = flat.reshape(tensor.shape)


def _reshaped(tensor: NDArray[Any], way: int) -> NDArray[Any]:
    return [tensor[:0], tensor[:-1], tensor[None], tensor.reshape(-1), np.concatenate([tensor, tensor])][way]
