"""Exact files that the package's encoder makes, and that must decode."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aecodec.codec.encode import Plan, encode
from aecodec.zoo import Model
from formats.vectors_maker.fields import Picture
from formats.vectors_maker.pictures import make_mixed, near_base, noise, slope
from formats.vectors_maker.vector import Valid, goes_through_deflate


def encoded(
    shows: str,
    pictures: Picture | list[Picture],
    model: tuple[str, Model] | None = None,
    names: list[str] | None = None,
) -> Valid:
    """What the package makes of ``pictures``."""
    many = isinstance(pictures, list)
    batch = pictures if isinstance(pictures, list) else [pictures]
    data = encode(batch, Plan(model[1] if model else None, True, 0), many=many, names=names).data
    arguments = {"model": model[0] if model else None, "lossless": True, "many": many, "names": names}
    return Valid(shows, data, batch, names, None, arguments, goes_through_deflate(data))


def make_exact(models: Mapping[str, Model]) -> dict[str, Valid]:
    """With a model and without."""
    model, mixed = models["plain"], make_mixed()
    a = "vector-plain", model
    return {
        "exact-native": encoded("method 3 in a file of one picture: no method byte", near_base(model, 1, 34)[0], a),
        "exact-modelled-odd": encoded("method 3 with geometry", near_base(model, 1, 35)[0, :7, :6], a),
        "exact-many-native": encoded("a container of native pictures, method 3", list(near_base(model, 2, 36)), a),
        "exact-1x1": encoded("a file without a model, stored", noise(37, 1, 1)),
        "exact-stored": encoded("noise, which is stored", noise(38, 7, 9, 3)),
        "exact-deflated": encoded("a picture that deflate suits", np.tile(noise(39, 1, 9), (30, 3))),
        "exact-differenced": encoded("a slope, whose differences are all but zero", slope(31, 37)),
        "exact-many-mixed": encoded("a container without a model, of unlike pictures", mixed),
        "exact-many-named": encoded("the same with names", mixed, names=[f"{i}/picture.png" for i in range(8)]),
    }
