"""Models that are stored as what differs from others, and pairs: sound ones, others, and files that name them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from aecodec.changes import Factors, find_changes, pack_changes
from aecodec.changes.operations import with_product
from aecodec.container.varint import varint
from aecodec.zoo import Adapted, Model, load_model, pack_model, save_adapted, tensors_of
from formats.vectors_maker.drawings import METHOD as DRAWINGS
from formats.vectors_maker.drawings import one as one_drawing
from formats.vectors_maker.drawings import text
from formats.vectors_maker.fields import EXACT, GEOMETRY, MODEL, RGB, STORED, check, geometry, sealed, two_layers
from formats.vectors_maker.grid import FORM, QUALITY, Made
from formats.vectors_maker.lossy import encoded
from formats.vectors_maker.pictures import noise, stroke
from formats.vectors_maker.pixels import one, textured
from formats.vectors_maker.vector import Valid, by_hand
from tests.made import Arrays, made_drawing_tensors, made_grid_tensors, made_pixel_tensors, made_tensors

ADAPTED_SHOW = {
    "adapted": "what differs from vector-grid: differences, values, and tensors that stay",
    "adapted-pixels": "what differs from vector-pixels: drawings, which are new",
    "pair": "a pair: what differs from vector-lapped, by low rank and without overlap, and, narrower, vector-drawings",
    "pair-alone": "a pair without bases",
    "pair-tiles": "a pair whose lossy half is of tiles, without a base; the exact half is that of vector-pixels",
}
_UNSOUND = {
    "adapted-missing": "changes to a base that is nowhere",
    "adapted-other": "changes to vector-grid that name vector-pixels as their base",
    "adapted-chain": "changes to a base that has a base",
    "adapted-bound": "changes after which sums are too large",
    "adapted-parts": "changes after which a model of pixels has a residual coder",
    "adapted-operation": "an operation that is not known",
    "adapted-rank": "a low-rank change of a rank too high",
    "adapted-shift": "a low-rank change by a shift of 32",
    "adapted-rows": "a low-rank change to a tensor of int32",
    "adapted-dtype": "a tensor of a dtype that is not known",
    "adapted-repeated": "a new tensor that the base has",
    "adapted-order": "new tensors not in the order of their names",
    "adapted-head": "changes whose head is cut short",
    "adapted-zero": "changes whose payload ends in 00",
    "adapted-long": "changes followed by more bytes than were read",
    "adapted-bomb": "a few bytes that claim a tensor of 2^26",
    "pair-half": "a pair without its exact half",
    "pair-kinds": "a pair whose halves are both of a grid",
    "pair-coders": "a pair whose lossy half, of tiles, has a residual coder",
}
UNSOUND_ADAPTED_SHOW = {
    name: f"{shows}: not sound, and named by invalid/{name.replace('-', '-of-', 1)}.aec"
    for name, shows in _UNSOUND.items()
}


def make_adapted_models(made: Mapping[str, bytes]) -> dict[str, bytes]:
    """The file of each, by the files of other models."""
    sound = _sound({name: load_model(made[name]) for name in ("grid", "pixels", "lapped", "drawings")})
    return sound | _unsound({**made, **sound})


def _sound(bases: Mapping[str, Model]) -> dict[str, bytes]:
    drawn, described = made_drawing_tensors()
    narrow, narrow_description = made_drawing_tensors(seed=3, hidden=(3, 2))
    grid, grid_description = made_grid_tensors(seed=5, slices=(1, 1), hyper=1, width=4)
    few, few_description = made_pixel_tensors(seed=5, hidden=(2, 3))
    tiles, tiles_description = made_tensors(seed=5, tile=(12, 8))
    del tiles["residual.costs"]
    parts = {
        "adapted": {"lossy": Adapted(bases["grid"], _retrained(tensors_of(bases["grid"])))},
        "adapted-pixels": {"exact": Adapted(bases["pixels"], drawn, description=described)},
        "pair": {
            "lossy": _low_rank(bases["lapped"]),
            "exact": Adapted(bases["drawings"], narrow, description=narrow_description),
        },
        "pair-alone": {
            "lossy": Adapted(None, grid, description=grid_description),
            "exact": Adapted(None, few, description=few_description),
        },
        "pair-tiles": {
            "lossy": Adapted(None, tiles, description=tiles_description),
            "exact": Adapted(bases["pixels"], tensors_of(bases["pixels"])),
        },
    }
    return {name: save_adapted(f"vector-{name}", some, {}) for name, some in parts.items()}


def _retrained(tensors: Arrays) -> Arrays:
    """Some tensors other by little, some wholly, of all dtypes there are; most stay."""
    rng = np.random.default_rng(700)
    for name in ("synthesis.0.weight.0", "slices.1.0.weight.1", "linear.weight.0"):
        other = tensors[name] + rng.integers(-3, 4, tensors[name].shape) * (rng.random(tensors[name].shape) < 0.1)
        tensors[name] = np.clip(other, -127, 127).astype(np.int8)
    tensors["linear.bias"] = tensors["linear.bias"] + rng.integers(-2000, 2001, 768).astype(np.int32)
    tensors["hyper.means"] = tensors["hyper.means"][::-1]
    tensors["gains"] = tensors["gains"] + np.int16(30)
    return tensors


def _low_rank(base: Model) -> Adapted:
    """Products of factors, one of them behind a difference; blocks no longer overlap."""
    rng = np.random.default_rng(701)
    tensors = {name: each for name, each in tensors_of(base).items() if not name.endswith("filter")}
    tensors["pixels.shift"] = tensors["pixels.shift"] - np.int8(4)
    factors = {}
    forms = {"synthesis.0.weight.0": (2, 7), "linear.weight.0": (1, 0), "synthesis.2.weight.0": (3, 9)}
    for name, (rank, shift) in forms.items():
        outputs, inputs = len(tensors[name]), tensors[name][0].size
        left, right = rng.integers(-99, 100, (outputs, rank)), rng.integers(-9, 10, (rank, inputs))
        factors[name] = Factors(left.astype(np.int8), right.astype(np.int8), shift)
        del tensors[name]
    moved = with_product(tensors_of(base)["synthesis.2.weight.0"], factors["synthesis.2.weight.0"])
    moved[0] = np.clip(moved[0] + 1, -127, 127)
    return Adapted(base, {**tensors, "synthesis.2.weight.0": moved}, factors)


def _unsound(files: Mapping[str, bytes]) -> dict[str, bytes]:
    pixels, grid = tensors_of(load_model(files["pixels"])), tensors_of(load_model(files["grid"]))
    names = sorted(pixels)
    kept, nothing = bytes(len(names)), varint(0)
    bias, weight = (bytes(names.index(f"pixels.0.0.{each}")) for each in ("bias", "weight"))
    wide = pixels | {"pixels.0.0.bias": np.full_like(pixels["pixels.0.0.bias"], 1 << 25)}
    other = pixels | {"residual.costs": np.zeros((200, 256), np.uint8)}
    sound = pack_changes(find_changes(_retrained(dict(grid)), grid, {}), grid)
    new = varint(1) + b"a" + bytes([0, 1]) + varint(1)
    changes = {
        "bound": pack_changes(find_changes(wide, pixels, {}), pixels),
        "parts": pack_changes(find_changes(other, pixels, {}), pixels),
        "operation": b"\7" + kept[1:] + nothing,
        "rank": weight + b"\5\x08\0" + kept[len(weight) + 1 :] + nothing,
        "shift": weight + b"\5\1\x20" + kept[len(weight) + 1 :] + nothing,
        "rows": bias + b"\5\1\0" + kept[len(bias) + 1 :] + nothing,
        "dtype": weight + b"\3\4\0" + kept[len(weight) + 1 :] + nothing,
        "repeated": kept + varint(1) + varint(len(names[0])) + names[0].encode() + b"\0\0",
        "order": kept + varint(2) + new + new,
        "head": kept[:-1],
        "zero": kept + nothing + b"\0",
        "long": kept + nothing + bytes(16) + b"\1",
        "bomb": kept + varint(1) + varint(1) + b"a" + bytes([0, 1]) + varint((1 << 24) + 1),
    }
    half, plain = _based_on(files["grid"]), _based_on(files["plain"])
    stay, plain_stays = bytes(len(grid)) + nothing, bytes(len(tensors_of(load_model(files["plain"])))) + nothing
    pairs: dict[str, tuple[dict[str, dict[str, Any]], dict[str, bytes]]] = {
        "half": ({"lossy": half}, {"lossy": stay}),
        "kinds": ({"lossy": half, "exact": half}, {"lossy": stay, "exact": stay}),
        "coders": (
            {"lossy": plain, "exact": _based_on(files["pixels"])},
            {"lossy": plain_stays, "exact": kept + nothing},
        ),
    }
    return {
        "adapted-missing": _packed("adapted-missing", sound, "grid", {"id": "none", "sha256": "0" * 64}),
        "adapted-other": _packed("adapted-other", sound, "grid", _named(files["pixels"])),
        "adapted-chain": _packed("adapted-chain", stay, "grid", _named(files["adapted"])),
        **{
            f"adapted-{name}": _packed(f"adapted-{name}", each, "pixels", _named(files["pixels"]))
            for name, each in changes.items()
        },
        **{
            f"pair-{name}": pack_model(
                f"vector-pair-{name}",
                {f"{half}.changes": np.frombuffer(each, np.uint8) for half, each in changed.items()},
                {**halves, "kind": "pair", "known_answer": "none"},
                "9",
            )
            for name, (halves, changed) in pairs.items()
        },
    }


def _packed(name: str, changes: bytes, kind: str, base: Mapping[str, str]) -> bytes:
    description = {"kind": kind, "base": base, "known_answer": "none"}
    return pack_model(f"vector-{name}", {"changes": np.frombuffer(changes, np.uint8)}, description, "9")


def _named(data: bytes) -> dict[str, str]:
    return {"id": "base", "sha256": hashlib.sha256(data).hexdigest()}


def _based_on(data: bytes) -> dict[str, Any]:
    return {"base": _named(data)}


def make_adapted(models: Mapping[str, Model]) -> dict[str, Valid]:
    """By models whose bases lie beside them."""
    odd, alike = stroke(710, 37, 51, 3), [stroke(seed, 17, 20, 3) for seed in range(711, 714)]
    small = [stroke(seed, 12, 8, 1) for seed in range(722, 727)]
    asked: dict[str, tuple[str, Any, str, int]] = {
        "adapted-37": ("a model that is what differs from another", odd, "adapted", 37),
        "adapted-many": ("the same, a container", alike, "adapted", 60),
        "pair-lossy": ("the lossy half of a pair, changed by low rank", odd, "pair", 60),
        "pair-alone-lossy": ("the lossy half of a pair without bases", odd, "pair-alone", 80),
        "pair-tiles-lossy": ("tiles of a pair, a container of pictures of one tile", small, "pair-tiles", 100),
        "step-4-pair-tiles": ("tiles of a pair, a picture in colour, with a step", odd, "pair-tiles", 40),
    }
    made = {
        name: encoded(name, shows, pictures, model, {"effort": 0, "quality": quality}, 0, models)
        for name, (shows, pictures, model, quality) in asked.items()
    }
    by_pixels: dict[str, tuple[str, str, Callable[[Model, Any], bytes], Any]] = {
        "adapted-pixels": ("method 7 by changed networks", "adapted-pixels", one, textured(715, 9, 14)),
        "adapted-drawings": ("method 9 by networks that are new", "adapted-pixels", one_drawing, text(716, 16, 29)),
        "pair-exact": ("the exact half of a pair, narrower than its base", "pair", one, textured(717, 12, 9)),
        "pair-drawings": ("the same by method 9", "pair", one_drawing, text(718, 16, 29, 4)),
        "pair-alone-exact": ("the exact half of a pair without bases", "pair-alone", one, textured(719, 7, 11, 1)),
        "pair-tiles-exact": ("the exact half of a pair of tiles", "pair-tiles", one, textured(728, 12, 8, 1)),
    }
    return made | {
        name: by_hand(shows, make(models[model], picture), [picture])
        for name, (shows, model, make, picture) in by_pixels.items()
    }


def missing_adapted(models: Mapping[str, Model], contents: Mapping[str, bytes]) -> Made:
    """Files of models that are not sound, and of a pair where another kind is needed."""
    frame, symbols, end = geometry(RGB, 4, 3), b"\x2a", check([noise(720, 3, 4, 3)])

    def file(fingerprint: bytes) -> bytes:
        return sealed(FORM | GEOMETRY, fingerprint, bytes([QUALITY + 37]), frame, symbols, end)

    unsound = {
        name.replace("-", "-of-", 1): (shows, file(hashlib.sha256(contents[name]).digest()[:4]))
        for name, shows in _UNSOUND.items()
    }
    pair, plain, tile = models["pair"].fingerprint, models["plain"], noise(721, *models["plain"].tiles.tile)
    tiles = models["pair-tiles"].fingerprint
    first, exact = frame + symbols + end[3:], STORED + tile.tobytes() + check([tile])[3:]
    return unsound | {
        "tiles-of-pair": ("tiles that name a pair", sealed(MODEL | GEOMETRY, pair, frame, symbols, end[3:])),
        "exact-of-pair": ("method 3 with a pair", sealed(MODEL | EXACT | GEOMETRY, pair, frame, symbols, end[3:])),
        "layers-of-pair": (
            "two layers, the first of which names a pair",
            two_layers(GEOMETRY, pair, first, plain.fingerprint + exact),
        ),
        "grid-of-pair-tiles": (
            "a grid of latents that names a pair of tiles",
            sealed(FORM | GEOMETRY, tiles, bytes([QUALITY + 37]), frame, symbols, end),
        ),
        "sizes-of-pair-tiles": (
            "a file without sizes that names a pair of tiles",
            sealed(MODEL, tiles, symbols, end[3:]),
        ),
        "exact-of-pair-tiles": (
            "method 3 with a pair of tiles",
            sealed(MODEL | EXACT | GEOMETRY, tiles, frame, symbols, end[3:]),
        ),
        "layers-of-pair-tiles": (
            "two layers, the first of which names a pair of tiles",
            two_layers(GEOMETRY, tiles, first, plain.fingerprint + exact),
        ),
    }


def unknown_adapted(models: Mapping[str, Model]) -> Made:
    """Drawings by a pair whose exact half has none."""
    data = one_drawing(models["pair-alone"], text(670, 9, 13), DRAWINGS)
    return {"drawings-of-pair": ("method 9 by a pair without drawings", data)}
