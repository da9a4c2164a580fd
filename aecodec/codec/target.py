"""Choosing model and slope so that a file meets a bound on distortion or size."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aecodec.codec.encode import Encoded, Plan
from aecodec.codec.options import DEFAULT_LATENT_DIM, Options, psnr
from aecodec.errors import UsageError
from aecodec.zoo import Model, Zoo

_STRETCH = (1, 4, 16, 64)  # the slope's factor: more weight on distortion, or less


def plan_lossy(options: Options, zoo: Zoo) -> Plan:
    """The plan where no target is given."""
    if options.model is not None:
        model = zoo.by_id(options.model)
    else:
        wanted = DEFAULT_LATENT_DIM if options.latent_dim is None else options.latent_dim
        model = zoo.by_latent_dim(wanted)
    return Plan(model, False, options.chosen_effort)


def meet(options: Options, zoo: Zoo, attempt: Callable[[Plan], Encoded]) -> Encoded:
    """The first plan whose file meets the target: the smallest model for a bound on distortion,
    the largest for a bound on size alone.

    Raises UsageError, naming the nearest miss, where none does.
    """
    best: Encoded | None = None
    for plan in _plans(options, zoo):
        found = attempt(plan)
        if max(found.errors) <= options.largest_mse and len(found.data) <= (options.max_bytes or len(found.data)):
            return found
        if best is None or _miss(found, options) < _miss(best, options):
            best = found
    if best is None:
        raise UsageError("no model to try")
    raise UsageError(
        f"the target cannot be met: the nearest is {len(best.data)} bytes with an MSE of up to "
        f"{max(best.errors):.6f} ({psnr(max(best.errors)):.1f} dB); loosen it, choose another model, or use lossless"
    )


def _miss(found: Encoded, options: Options) -> tuple[bool, float, int]:
    over = max(found.errors) > options.largest_mse
    return over, max(found.errors) if over else 0.0, len(found.data)


def _plans(options: Options, zoo: Zoo) -> Iterator[Plan]:
    for_size_alone = options.max_mse is None and options.min_psnr is None
    for model in _ladder(options, zoo, largest_first=for_size_alone):
        for factor in _STRETCH:
            slope = max(1, model.slope // factor) if for_size_alone else model.slope * factor
            yield Plan(model, False, options.chosen_effort, slope)


def _ladder(options: Options, zoo: Zoo, *, largest_first: bool) -> Iterator[Model]:
    if options.model is not None or options.latent_dim is not None:
        model = plan_lossy(options, zoo).model
        if model is not None:
            yield model
        return
    default = zoo.by_latent_dim(DEFAULT_LATENT_DIM)
    family = [m for m in zoo.models() if m.description.get("family") == default.description.get("family")]
    yield from sorted(family, key=lambda m: m.latent_dim, reverse=largest_first)
