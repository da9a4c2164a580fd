"""Drawings that are altered, then kept like exact ones: where that costs less than the lossy model does.

A file costs its bits, and its squared error at what that is worth at the quality asked for. Both ways are made at this
exchange, so they are compared by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import mul

import numpy as np

from aecodec import grid
from aecodec.arrays import Colour, Picture
from aecodec.codec.choose import is_named
from aecodec.codec.encode import encode
from aecodec.codec.encoded import Encoded
from aecodec.codec.hidden import seen_in
from aecodec.codec.options import Options
from aecodec.codec.plan import Plan, plan_altered
from aecodec.coders.likeness import Likeness, likeness, piece
from aecodec.errors import ModelError
from aecodec.limits import PIXEL_MAX
from aecodec.zoo import Model, Zoo

_SEEN, _PIECES = 16, 256  # of many pictures, so many are looked at, and so many may give pieces to try
_SAMPLES = 3  # of a pixel: a grey one counts as often


def no_dearer_than_altered(
    found: Encoded,
    plan: Plan,
    options: Options,
    zoo: Zoo,
    pictures: Sequence[Picture],
    attempt: Callable[[Plan], Encoded],
) -> Encoded:
    """Return ``found``, which came of the lossy ``plan``, or altered drawings where they cost less at that quality.

    Pictures that may be photographs as well are tried by a piece first.
    """
    if plan.model is None or plan.model.codec.rate(plan.quality).quality is None:  # of tiles, whose exchange is another
        return found
    model = altering_model(plan.model, pictures, options, zoo)
    if model is None:
        return found
    altered = plan_altered(model, options, plan.quality)
    if likeness(_some(pictures)) is Likeness.EITHER and (part := piece(_some(pictures, _PIECES))) is not None:
        before, after = (_costs([encode(part, each, many=True)], part, plan.quality)[0] for each in (plan, altered))
        if before <= after:
            return found
    other = attempt(altered)
    before, after = _costs([found, other], pictures, plan.quality)
    return found if before <= after else other


def altering_model(lossy: Model | None, pictures: Sequence[Picture], options: Options, zoo: Zoo) -> Model | None:
    """Return the model by which ``pictures`` may be altered drawings, where ``lossy`` codes them otherwise.

    That is ``lossy`` itself if it keeps exact pixels, too; else, unless it was asked for, that for any exact pixels.
    None where there is none, where ``pictures`` are clearly photographs, or no search is asked for.
    """
    if lossy is None or not options.chosen_effort:
        return None
    if (lossy.pixels is None and is_named(options)) or likeness(_some(pictures)) is Likeness.PHOTOGRAPH:
        return None
    try:
        found = lossy if lossy.pixels is not None else zoo.for_pixels()
    except ModelError:  # those at hand are not sound
        return None
    return found if found is not None and found.pixels is not None and found.pixels.has_drawings else None


def _costs(found: Sequence[Encoded], pictures: Sequence[Picture], quality: int) -> list[float]:
    """Return what each file of the same ``pictures`` costs, in bits; each of these is read once."""
    worth, seen = grid.slope_of(quality) * PIXEL_MAX**2, [_samples_seen(picture) for picture in pictures]
    return [8 * len(each.data) + worth * math.fsum(map(mul, each.errors, seen)) for each in found]


def _samples_seen(picture: Picture) -> int:
    seen = seen_in(picture)
    return _SAMPLES * (picture.shape[0] * picture.shape[1] if seen is None else int(seen.sum()))


def _some(pictures: Sequence[Picture], most: int = _SEEN) -> list[Colour]:
    """Return some of ``pictures``, of many ``most`` evenly chosen ones."""
    return [np.atleast_3d(pictures[at]) for at in range(0, len(pictures), -(-len(pictures) // most))]
