"""Which model for which pictures, where nobody names one.

A model of tiles is made for one collection: it is taken for pictures of its own size that it knows, which a quick trial
on a few of them tells. All other pictures have the general model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aecodec.codec.encode import Encoded, Plan
from aecodec.codec.options import DEFAULT_LATENT_DIM, Options, mse
from aecodec.codec.tiles import Picture, shape_of, split_planes
from aecodec.container import Shape
from aecodec.errors import ModelError
from aecodec.lossless import quick_size
from aecodec.zoo import Model, Zoo

_THOROUGH = 2  # quick deflate takes at most so many times what a thorough one takes
_TRIED = 16  # pictures
_STRANGE = 2.0  # times the error that is typical of a model's own pictures; the trial is without a search
_STRANGE_SHARE = 0.5  # of the pictures tried, from which on they are another model's


def named_model(options: Options, zoo: Zoo, default: int = DEFAULT_LATENT_DIM) -> Model:
    """The model that is named, else that of the latent_dim asked for, else of ``default``; raises ModelError."""
    if options.model is not None:
        return zoo.by_id(options.model)
    return zoo.by_latent_dim(default if options.latent_dim is None else options.latent_dim)


def model_for(pictures: Sequence[Picture], options: Options, zoo: Zoo) -> Model:
    """The model that is named, else the one that is best for ``pictures``; raises ModelError."""
    if options.model is not None or options.latent_dim is not None:
        return named_model(options, zoo)
    return _default(pictures, zoo)


def families_for(pictures: Sequence[Picture], zoo: Zoo) -> list[list[Model]]:
    """The models that a target may choose from: families from the smallest model, the likeliest family first."""
    default = _default(pictures, zoo)
    if default.is_general:
        return [[default]]
    lossy = [model for model in zoo.models() if not model.is_general and model.ink is None]
    family = [model for model in lossy if model.description.get("family") == default.description.get("family")]
    return [sorted(family, key=lambda model: model.latent_dim)]


def no_larger_than_exact(
    found: Encoded, options: Options, pictures: Sequence[Picture], attempt: Callable[[Plan], Encoded]
) -> Encoded:
    """``found``, or an exact file without a model where that is no larger. Where a model or a quality was asked for,
    that is what there is.
    """
    asked = options.model is not None or options.latent_dim is not None or options.quality is not None
    if asked or found.model is None or not found.model.is_general:
        return found
    size = 0
    for picture in pictures:
        size += quick_size(split_planes(picture, shape_of(picture)))
        if size > _THOROUGH * len(found.data):
            return found
    exact = attempt(Plan(None, True, options.chosen_effort))
    return exact if len(exact.data) <= len(found.data) else found


def _default(pictures: Sequence[Picture], zoo: Zoo) -> Model:
    special = _special(zoo)
    if special is not None and knows(special, pictures):
        return special
    general = zoo.general()
    return zoo.by_latent_dim(DEFAULT_LATENT_DIM) if general is None else general


def _special(zoo: Zoo) -> Model | None:
    try:
        return zoo.by_latent_dim(DEFAULT_LATENT_DIM)
    except ModelError:
        return None


def knows(model: Model, pictures: Sequence[Picture]) -> bool:
    """Whether ``model`` is made for ``pictures``: of its size, and decoded about as well as its own."""
    native = model.codec.native
    if native is None:
        return True
    some: list[Picture] = []
    for number in range(0, len(pictures), max(1, len(pictures) // _TRIED)):
        picture = pictures[number]
        if shape_of(picture) != Shape(*native):  # large ones are not kept: one is read at a time
            return False
        some.append(picture)
    typical = model.description.get("typical_mse")
    if not isinstance(typical, int | float):
        return True
    colour = [picture[..., None] for picture in some]
    _, decoded = model.codec.encode(colour, model.codec.default_quality, 0, map)
    strange = [mse(a, b) > _STRANGE * typical for a, b in zip(colour, decoded, strict=True)]
    return float(np.mean(strange)) < _STRANGE_SHARE
