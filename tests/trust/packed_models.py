"""Packed models to be damaged: a pair without bases, so that its file is all of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import numpy as np

from aecodec.container.varint import varint
from aecodec.limits import MAX_CHANGES_BYTES
from aecodec.zoo import Adapted, save_adapted
from tests.made import made_drawing_tensors, made_grid_tensors
from tests.trust.model_files import Changed, parts, repacked

_HALVES = ("lossy.changes", "exact.changes")


@cache
def packed_models() -> dict[str, bytes]:
    """One, small."""
    grid, grid_description = made_grid_tensors(slices=(1, 1), hyper=1, width=4)
    pixels, pixel_description = made_drawing_tensors(hidden=(2, 1))
    halves = {
        "lossy": Adapted(None, grid, description=grid_description),
        "exact": Adapted(None, pixels, description=pixel_description),
    }
    return {"made-pair": save_adapted("made-pair", halves, {})}


def changed_bytes(count: int) -> Iterator[Changed]:
    """One to three bytes of a half's tensors changed, cut out or put in; the digest is right."""
    data, rng = packed_models()["made-pair"], random.Random(84)
    _, arrays, _ = parts(data)
    for number in range(count):
        half = rng.choice(_HALVES)
        raw = bytearray(arrays[half].tobytes())
        for _ in range(rng.randint(1, 3)):
            place = rng.choice((rng.randrange(len(raw)), rng.randrange(200)))
            raw[place : place + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        if raw != arrays[half].tobytes():
            yield f"bytes of {half}, number {number}", repacked(data, {half: np.frombuffer(bytes(raw), np.uint8)})


def bombs() -> Iterator[Changed]:
    """A few bytes that claim more values than there may be, or so many new tensors."""
    data = packed_models()["made-pair"]
    for axes in ([MAX_CHANGES_BYTES + 1], [1 << 24, 1 << 24], [(1 << 32) - 1] * 8):
        form = bytes([0, len(axes)]) + b"".join(map(varint, axes))
        yield f"a tensor {axes}", _with(data, varint(1) + varint(1) + b"a" + form)
    form = bytes([3, 1]) + varint(MAX_CHANGES_BYTES // 4)
    two = b"".join(varint(1) + name + form for name in (b"a", b"b"))
    yield "two tensors of all that there may be", _with(data, varint(2) + two)
    yield "all that there may be, and no network", _with(data, varint(1) + two[: len(two) // 2])
    yield "tensors without end", _with(data, varint((1 << 32) - 1))


def _with(data: bytes, changes: bytes) -> bytes:
    return repacked(data, {"exact.changes": np.frombuffer(changes, np.uint8)})
