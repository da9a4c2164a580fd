"""Which model for which pictures, where nobody names one.

A model may be made for one collection: it is taken for pictures of the size that it states and that it knows, which a
quick trial on a few of them tells. All other pictures have the general model, and for exact pixels the one for these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from aecodec.arrays import Picture
from aecodec.codec.distortion import mse
from aecodec.codec.encoded import Encoded
from aecodec.codec.options import DEFAULT_LATENT_DIM, LOSSLESS_LATENT_DIM, PROGRESSIVE_LATENT_DIM, Options
from aecodec.codec.plan import Plan, plan_at
from aecodec.codec.records import check_layers
from aecodec.codec.tiles import is_deep, shape_of, split_planes
from aecodec.coders.by_tiles import EFFORTS, search_scans
from aecodec.container import Shape
from aecodec.errors import Argument, ModelError
from aecodec.lossless import quick_size
from aecodec.lossy.quality import BEST
from aecodec.zoo import Model, Role, Zoo

_BETTER = 2  # quick deflate takes at most so many times what the best exact way takes, but for few pictures
_BETTER_SCANS = 5  # the same of scans, which have scans
_TRIED = 16  # pictures
_STRANGE = 0.5  # of the error that is far for a model; hardly any of its own pictures has that without a search
_STRANGE_SHARE = 0.5  # of the pictures tried, from which on they are another model's


def is_named(options: Options) -> bool:
    """Return whether a model was asked for."""
    return options.model is not None or options.latent_dim is not None


def named_model(options: Options, zoo: Zoo, default: int = DEFAULT_LATENT_DIM) -> Model:
    """Return the model that is named, else that of the latent_dim asked for, else of ``default``; raises ModelError."""
    if options.model is not None:
        return zoo.by_id(options.model)
    return zoo.by_latent_dim(default if options.latent_dim is None else options.latent_dim)


def model_for(pictures: Sequence[Picture], options: Options, zoo: Zoo) -> Model:
    """Return the model that is named, else the one that is best for ``pictures``; raises ModelError."""
    if is_named(options):
        return named_model(options, zoo)
    return _default(pictures, zoo)


def models_for_each(pictures: Sequence[Picture], options: Options, zoo: Zoo) -> list[Model]:
    """Return what :func:`model_for` gives for each of ``pictures`` alone; they are tried together."""
    if is_named(options):
        return [named_model(options, zoo)] * len(pictures)
    special = _special(zoo)
    known = [False] * len(pictures) if special is None else knows_each(special, pictures)
    return [special if special is not None and its else _general(zoo) for its in known]


def families_for(pictures: Sequence[Picture], zoo: Zoo) -> list[list[Model]]:
    """Return the models that a target may choose from: families from the smallest model, the likeliest family first."""
    default = _default(pictures, zoo)
    made_for = default.purpose.pictures
    if made_for is None:
        return [[default]]
    others = [(model, model.purpose.pictures) for model in zoo.models() if model.role is Role.COLLECTION]
    family = [model for model, pictures in others if pictures and pictures.collection == made_for.collection]
    return [sorted(family, key=lambda model: model.latent_dim)]


def plan_exact(pictures: Sequence[Picture], options: Options, zoo: Zoo) -> Plan:
    """Keep every pixel: by the model that is named, else by the one that is best for ``pictures``, else by none.

    Raises ModelError.
    """
    if is_deep(pictures[0]):
        return _plan_deep(options, zoo)
    named = is_named(options)
    return _exactly(named_model(options, zoo) if named else _exact_default(pictures, zoo), options)


def plan_exact_each(pictures: Sequence[Picture], options: Options, zoo: Zoo) -> list[Plan]:
    """Return what :func:`plan_exact` gives for each of ``pictures`` alone; their scans are searched together."""
    deep = _plan_deep(options, zoo) if any(map(is_deep, pictures)) else None
    plans = iter(_plans_exact([picture for picture in pictures if not is_deep(picture)], options, zoo))
    return [deep if deep is not None and is_deep(picture) else next(plans) for picture in pictures]


def _plans_exact(pictures: Sequence[Picture], options: Options, zoo: Zoo) -> list[Plan]:
    """Return the plans of pictures of 8 bits."""
    if is_named(options):
        return [_exactly(named_model(options, zoo), options)] * len(pictures)
    general, special = zoo.for_pixels(), zoo.for_exact(LOSSLESS_LATENT_DIM)
    if general is None or special is None:
        return [_exactly(special if general is None else general, options)] * len(pictures)
    fits = [_sample(special, [picture]) is not None for picture in pictures]
    scans = iter(_scans(special, [picture for picture, its in zip(pictures, fits, strict=True) if its]))
    return [_exactly(special if its and next(scans) else general, options) for its in fits]


def _plan_deep(options: Options, zoo: Zoo) -> Plan:
    """Return the plan to keep pictures of 16 bits: by a model of pixels, or without one. Raises ModelError."""
    model = named_model(options, zoo) if is_named(options) else zoo.for_pixels()
    if model is not None and model.pixels is None:
        asked = "latent_dim" if options.model is None else "model"
        raise ModelError(f"model {model.id} cannot keep 16-bit pictures: leave ", Argument(asked), " out")
    return _exactly(model, options)


def _exactly(model: Model | None, options: Options) -> Plan:
    """Return the plan to keep every pixel by ``model``; raises ModelError for one that cannot."""
    named = is_named(options)
    if model is not None and model.pixels is not None and not named and options.chosen_effort == 0:
        model = None  # the quick way
    if model is not None and model.residual is None and model.pixels is None:
        asked = "latent_dim" if options.model is None else "model"
        raise ModelError(
            f"model {model.id} has no residual coder, which lossless needs: "
            f"leave {asked} out, or use latent_dim {LOSSLESS_LATENT_DIM}"
        )
    quick, most = model is None, options.block_pictures
    return Plan(model, True, options.chosen_effort, jobs=options.jobs, quick=quick, most=most)


def plan_progressive(options: Options, zoo: Zoo) -> Plan:
    """Return the chosen model for a lossy layer, and the one that makes it exact; raises ModelError if they do
    not fit.
    """
    first, exact = named_model(options, zoo, PROGRESSIVE_LATENT_DIM), zoo.for_exact(LOSSLESS_LATENT_DIM)
    if exact is None or exact.residual is None:
        raise ModelError("a progressive file needs a model for exact pixels, and there is none with a residual coder")
    check_layers(first, exact)
    return replace(plan_at(first, options, BEST), second=exact)


def no_larger_than_exact(
    found: Encoded, options: Options, zoo: Zoo, pictures: Sequence[Picture], attempt: Callable[[Plan], Encoded]
) -> Encoded:
    """Return ``found``, or an exact file where that is no larger. Where a model or a quality was asked for, that is
    what there is.
    """
    if is_asked(options) or found.model is None or found.model.purpose.pictures:
        return found
    return no_larger_exact(found, options, zoo, pictures, attempt) or found


def is_asked(options: Options) -> bool:
    """Return whether a model or a quality was asked for."""
    return is_named(options) or options.quality is not None


def no_larger_exact(
    found: Encoded, options: Options, zoo: Zoo, pictures: Sequence[Picture], attempt: Callable[[Plan], Encoded]
) -> Encoded | None:
    """Return an exact file that is no larger than the lossy ``found``, by whatever model is best; None if unlikely."""
    if found.exact or found.model is None:
        return None
    if not may_be_exact(pictures, len(found.data), _BETTER if found.model.purpose.pictures is None else _BETTER_SCANS):
        return None
    exact = attempt(plan_exact(pictures, replace(options, model=None, latent_dim=None), zoo))
    return exact if len(exact.data) <= len(found.data) else None


def may_be_exact(pictures: Sequence[Picture], size: int, better: int = _BETTER) -> bool:
    """Return whether an exact file of about ``size`` bytes is likely enough to be tried."""
    plain = 0
    for picture in pictures:
        plain += quick_size(split_planes(picture, shape_of(picture)))
        if plain > better * size:
            return False
    return True


def _exact_default(pictures: Sequence[Picture], zoo: Zoo) -> Model | None:
    """Return the model for exact pixels of any picture, but of pictures whose scans are found that of their
    collection.
    """
    general, special = zoo.for_pixels(), zoo.for_exact(LOSSLESS_LATENT_DIM)
    if general is None or special is None:
        return special if general is None else general
    return special if _has_scans(special, pictures) else general


def _has_scans(model: Model, pictures: Sequence[Picture]) -> bool:
    """Return whether most of a few of ``pictures`` have a scan that a quick search finds."""
    some = _sample(model, pictures)
    if some is None:
        return False
    found = _scans(model, some)
    return 2 * sum(found) > len(found)


def _scans(model: Model, pictures: Sequence[Picture]) -> list[bool]:
    """Return of each of ``pictures``, of the size that ``model`` states, whether a quick search finds its scan."""
    if not pictures or model.ink is None or pictures[0].ndim > 2:
        return [False] * len(pictures)
    (found,) = search_scans([np.stack(pictures)], EFFORTS[0], possible=True)
    return [scan is not None for scan in found]


def _default(pictures: Sequence[Picture], zoo: Zoo) -> Model:
    special = _special(zoo)
    return special if special is not None and knows(special, pictures) else _general(zoo)


def _general(zoo: Zoo) -> Model:
    general = zoo.general()
    return zoo.by_latent_dim(DEFAULT_LATENT_DIM) if general is None else general


def _special(zoo: Zoo) -> Model | None:
    try:
        return zoo.by_latent_dim(DEFAULT_LATENT_DIM)
    except ModelError:
        return None


def knows(model: Model, pictures: Sequence[Picture]) -> bool:
    """Return whether ``model`` is made for ``pictures``: of the size it states, and decoded about as well as its
    own.
    """
    if model.purpose.pictures is None:
        return True
    some = _sample(model, pictures)
    return some is not None and float(np.mean(_strange(model, some))) < _STRANGE_SHARE


def knows_each(model: Model, pictures: Sequence[Picture]) -> list[bool]:
    """Return what :func:`knows` says of each of ``pictures`` alone; they are tried together."""
    if model.purpose.pictures is None:
        return [True] * len(pictures)
    found = [_sample(model, [picture]) is not None for picture in pictures]
    some = [picture for picture, fits in zip(pictures, found, strict=True) if fits]
    strange = iter(_strange(model, some))
    return [fits and not next(strange) for fits in found]


def _strange(model: Model, pictures: Sequence[Picture]) -> list[bool]:
    """Return of each of ``pictures``, of the size that ``model`` states, whether it is unlike the model's own."""
    typical = model.description.get("typical_mse")
    if not pictures or not isinstance(typical, int | float):
        return [False] * len(pictures)
    colour = [np.atleast_3d(picture) for picture in pictures]
    _, decoded = model.codec.encode(colour, model.codec.default_quality, 0, map)
    return [mse(a, b) > _STRANGE * typical for a, b in zip(colour, decoded, strict=True)]


def _sample(model: Model, pictures: Sequence[Picture]) -> list[Picture] | None:
    """Return a few of ``pictures``, None unless they are of the size and the colour planes that ``model`` is made
    for.
    """
    asked = model.purpose.pictures
    if asked is None:
        return None
    shape, some = Shape(*asked.size, asked.planes), list[Picture]()
    for number in range(0, len(pictures), max(1, len(pictures) // _TRIED)):
        picture = pictures[number]
        if shape_of(picture) != shape:  # large ones are not kept: one is read at a time
            return None
        some.append(picture)
    return some
