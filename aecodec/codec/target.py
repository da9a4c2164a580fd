"""Choosing model and quality so that a file meets a bound on distortion or size."""

from __future__ import annotations

from collections.abc import Callable

from aecodec.codec.encode import Encoded, Plan
from aecodec.codec.options import DEFAULT_LATENT_DIM, Options, psnr
from aecodec.codec.quality import BEST, slope_at, step_at
from aecodec.errors import UsageError
from aecodec.zoo import Model, Zoo

LEAST_USUAL = 30  # quality; below it a smaller model is the better way to a smaller file
_STRETCH = (4, 16, 64)  # the slope's factors where quality 100 is not good enough


def plan_lossy(options: Options, zoo: Zoo) -> Plan:
    """The plan where no target is given."""
    return plan_at(chosen_model(options, zoo), options, BEST if options.quality is None else options.quality)


def plan_at(model: Model, options: Options, quality: int) -> Plan:
    """``model`` at ``quality``, 0 to 100."""
    slope = slope_at(quality, model.slope)
    return Plan(model, False, options.chosen_effort, slope, step_at(quality), quality, options.jobs)


def meet(options: Options, zoo: Zoo, attempt: Callable[[Plan], Encoded]) -> Encoded:
    """A file that meets the target: models and qualities are tried, nothing is estimated.

    For a bound on distortion: the smallest model that can meet it, at the lowest quality that does. For a
    bound on size alone: the largest model that fits at a usual quality, at the highest that fits. Quality is
    bisected, as if size and distortion always followed it; they nearly do, so the file found is a good one
    and need not be the very best.

    Raises UsageError, naming the nearest miss, where none is found.
    """
    attempts = _Attempts(options, attempt)
    if options.bounds_size_alone:
        found = attempts.for_size(_ladder(options, zoo, largest_first=True))
    else:
        found = attempts.for_distortion(_ladder(options, zoo, largest_first=False))
    if found is not None:
        return found
    best = attempts.nearest
    if best is None:
        raise UsageError("no model to try")
    raise UsageError(
        f"the target cannot be met: the nearest is {len(best.data)} bytes with an MSE of up to "
        f"{max(best.errors):.6f} ({psnr(max(best.errors)):.1f} dB); loosen it, choose another model, or use lossless"
    )


class _Attempts:
    """Tries plans, and remembers the result that missed the target least."""

    def __init__(self, options: Options, attempt: Callable[[Plan], Encoded]) -> None:
        self.options, self._attempt = options, attempt
        self.nearest: Encoded | None = None

    def for_distortion(self, models: list[Model]) -> Encoded | None:
        """``models`` from the smallest. One whose file is good enough but too large leaves it to the next."""
        for model in models:
            found = self._at(model, BEST)
            if self._is_good(found):
                found = self._smallest_good(model, found)
            else:
                better = (self._stretched(model, factor) for factor in _STRETCH)
                found = next(filter(self._is_good, better), found)
            if self._is_good(found) and self._is_small(found):
                return found
        return None

    def for_size(self, models: list[Model]) -> Encoded | None:
        """``models`` from the largest; only the last of them goes below the usual qualities."""
        for model in models:
            least = 0 if model is models[-1] else LEAST_USUAL
            found = self._at(model, least)
            if self._is_small(found):
                return self._best_small(model, least, found)
        return None

    def _smallest_good(self, model: Model, at_best: Encoded) -> Encoded:
        good, low, high = [at_best], 0, BEST
        while low < high:
            middle = (low + high) // 2
            found = self._at(model, middle)
            if self._is_good(found):
                good.append(found)
                high = middle
            else:
                low = middle + 1
        return min(good, key=lambda each: len(each.data))

    def _best_small(self, model: Model, least: int, at_least: Encoded) -> Encoded:
        found = self._at(model, BEST)
        if self._is_small(found):
            return found
        small, low, high = [at_least], least, BEST - 1
        while low < high:
            middle = (low + high + 1) // 2
            found = self._at(model, middle)
            if self._is_small(found):
                small.append(found)
                low = middle
            else:
                high = middle - 1
        return min(small, key=lambda each: each.mse)

    def _at(self, model: Model, quality: int) -> Encoded:
        return self._try(plan_at(model, self.options, quality))

    def _stretched(self, model: Model, factor: int) -> Encoded:
        return self._try(Plan(model, False, self.options.chosen_effort, model.slope * factor))

    def _try(self, plan: Plan) -> Encoded:
        found = self._attempt(plan)
        if self.nearest is None or self._miss(found) < self._miss(self.nearest):
            self.nearest = found
        return found

    def _is_good(self, found: Encoded) -> bool:
        return max(found.errors) <= self.options.largest_mse

    def _is_small(self, found: Encoded) -> bool:
        return self.options.max_bytes is None or len(found.data) <= self.options.max_bytes

    def _miss(self, found: Encoded) -> tuple[bool, float, int]:
        good = self._is_good(found)
        return not good, 0.0 if good else max(found.errors), len(found.data)


def chosen_model(options: Options, zoo: Zoo, default: int = DEFAULT_LATENT_DIM) -> Model:
    """The model that is named, else that of the latent_dim asked for, else of ``default``; raises ModelError."""
    if options.model is not None:
        return zoo.by_id(options.model)
    return zoo.by_latent_dim(default if options.latent_dim is None else options.latent_dim)


def _ladder(options: Options, zoo: Zoo, *, largest_first: bool) -> list[Model]:
    """The models that a target may choose from: the one named, else the default one's family."""
    chosen = chosen_model(options, zoo)
    if options.model is not None or options.latent_dim is not None:
        return [chosen]
    lossy = [model for model in zoo.models() if model.ink is None]
    family = [m for m in lossy if m.description.get("family") == chosen.description.get("family")]
    return sorted(family, key=lambda m: m.latent_dim, reverse=largest_first)
