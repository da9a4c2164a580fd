"""Files with a step of quantization, written field by field: some must decode, some must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.limits import MAX_STEP, SYMBOL_MAX
from aecodec.zoo import Model
from formats.vectors_maker.fields import (
    EXACT,
    GEOMETRY,
    GREY,
    MODEL,
    NAMES,
    STEP,
    check,
    container,
    escaping,
    geometry,
    payload_of,
    sealed,
    varint,
)
from formats.vectors_maker.vector import Valid, by_hand


def make_steps(models: Mapping[str, Model]) -> dict[str, Valid]:
    """Each step's largest symbols, and symbols inside and outside every table."""
    vectors = {}
    for step in range(2, MAX_STEP + 1):
        vectors[f"step-{step}-symbols"] = _many(f"step {step}: all kinds of symbols", models["wide"], step)
    vectors["step-2-largest"] = _many("step 2: narrow tables, and symbols -126 and 126", models["plain"], 2)
    vectors["step-16-largest"] = _one("step 16: narrow tables, and symbols -112 and 112", models["every-op"], 16)
    return vectors


def _symbols(model: Model, step: int, seed: int) -> NDArray[np.int8]:
    """The largest, the smallest, and random ones, most of them small, ``[6, latents]``."""
    most = SYMBOL_MAX // step
    rng = np.random.default_rng(seed)
    drawn = np.rint(rng.standard_normal((6, model.tiles.networks.prior.latents)) * most / 4).clip(-most, most)
    drawn[0], drawn[1] = -most, most
    symbols: NDArray[np.int8] = (drawn * step).astype(np.int8)
    return symbols


def _many(shows: str, model: Model, step: int) -> Valid:
    symbols = _symbols(model, step, seed=80 + step)
    pictures = list(model.tiles.networks.synthesise(symbols))
    head = model.fingerprint + bytes([step]) + varint(len(pictures)) + varint(4)
    records = [
        payload_of(model, symbols[at : at + 4], step=step) + check(pictures[at : at + 4])
        for at in range(0, len(pictures), 4)
    ]
    return by_hand(shows, container(MODEL | STEP, head, b"", records), pictures)


def _one(shows: str, model: Model, step: int) -> Valid:
    """A picture of all six tiles, one below the other."""
    symbols = _symbols(model, step, seed=97)
    picture = model.tiles.networks.synthesise(symbols).reshape(-1, model.tiles.tile[1])
    size = geometry(GREY, picture.shape[1], picture.shape[0])
    payload = payload_of(model, symbols, step=step)
    fields = model.fingerprint, bytes([step]), size, payload, check([picture])[3:]
    return by_hand(shows, sealed(MODEL | GEOMETRY | STEP, *fields), [picture])


def corrupt_steps(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    """A step that no file has, or a symbol that no step gives."""
    model = models["plain"]

    def file(step: int, symbols: Sequence[int], flags: int = MODEL | STEP) -> bytes:
        """Sound but for what a caller makes of it; where ``step`` is none, the payload is of step 1."""
        tile = model.tiles.networks.synthesise(np.array([symbols], np.int8))
        payload = payload_of(model, [symbols], step=step if 2 <= step <= MAX_STEP else 1)
        return sealed(flags, model.fingerprint, bytes([step]), payload, check(list(tile))[3:])

    high = int(model.tiles.networks.prior.at_step(16).high[0])
    beyond = escaping(model.tiles.networks.prior.at_step(16), (128 - high) // 16)
    none = [0] * model.tiles.networks.prior.latents
    return {
        "step-0": ("a step of 0", file(0, none)),
        "step-1": ("a step of 1, which is said by no byte", file(1, none)),
        "step-17": ("a step of 17", file(17, none)),
        "step-255": ("a step of 255", file(255, none)),
        "step-cut": ("a header that ends before its step", sealed(MODEL | STEP, model.fingerprint)),
        "step-names": ("NAMES without MANY, and a step", file(2, none, MODEL | STEP | NAMES)),
        "step-other": ("a payload of step 3 where the header says 2", _with_step(file(3, [3, 0, -3, 0, 6, 0]), 2)),
        "step-symbol-above": (
            "a symbol of 128 at step 16",
            sealed(MODEL | STEP, model.fingerprint, b"\x10", beyond, b"c"),
        ),
    }


def _with_step(data: bytes, step: int) -> bytes:
    return sealed(data[2], data[3:7], bytes([step]), data[8:-4])


def reserved_steps(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    """STEP where it is reserved: in an exact file."""
    model = models["plain"]
    tile = model.tiles.networks.synthesise(np.zeros((1, model.tiles.networks.prior.latents), np.int8))
    payload = payload_of(model, np.zeros((1, model.tiles.networks.prior.latents)), tile) + check(list(tile))[3:]
    return {
        "step-exact": ("STEP in an exact file", sealed(MODEL | EXACT | STEP, model.fingerprint, b"\2", payload)),
    }
