"""Choosing a way of coding so that a file meets a bound on distortion or size."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from aecodec.arrays import Picture
from aecodec.codec.altering import altering_model
from aecodec.codec.choose import families_for, is_named, may_be_exact, named_model, plan_exact
from aecodec.codec.distortion import psnr
from aecodec.codec.encoded import Encoded
from aecodec.codec.options import Options
from aecodec.codec.plan import Plan, plan_altered, plan_at
from aecodec.errors import ModelError, UsageError
from aecodec.lossy.quality import BEST, FARTHEST
from aecodec.zoo import Model, Zoo

_BELOW = range(BEST)
_ABOVE = range(BEST + 4, FARTHEST + 1, 16)  # the slope doubles, nearly; on training pictures 4 and 8 found no more


def meet(options: Options, zoo: Zoo, pictures: Sequence[Picture], attempt: Callable[[Plan], Encoded]) -> Encoded:
    """Find the best file that meets the target; all that is tried is encoded, nothing is estimated.

    With a bound on distortion the best is the smallest file, with one on size alone that of the lowest MSE. Exact
    coding is tried first; of pictures for the general model, only where it may fit the bound,
    and at the end where no other file does, or is small enough for a comparison. A model of any picture is bisected
    over its qualities. One of tiles is best near quality 100, so the models of such a family are bisected there; the
    two between which the bound lies are then brought to it, the smaller by more quality, the larger by less (on
    training pictures a third hardly ever did better). All bisection is as if size and distortion followed model and
    quality; they nearly do, so the file found is a good one and need not be the very best.

    A model that is named comes alone. Where it does not reach a bound on distortion, all is tried as if none were
    named: so any such bound alone is met, if need be by an exact file. The result then says which model fell short.

    Raises UsageError, naming the nearest miss, where none is found.
    """
    search = _Search(options, attempt)
    named = named_model(options, zoo) if is_named(options) else None
    if named is not None:
        search.try_models([named])
        search.try_altered(altering_model(named, pictures, options, zoo))
    fell_short = named if search.best is None and not options.bounds_size_alone else None
    if named is None or fell_short is not None:
        _try_all(search, options, zoo, pictures, fell_short)
    if search.best is None:
        raise UsageError(_refusal(search.nearest, only_named=named is not None and fell_short is None))
    search.best.fell_short = fell_short
    return search.best


def _try_all(search: _Search, options: Options, zoo: Zoo, pictures: Sequence[Picture], but: Model | None) -> None:
    """Try all models that are for ``pictures``, without the one that was tried in vain, and exact coding."""
    try:
        families = families_for(pictures, zoo)
    except ModelError:  # there are none
        if but is None:
            raise
        families = []
    general = not families or families[0][0].purpose.pictures is None
    exact_first = not general or may_be_exact(pictures, options.max_bytes or 0)
    if exact_first:
        search.try_exact(pictures, zoo)
    for family in families:
        if not search.is_perfect:
            search.try_models([model for model in family if but is None or model.sha256 != but.sha256])
        if general and not search.is_perfect:
            search.try_altered(altering_model(family[0], pictures, replace(options, model=None, latent_dim=None), zoo))
    if not exact_first and search.might_be_exact(pictures):
        search.try_exact(pictures, zoo)


class _Search:
    """Tries plans; remembers the best result that meets the target, and the one that misses it least."""

    def __init__(self, options: Options, attempt: Callable[[Plan], Encoded]) -> None:
        self.options, self._attempt = options, attempt
        self.best: Encoded | None = None
        self.nearest: Encoded | None = None

    @property
    def is_perfect(self) -> bool:
        """Whether nothing can be better than what is found: exact, where size alone is bounded."""
        return self.options.bounds_size_alone and self.best is not None and self.best.mse == 0

    def might_be_exact(self, pictures: Sequence[Picture]) -> bool:
        """Return whether an exact file may be what is best, now that the models have been tried."""
        return self.best is None or may_be_exact(pictures, len(self.best.data))

    def try_exact(self, pictures: Sequence[Picture], zoo: Zoo) -> None:
        """Try the model for exact pixels."""
        try:
            plan = plan_exact(pictures, replace(self.options, model=None, latent_dim=None), zoo)
        except ModelError:  # those at hand are not sound
            return
        self._try(plan)

    def try_models(self, models: Sequence[Model]) -> None:
        """Try ``models`` from the smallest."""
        first = bisect_left(
            models, True, key=lambda model: self._is_beyond(self._try(plan_at(model, self.options, BEST)))
        )
        if first > 0 and models[first - 1].codec.best_quality > BEST:
            self._bisect(partial(plan_at, models[first - 1], self.options), _ABOVE)
        if first < len(models):
            self._bisect(partial(plan_at, models[first], self.options), _BELOW)

    def try_altered(self, model: Model | None) -> None:
        """Try drawings altered by ``model``, if there is one."""
        if model is not None:
            plan = partial(plan_altered, model, self.options)
            if self._is_beyond(self._try(plan(BEST))):
                self._bisect(plan, _BELOW)

    def _bisect(self, plan: Callable[[int], Plan], qualities: Sequence[int]) -> None:
        """Try what ``plan`` says of qualities around the bound, until what is left cannot be better than the best."""
        low, high = 0, len(qualities)
        while low < high:
            middle = (low + high) // 2
            found = self._try(plan(qualities[middle]))
            if self._is_beyond(found):
                high = middle
            else:
                low = middle + 1
            if self._is_hopeless(found):
                return

    def _try(self, plan: Plan) -> Encoded:
        found = self._attempt(plan)
        if self._meets(found) and (self.best is None or self._cost(found) < self._cost(self.best)):
            self.best = found
        if self.nearest is None or self._miss(found) < self._miss(self.nearest):
            self.nearest = found
        return found

    def _is_beyond(self, found: Encoded) -> bool:
        """Return whether the bound lies below ``found``: it is good enough, or, where size alone is bounded, too
        large.
        """
        return not self._is_small(found) if self.options.bounds_size_alone else self._is_good(found)

    def _is_hopeless(self, found: Encoded) -> bool:
        """Return whether ``found`` misses the target, and so much as would make it better makes it no better than
        the best.
        """
        return self.best is not None and not self._meets(found) and self._cost(found) >= self._cost(self.best)

    def _cost(self, found: Encoded) -> tuple[float, float]:
        size = len(found.data)
        return (found.mse, size) if self.options.bounds_size_alone else (size, found.mse)

    def _meets(self, found: Encoded) -> bool:
        return self._is_good(found) and self._is_small(found)

    def _is_good(self, found: Encoded) -> bool:
        return max(found.errors) <= self.options.largest_mse

    def _is_small(self, found: Encoded) -> bool:
        return self.options.max_bytes is None or len(found.data) <= self.options.max_bytes

    def _miss(self, found: Encoded) -> tuple[bool, float, int]:
        good = self._is_good(found)
        return not good, 0.0 if good else max(found.errors), len(found.data)


def _refusal(nearest: Encoded | None, *, only_named: bool) -> str:
    """Return why there is no file, and what would help; ``only_named``: no other model was tried."""
    if nearest is None:
        return "there is no model to try"
    worst = max(nearest.errors)
    quality = "exact" if nearest.exact else f"with an MSE of up to {worst:.6f} ({psnr(worst):.1f} dB)"
    advice = "loosen it" + ", or name no model, so that all are tried" * only_named
    return f"the bound cannot be met: the nearest file is {len(nearest.data)} bytes, {quality}; {advice}"
