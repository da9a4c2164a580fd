"""Many pictures to a file each: the same as one by one, in a fraction of the time where they are small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from aecodec.arrays import Picture
from aecodec.codec.altering import no_dearer_than_altered
from aecodec.codec.api import compress_all
from aecodec.codec.choose import models_for_each, no_larger_than_exact, plan_exact_each
from aecodec.codec.decode import Decoder, first_pictures
from aecodec.codec.encode import encode, encode_apart
from aecodec.codec.encoded import Encoded
from aecodec.codec.options import Options
from aecodec.codec.plan import Plan, plan_lossy
from aecodec.errors import AecError, Argument, ModelError, UsageError
from aecodec.zoo import Zoo

T = TypeVar("T")


def compress_apart(pictures: Sequence[Picture], options: Options, zoo: Zoo) -> list[Encoded | AecError]:
    """Return for each of ``pictures`` what :func:`aecodec.compress` makes of it alone, or the error that it raises.

    Raises ModelError if there is no model for them, UsageError for an option of containers.
    """
    if options.block_pictures is not None:
        raise UsageError(Argument("block_pictures"), " is for several pictures in one file")
    if len(pictures) > 1 and not (options.has_target or options.progressive):
        try:
            return [*_together(pictures, options, zoo)]
        except ModelError:
            raise
        except (AecError, MemoryError):
            pass  # of one of them
    return [_tried(partial(compress_all, [picture], options, zoo, many=False), (ModelError,)) for picture in pictures]


def decompress_apart(decoders: Sequence[Decoder]) -> list[Picture | AecError]:
    """Return for each file its first picture, or the error that decoding it raises; small ones in lockstep."""
    if len(decoders) > 1:
        try:
            return [*first_pictures(decoders)]
        except (AecError, MemoryError):
            pass  # of one of them
    return [_tried(partial(decoder.picture, 0)) for decoder in decoders]


def _together(pictures: Sequence[Picture], options: Options, zoo: Zoo) -> list[Encoded]:
    if options.lossless:
        return _by_plan(pictures, plan_exact_each(pictures, options, zoo))
    models = models_for_each(pictures, options, zoo)
    plans = {model.sha256: plan_lossy(options, model) for model in models}
    coded = _by_plan(pictures, [plans[model.sha256] for model in models])
    return [
        _best(found, plans[model.sha256], options, zoo, picture)
        for picture, model, found in zip(pictures, models, coded, strict=True)
    ]


def _by_plan(pictures: Sequence[Picture], plans: Sequence[Plan]) -> list[Encoded]:
    """Encode each picture by its plan, all of one model together."""
    found: dict[int, Encoded] = {}
    groups: dict[str | None, list[int]] = {}
    for number, plan in enumerate(plans):
        groups.setdefault(None if plan.model is None else plan.model.sha256, []).append(number)
    for numbers in groups.values():
        coded = encode_apart([pictures[number] for number in numbers], plans[numbers[0]])
        found.update(zip(numbers, coded, strict=True))
    return [found[number] for number in range(len(pictures))]


def _best(found: Encoded, plan: Plan, options: Options, zoo: Zoo, picture: Picture) -> Encoded:
    """Return what :func:`aecodec.compress` makes of ``picture``, given what its lossy ``plan`` gives."""
    attempt = partial(_alone, picture)
    found = no_dearer_than_altered(found, plan, options, zoo, [picture], attempt)
    return no_larger_than_exact(found, options, zoo, [picture], attempt)


def _alone(picture: Picture, plan: Plan) -> Encoded:
    return encode([picture], plan, many=False)


def _tried(work: Callable[[], T], but: tuple[type[AecError], ...] = ()) -> T | AecError:
    try:
        return work()
    except but:
        raise
    except AecError as error:
        return error
