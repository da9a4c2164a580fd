"""Exact files that the package's encoder makes, and that must decode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aecodec.arrays import Picture, Shallow
from aecodec.codec.plan import Plan
from aecodec.scans import draw
from aecodec.zoo import Model
from formats.vectors_maker.by_package import by_package
from formats.vectors_maker.pictures import make_mixed, near_base, noise, ring, slope
from formats.vectors_maker.vector import Valid, goes_through_deflate


def encoded(
    shows: str,
    pictures: Picture | Sequence[Picture],
    model: tuple[str, Model] | None = None,
    names: list[str] | None = None,
    *,
    quick: bool = False,
) -> Valid:
    """What the package makes of ``pictures``; ``quick``, at effort 0 without a model."""
    many = not isinstance(pictures, np.ndarray)
    batch = [pictures] if isinstance(pictures, np.ndarray) else pictures
    data = by_package(batch, Plan(model[1] if model else None, True, 0, quick=quick), many=many, names=names)
    arguments: dict[str, Any] = {"model": model[0] if model else None, "lossless": True, "many": many, "names": names}
    arguments |= {"effort": 0} if quick else {}
    return Valid(shows, data, batch, names, None, arguments, goes_through_deflate(data))


def reduced(side: int, seed: int) -> Shallow:
    """A picture 28 wide and 24 high that was made from a bilevel one."""
    return draw(ring(side, seed), (24, 28))


def make_exact(models: Mapping[str, Model]) -> dict[str, Valid]:
    """With a model and without."""
    model, mixed = models["plain"], make_mixed()
    a, inked = ("vector-plain", model), ("vector-ink", models["ink"])
    drawn = [reduced(side, seed) for seed, side in enumerate((20, 27, 34, 41, 53))]
    return {
        "exact-native": encoded("method 3 in a file of one picture: no method byte", near_base(model, 1, 34)[0], a),
        "exact-modelled-odd": encoded("method 3 with geometry", near_base(model, 1, 35)[0, :7, :6], a),
        "exact-many-native": encoded("a container of native pictures, method 3", list(near_base(model, 2, 36)), a),
        "origins-native": encoded("method 4 in a file of one picture: no method byte", drawn[2], inked),
        "origins-many": encoded("origins of several sides in one block", drawn, inked),
        "origins-mixed": encoded(
            "tiles with an origin among tiles without", [*drawn[:2], *near_base(models["ink"], 2, 40), drawn[3]], inked
        ),
        "origins-none": encoded("method 4, and no tile has an origin", near_base(models["ink"], 1, 41)[0], inked),
        "origins-large": encoded("a picture of four tiles, by method 4", np.block([drawn[:2], drawn[2:4]]), inked),
        "exact-1x1": encoded("a file without a model, stored", noise(37, 1, 1)),
        "exact-stored": encoded("noise, which is stored", noise(38, 7, 9, 3)),
        "exact-deflated": encoded("a picture that deflate suits", np.tile(noise(39, 1, 9), (30, 3))),
        "exact-differenced": encoded("a slope, whose differences are all but zero", slope(31, 37)),
        "exact-many-mixed": encoded("a container without a model, of unlike pictures", mixed),
        "exact-many-named": encoded("the same with names", mixed, names=[f"{i}/picture.png" for i in range(8)]),
    }
