"""Files of a grid of latents whose first slice is interlaced."""

from __future__ import annotations

from collections.abc import Mapping

from aecodec.zoo import Model
from formats.vectors_maker.dependent import drawn_file, nearest_file
from formats.vectors_maker.pictures import noise, slope, stroke
from formats.vectors_maker.vector import Valid


def make_interlaced(models: Mapping[str, Model]) -> dict[str, Valid]:
    """The nearest symbols, and such that are drawn at random, of grids that have places of some steps or of all."""
    model, alike = models["interlaced"], [stroke(seed, 17, 90, 3) for seed in range(520, 523)]
    return {
        "interlaced-37": nearest_file(model, "an interlaced slice, odd sides", [stroke(523, 37, 51, 3)], 37),
        "interlaced-100": nearest_file(model, "the same at the best quality", [stroke(523, 37, 51, 3)], 100),
        "interlaced-1x1": nearest_file(model, "a grid of one place, of the first step", [noise(524, 1, 1, 3)], 60),
        "interlaced-row": nearest_file(model, "one row of places", [stroke(525, 16, 170, 3)], 60),
        "interlaced-column": nearest_file(model, "one column of places", [stroke(526, 170, 3, 3)], 60),
        "interlaced-square": nearest_file(model, "a grid of 9 x 10 places, of all steps", [stroke(527, 140, 150)], 20),
        "interlaced-tiles": nearest_file(model, "two tiles of different sizes", [slope(2, 1050)], 60),
        "interlaced-many": nearest_file(model, "pictures of one size, coded together", alike, 37),
        "interlaced-mixed": nearest_file(model, "grey ones, and such of other sizes", [*alike, noise(528, 9, 20)], 60),
        "interlaced-symbols": drawn_file(model, 60),
    }
