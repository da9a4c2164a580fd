"""The encoder's search for symbols with a lower ``rate + λ * squared error``.

The prior's walk chooses symbols in the order of coding, by their cost under the very tables that a decoder will use.
For each target it takes the nearest symbol or the next one towards 0, whichever has the smaller
``rate + λ * curvature * (target - latent)**2`` (rate-distortion optimized quantization). With dependent quantization,
it takes those of the best path (:mod:`aecodec.grid.trellis`), at every effort.

The first targets are what analysis gave. Then several rounds follow. In each, the gradient of synthesis at the chosen
latents moves the targets, and the walk is made anew. The best result is kept. Errors are those behind the adaptive
filter, if the model has one; without dependent quantization, only where there are three rounds or more. All is in
integers, or in floats whose sums are exact. So every machine finds the same symbols.

A search for eyes weighs the errors of places (:mod:`aecodec.grid.eyes`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np

from aecodec.arrays import Classes, Floats32, Integers, Integers64, Latents, Picture
from aecodec.entropy import COST_UNIT_BITS
from aecodec.exact.sheets import Map
from aecodec.follow import followed
from aecodec.grid.adaptive_choice import chosen_weights
from aecodec.grid.adaptive_filter import NO_FILTER, AdaptiveFilter
from aecodec.grid.costs import COST_SHIFT, LMBDA_BITS, Costs
from aecodec.grid.eyes import COUNT_BITS, counts, weighed
from aecodec.grid.gains import STEP_BITS, power_of_two, quantized
from aecodec.grid.model import CURVATURE_BITS, Coded, GridModel
from aecodec.grid.prior import Pass
from aecodec.grid.references import less, plus
from aecodec.grid.synthesis_gradient import SynthesisGradient
from aecodec.grid.transforms import FRACTION, padded
from aecodec.grid.trellis import best_path
from aecodec.limits import GRID_SYMBOL_MAX, GRID_VALUE_MAX

Measure = Callable[[Picture, Picture], int]  # of what a picture decodes to, and the picture

_OCTAVE = 10  # in so many qualities λ doubles
_LEAST = 140  # λ at quality 0: 0.0004 for a pixel's three samples


ROUNDS = (None, 0, 0, 1, 2, 3, 4, 8, 16, 32)  # for each effort, how often targets move; None: a walk, and no filter
_FILTERED_ROUNDS = (3, 1)  # from so many on they see the adaptive filter, without and with dependent quantization
_MOST_WEIGHT = (1 << 31) - 1  # of a latent's error: what λ times a channel's curvature may be
_LATER = 7  # with dependent quantization, so many tenths of the curvature count in the walks behind the first one


def lmbda_of(quality: int) -> int:
    """Return λ at ``quality``, in 1/2**20 bit for each squared grey level. It doubles every ten qualities."""
    whole, part = divmod(quality, _OCTAVE)
    return _LEAST * _tenths()[part] >> (16 - whole)


def slope_of(quality: int) -> float:
    """Return λ at ``quality`` in bits for each squared grey level."""
    return lmbda_of(quality) / (1 << LMBDA_BITS)


@cache
def _tenths() -> tuple[int, ...]:
    """Return ``floor(2**(16 + n / 10))`` for n from 0 to 9."""
    return tuple(power_of_two(16 * _OCTAVE + n, _OCTAVE) for n in range(_OCTAVE))


def refined(
    model: GridModel,
    pictures: Sequence[Picture],
    quality: int,
    effort: int,
    run: Map = map,
    references: Sequence[Latents] | None = None,
    *,
    for_eyes: bool = False,
) -> Coded:
    """Return the symbols of ``pictures`` ``[H, W, 3]``, searched for as far as ``ROUNDS[effort]`` goes.

    With ``references``, the latents of another picture for each, the symbols are those of differences from these.
    ``for_eyes`` is whether errors count by where eyes see them.
    """
    search, rounds = _Search(model, pictures, quality, run, references, for_eyes=for_eyes), ROUNDS[effort]
    # The stages that progress counts: analysis, then each walk, and the error that it gave.
    sees = rounds is not None and (rounds > 0 or model.adaptive is not None)
    stages = iter(followed(range(2 * (rounds or 0) + 3 if sees else 2)))
    next(stages)
    targets = search.targets()
    if rounds is None and not search.dependent:
        next(stages)
        return model.choose(targets, quality, model.coding.nearest, run)
    if rounds is None or not sees:
        next(stages)
        return search.walk(targets, model.curvature)[0]
    best: tuple[int, Coded] | None = None
    gradient = SynthesisGradient(model.synthesis) if rounds else None
    filtered = model.adaptive if rounds >= _FILTERED_ROUNDS[search.dependent] else None
    for left in reversed(range(rounds + 1)):
        next(stages)
        coded, bits = search.walk(targets, model.curvature if left == rounds else search.later)
        next(stages)
        if left and gradient is not None:
            targets, error = search.moved(coded, gradient, filtered)
        else:  # after the last walk targets move no more
            error = search.completed(coded, filtered)
        objective = bits + worth(error, search.lmbda)
        if best is None or objective < best[0]:
            best = objective, coded
    assert best is not None
    found = best[1]
    if model.adaptive is not None and not found.pictures:  # a walk before the last one was the best
        search.completed(found, filtered)
    return found


class _Search:
    """One search: what stays the same from walk to walk. ``later`` is the curvature of walks behind the first one."""

    def __init__(
        self,
        model: GridModel,
        pictures: Sequence[Picture],
        quality: int,
        run: Map,
        references: Sequence[Latents] | None,
        *,
        for_eyes: bool,
    ) -> None:
        self._model, self._pictures, self._quality, self._run = model, pictures, quality, run
        self._references = references
        self._whole = [padded(picture) for picture in pictures]
        self._counted = [counts(picture) for picture in self._whole] if for_eyes else None
        self._measures = [measure_of(picture, for_eyes=for_eyes) for picture in pictures]
        self._costs, self.lmbda = Costs(model.prior.scales), lmbda_of(quality)
        self.dependent = model.prior.scales.dependent
        self.later = np.maximum(1, model.curvature * _LATER // 10) if self.dependent else model.curvature

    def targets(self) -> list[Latents]:
        """Return the first targets, as analysis gives them."""
        found = [self._model.analysis(picture, self._run) for picture in self._whole]
        if self._references is None:
            return found
        return [less(target, reference) for target, reference in zip(found, self._references, strict=True)]

    def walk(self, targets: Sequence[Latents], curvature: Integers64) -> tuple[Coded, int]:
        """Return the symbols of least cost near ``targets``, and their bits, in 1/4096 bit."""
        choice = (_Path if self.dependent else _Choice)(self._costs, self.lmbda * curvature)
        coded = self._model.choose(targets, self._quality, choice, self._run, self._counted)
        return coded, choice.bits

    def moved(
        self, coded: Coded, gradient: SynthesisGradient, filtered: AdaptiveFilter | None
    ) -> tuple[list[Latents], int]:
        """Return new targets, against the gradient at the latents of ``coded``, and the error of these."""
        scale = ((1 << CURVATURE_BITS) / FRACTION) / self.later.astype(np.float32)
        targets, error = [], 0
        for number, (grid, picture, whole) in enumerate(zip(coded.grids, self._pictures, self._whole, strict=True)):
            shown, size = self._shown(grid, number), (picture.shape[0], picture.shape[1])
            pixels: Integers = whole.astype(np.uint8, copy=False)
            if filtered is not None:
                pixels = _before_filter(self._model, filtered, shown, picture, pixels, self._quality, self._run)
            its = None if self._counted is None else self._counted[number]
            pull, squared = gradient.of_picture(shown, pixels, size, self._quality, self._run, its)
            targets.append(_moved(grid, pull, scale))
            error += squared
        return targets, error

    def completed(self, coded: Coded, filtered: AdaptiveFilter | None) -> int:
        """Put what ``coded`` decodes to into it, and return its error."""
        error = 0
        for number, (grid, picture) in enumerate(zip(coded.grids, self._pictures, strict=True)):
            shown, measure = self._shown(grid, number), self._measures[number]
            plain = complete(self._model, coded, number, shown, picture, self._quality, self._run, measure)
            error += plain if filtered is None else coded.errors[number]
        return error

    def _shown(self, grid: Latents, number: int) -> Latents:
        """Return the latents that synthesis sees."""
        return grid if self._references is None else plus(grid, self._references[number])


def complete(
    model: GridModel,
    coded: Coded,
    number: int,
    latents: Latents,
    picture: Picture,
    quality: int,
    run: Map,
    measure: Measure,
) -> int:
    """Put what ``latents`` decode to into ``coded``, for the ``picture`` ``[H, W, 3]`` of that number.

    With the pixels come the weights of the adaptive filter and the error, by ``measure``. Return the error without the
    filter.
    """
    strips, size = list(model.synthesis.strips(latents, quality, run)), picture.shape[:2]
    made = model.show(strips, size, grey=False, weights=NO_FILTER, run=run)
    plain = measure(made, picture)
    if model.adaptive is not None:
        weights = chosen_weights(model.adaptive, strips, picture, slope_of(quality), run)
        if len(weights):
            made = model.show(strips, size, grey=False, weights=weights, run=run)
            coded.filters[number] = weights
    coded.pictures[number] = made
    coded.errors[number] = measure(made, picture) if number in coded.filters else plain
    return plain


def _before_filter(
    model: GridModel,
    adaptive: AdaptiveFilter,
    latents: Latents,
    picture: Picture,
    pixels: Integers,
    quality: int,
    run: Map,
) -> Integers:
    """Return what must come before the filter, so that errors are as those behind it: ``pixels``, the padded
    ``picture``, less what the filter adds.
    """
    strips, size = list(model.synthesis.strips(latents, quality, run)), (pixels.shape[0], pixels.shape[1])
    weights = chosen_weights(adaptive, strips, picture, slope_of(quality), run)
    if not len(weights):
        return pixels
    plain, filtered = (
        model.show(strips, size, grey=False, weights=each, run=run).astype(np.int16) for each in (NO_FILTER, weights)
    )
    return pixels + (plain - filtered)


def _moved(grid: Latents, pull: Floats32, scale: Floats32) -> Latents:
    """Return the targets: latents moved against a gradient. It goes row by row, which takes little memory."""
    found = np.empty_like(grid)
    for into, row, its in zip(found, grid, pull, strict=True):
        into[...] = np.clip(row - np.rint(its * scale), -GRID_VALUE_MAX, GRID_VALUE_MAX)
    return found


def worth(error: int, lmbda: int) -> int:
    """Return what a squared error is worth at ``lmbda``, in 1/4096 bit."""
    return lmbda * error >> (LMBDA_BITS - COST_UNIT_BITS)


def measure_of(picture: Picture, *, for_eyes: bool) -> Measure:
    """Return what tells the error of a ``picture`` ``[H, W, 3]``, given what it decodes to and itself."""
    return partial(_seen_error, counted=counts(padded(picture))) if for_eyes else squared_error


def _seen_error(ours: Picture, theirs: Picture, counted: Integers64) -> int:
    return weighed(ours.astype(np.int16) - theirs, counted)


def squared_error(ours: Picture, theirs: Picture) -> int:
    """Return the sum of the squared errors of all samples."""
    rows = zip(ours, theirs, strict=True)
    return sum(int(np.square(a.astype(np.int64) - b).sum()) for a, b in rows)


class _Choice:
    """Takes the symbols of least cost, and adds up their ``bits``, in 1/4096 bit."""

    def __init__(self, costs: Costs, weights: Integers64) -> None:
        self._costs, self._weights = costs, weights
        self.bits = 0

    def __call__(
        self, targets: Integers64, part: Pass, means: Integers64, classes: Classes, steps: Integers64
    ) -> tuple[Integers64, Classes]:
        symbols, bits = choose(self._costs, targets, means, classes, steps, self._weighed(part))
        self.bits += bits
        return symbols, classes

    def _weighed(self, part: Pass) -> Integers64:
        """Return the weights of a pass, of its channels, or ``[places, channels]`` where errors do not count alike."""
        weights = self._weights[part.channels]
        if part.counts is None:
            return weights
        found: Integers64 = np.minimum(weights * part.counts[:, None] >> COUNT_BITS, _MOST_WEIGHT)
        return found


class _Path(_Choice):
    """Takes them so with dependent quantization, where one symbol decides what the next can be."""

    def __call__(
        self, targets: Integers64, part: Pass, means: Integers64, classes: Classes, steps: Integers64
    ) -> tuple[Integers64, Classes]:
        weights = self._weighed(part)
        symbols, tables, bits = best_path(self._costs, targets, means, classes, steps, weights, part.tiles)
        self.bits += bits
        return symbols, tables


def choose(
    costs: Costs, targets: Integers64, means: Integers64, classes: Classes, steps: Integers64, weights: Integers64
) -> tuple[Integers64, int]:
    """Return the symbols of a pass, ``[places, channels]``, and the sum of their bits, in 1/4096 bit.

    ``weights``, ``[channels]`` or ``[places, channels]``, are λ times curvature, in 1/2**28 bit for each squared unit
    of the latents.
    """
    nearest = quantized(targets, means, steps, GRID_SYMBOL_MAX)
    nearest[classes == 0] = 0
    lower = nearest - np.sign(nearest)
    rates = [costs(each, classes) for each in (nearest, lower)]
    totals = []
    for symbols, rate in zip((nearest, lower), rates, strict=True):
        away = targets - means - ((symbols * steps + (1 << (STEP_BITS - 1))) >> STEP_BITS)
        totals.append(rate + ((weights * np.square(away)) >> COST_SHIFT))
    better = totals[1] < totals[0]
    return np.where(better, lower, nearest), int(np.where(better, rates[1], rates[0]).sum())
