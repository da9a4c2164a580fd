"""Lossy files that the package's encoder makes, and that must decode.

What the encoder's search finds is no part of the format. So a file that an earlier search made is kept as it lies
in the folder: it must decode for ever, and nothing makes it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aecodec.arrays import Picture
from aecodec.codec import Decoder, Options
from aecodec.codec.plan import plan_at
from aecodec.lossy.search import SEARCH
from aecodec.zoo import Model
from formats.vectors_maker.by_package import by_package
from formats.vectors_maker.fields import tiles_of
from formats.vectors_maker.pictures import equal, make_mixed, near_base, noise, stroke
from formats.vectors_maker.vector import FOLDER, OneModel, Valid, goes_through_deflate

Asked = tuple[str, Picture | Sequence[Picture], str, dict[str, Any]]  # what it shows, pictures, model, arguments


def make_lossy(models: Mapping[str, Model]) -> dict[str, Valid]:
    """By the search that made them."""
    by_search = {1: _first(models["plain"]), 2: _second(models["plain"]), 3: _third(models["plain"])}
    vectors: dict[str, Valid] = {}
    for search, group in by_search.items():
        vectors |= {name: encoded(name, *asked, search, models) for name, asked in group.items()}
    escapes = np.abs(models["plain"].tiles.networks.analyse(tiles_of([noise(30, 24, 24)], models["plain"]))) > 3
    assert escapes.sum() > 9, "the vectors of escapes have none"
    return vectors


def encoded(
    name: str,
    shows: str,
    pictures: Picture | Sequence[Picture],
    model_name: str,
    arguments: dict[str, Any],
    search: int,
    models: Mapping[str, Model],
) -> Valid:
    many = not isinstance(pictures, np.ndarray)
    batch = [pictures] if isinstance(pictures, np.ndarray) else pictures
    model, names, chosen = models[model_name], arguments.get("names"), {"effort": 1, **arguments}
    if chosen["effort"] and search != SEARCH:
        data = (FOLDER / "valid" / f"{name}.aec").read_bytes()
    else:
        plan = plan_at(model, Options(effort=chosen["effort"]), chosen.get("quality", 100))
        data = by_package(batch, plan, many=many, names=names)
    decoded = list(Decoder(data, OneModel(model)))
    encode_arguments = {"model": f"vector-{model_name}", "lossless": False, "many": many, "names": names, **chosen}
    made_by = search if chosen["effort"] else None
    return Valid(shows, data, decoded, names, batch, encode_arguments, goes_through_deflate(data), made_by)


def _first(model: Model) -> dict[str, Asked]:
    made = model.tiles.networks.synthesise(np.array([[0, 1, -1, 2, 0, -1]], np.int8))[0]
    blocks = [stroke(10, 64, 88)] + [stroke(seed, 8, 9) for seed in range(11, 17)]
    paths = ["large.png", *(f"folder/{digit}/zweite-\u00e4\U0001f58c{digit}.png" for digit in range(6))]
    a, b, c = "plain", "every-op", "lossy-only"
    return {
        "lossy-native": ("a lossy picture of the model's size: no geometry", made, a, {}),
        "lossy-every-op": ("the same through each op of section 9", stroke(20, 12, 8), b, {}),
        "lossy-1x1": ("a tile of which one pixel is kept", noise(21, 1, 1), a, {}),
        "lossy-odd": ("tiles that stand over the right and lower edge", stroke(22, 19, 29), a, {}),
        "lossy-odd-every-op": ("the same, of tiles that are not square", stroke(23, 29, 19), b, {}),
        "lossy-la": ("grey and alpha: alpha is exact", stroke(24, 10, 9, 2), a, {}),
        "lossy-rgb": ("three colour planes", stroke(25, 9, 10, 3), b, {}),
        "lossy-rgba": ("three colour planes and alpha", noise(26, 8, 8, 4), a, {}),
        "lossy-equal": ("EQUAL: one plane for three colours", equal(stroke(27, 11, 8)), a, {}),
        "lossy-equal-alpha": ("EQUAL and alpha", equal(stroke(28, 8, 7), noise(29, 8, 7)), a, {}),
        "lossy-escapes": ("symbols far outside their tables", noise(30, 24, 24), a, {}),
        "lossy-unsearched": ("without the encoder's search", stroke(31, 12, 16), b, {"effort": 0}),
        "lossy-searched": ("two sweeps of the encoder's search", stroke(31, 12, 16), b, {"effort": 2}),
        "lossy-groups": ("1,056 tiles: two groups in a payload", stroke(32, 132, 128), c, {"effort": 0}),
        "lossy-many-native": ("a container of native pictures", list(near_base(model, 9, 33)), a, {}),
        "lossy-many-mixed": ("a container of unlike pictures, in runs", make_mixed(), a, {}),
        "lossy-many-blocks": ("a container of several blocks", blocks, c, {}),
        "lossy-many-named": ("names in several blocks, in UTF-8", blocks, c, {"names": paths}),
    }


def _second(model: Model) -> dict[str, Asked]:
    native = list(near_base(model, 9, 33))
    a, b, w = "plain", "every-op", "wide"
    return {
        "searched-native": ("what the second search finds", native[0], a, {}),
        "searched-odd": ("the same with more effort, in several tiles", stroke(31, 12, 16), b, {"effort": 3}),
        "searched-wide": ("the same with wide tables", stroke(70, 20, 12), w, {"effort": 2}),
        "searched-many": ("the same in a container", native, a, {"effort": 2}),
        "step-2": ("step 2: a picture of the model's size", native[1], a, {"quality": 60}),
        "step-3-many": ("step 3 in a container of native pictures", native, a, {"quality": 47}),
        "step-3-many-mixed": ("step 3 in a container of unlike pictures", make_mixed(), a, {"quality": 47}),
        "step-3-escapes": ("step 3: excesses count steps", noise(30, 24, 24), a, {"effort": 0, "quality": 47}),
        "step-3-wide": ("step 3, and tables long enough to sum", stroke(71, 16, 20), w, {"effort": 2, "quality": 47}),
        "step-4-wide": ("step 4: a tie goes to the larger multiple", noise(72, 9, 8), w, {"effort": 0, "quality": 33}),
        "step-8-rgb": ("step 8: three colour planes, odd size", stroke(25, 9, 10, 3), b, {"effort": 2, "quality": 0}),
        "step-8-wide": ("step 8: long tables", noise(73, 17, 9), w, {"effort": 1, "quality": 0}),
    }


def _third(model: Model) -> dict[str, Asked]:
    native = list(near_base(model, 9, 33))
    a, b, w = "plain", "every-op", "wide"
    return {
        "descended-native": ("the third search without chains", native[0], a, {"effort": 1}),
        "descended-wide": ("the same with wide tables", stroke(70, 20, 12), w, {"effort": 2}),
        "chained-farthest": ("the third search with all its effort", stroke(31, 12, 16), b, {"effort": 9}),
        "chained-native": ("what the third search finds", native[2], a, {"effort": 3}),
        "chained-odd": ("the same with more effort, in several tiles", stroke(31, 12, 16), b, {"effort": 5}),
        "chained-rgb": ("the same in three colour planes", stroke(25, 9, 10, 3), b, {"effort": 4}),
        "chained-wide": ("the same with wide tables", stroke(70, 20, 12), w, {"effort": 4}),
        "chained-many": ("the same in a container", native, a, {"effort": 6}),
        "chained-many-mixed": ("the same with unlike pictures", make_mixed(), a, {"effort": 3}),
        "chained-noise": ("the same where symbols leave their tables", noise(30, 24, 24), a, {"effort": 3}),
        "step-2-chained": ("step 2: a picture of the model's size", native[1], a, {"effort": 4, "quality": 60}),
        "step-3-chained": ("step 3, long tables", stroke(71, 16, 20), w, {"effort": 3, "quality": 47}),
        "step-3-chained-many": ("step 3 in a container", native, a, {"effort": 3, "quality": 47}),
        "step-8-chained": ("step 8: three colour planes", stroke(25, 9, 10, 3), b, {"effort": 3, "quality": 0}),
    }
