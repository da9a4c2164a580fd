"""The encoder's search for symbols with a lower ``rate + λ * squared error``.

Symbols are chosen where the prior's walk meets them, by their cost under the very table that a decoder will use: the
nearest one or the one next to it towards 0, whichever makes ``rate + λ * curvature * (target - latent)**2`` smaller
(rate-distortion optimized quantization). The targets begin as what analysis gave. Then, again and again, the gradient
of synthesis at the latents that came out says where the targets had better be, and the walk is made anew; the best
result is kept. All is in integers, or in floats whose sums are exact, so every machine finds the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from aecodec.arrays import Classes, Floats32, Integers64, Latents, Picture
from aecodec.entropy import COST_UNIT_BITS, costs
from aecodec.exact.sheets import Map
from aecodec.follow import followed
from aecodec.grid.gains import STEP_BITS, power_of_two, quantized
from aecodec.grid.model import CURVATURE_BITS, Coded, GridModel, rounded
from aecodec.grid.prior import Pass
from aecodec.grid.references import less, plus
from aecodec.grid.scales import Scales
from aecodec.grid.synthesis_gradient import SynthesisGradient
from aecodec.grid.transforms import FRACTION, padded
from aecodec.limits import GRID_SYMBOL_MAX, GRID_VALUE_MAX

SEARCH = 1  # counts the changes of what it finds; each golden vector says which search made it
LMBDA_BITS = 20  # λ counts 1/2**20 bit for each squared grey level
_SHIFT = CURVATURE_BITS + LMBDA_BITS - COST_UNIT_BITS
_OCTAVE = 10  # qualities from one λ to one of twice the size
_LEAST = 140  # λ at quality 0: 0.0004 for a pixel's three samples


ROUNDS = (None, 0, 0, 1, 2, 3, 4, 8, 16, 32)  # by effort: how often targets move; None: symbols are only rounded
_PART = 1.0  # of the way that a gradient and the curvature say


def lmbda_of(quality: int) -> int:
    """Return what a squared grey level is worth at ``quality``, in 1/2**20 bit: twice as much every ten qualities."""
    whole, part = divmod(quality, _OCTAVE)
    return _LEAST * _tenths()[part] >> (16 - whole)


def slope_of(quality: int) -> float:
    """Return the same in bits."""
    return lmbda_of(quality) / (1 << LMBDA_BITS)


@cache
def _tenths() -> tuple[int, ...]:
    """Return ``floor(2**(16 + n / 10))``."""
    return tuple(power_of_two(16 * _OCTAVE + n, _OCTAVE) for n in range(_OCTAVE))


def refined(
    model: GridModel,
    pictures: Sequence[Picture],
    quality: int,
    effort: int,
    run: Map = map,
    references: Sequence[Latents] | None = None,
) -> Coded:
    """Return the symbols of ``pictures`` ``[H, W, 3]``, found as far as ``ROUNDS[effort]`` goes.

    With ``references`` they are those of what the latents of each picture differ from these.
    """
    whole = [padded(picture) for picture in pictures]
    rounds = ROUNDS[effort]
    # Analysis, then each walk and what it came to.
    stages = iter(followed(range(2 * rounds + 3 if rounds else 2)))
    next(stages)
    targets = [model.analysis(picture, run) for picture in whole]
    if references is not None:
        targets = [less(target, reference) for target, reference in zip(targets, references, strict=True)]
    if rounds is None:
        next(stages)
        return model.choose(targets, quality, _nearest, run)
    costs, lmbda = Costs(model.prior.scales), lmbda_of(quality)
    best: tuple[int, Coded] | None = None
    scale = (_PART * (1 << CURVATURE_BITS) / FRACTION) / model.curvature.astype(np.float32)
    gradient = SynthesisGradient(model.synthesis) if rounds else None
    for left in reversed(range(rounds + 1)):
        choice = _Choice(costs, lmbda * model.curvature)
        next(stages)
        coded = model.choose(targets, quality, choice, run)
        if gradient is None:
            return coded
        next(stages)
        errors, targets, made = [], [], []
        for number, (grid, picture, padded_picture) in enumerate(zip(coded.grids, pictures, whole, strict=True)):
            size = picture.shape[:2]
            shown = grid if references is None else plus(grid, references[number])
            if left:
                pixels = padded_picture.astype(np.uint8, copy=False)
                pull, squared = gradient.of_picture(shown, pixels, size, quality, run)
                targets.append(_moved(grid, pull, scale))
            else:  # the last time nothing moves any more
                made.append(model.synthesise(shown, quality, size, grey=False, run=run))
                squared = squared_error(made[-1], picture)
            errors.append(squared)
        coded.pictures, coded.errors = dict(enumerate(made)), errors
        objective = choice.bits + worth(sum(errors), lmbda)
        if best is None or objective < best[0]:
            best = objective, coded
    assert best is not None
    return best[1]


def _moved(grid: Latents, pull: Floats32, scale: Floats32) -> Latents:
    """Return where a gradient says that latents had better be; row by row, which takes little memory."""
    found = np.empty_like(grid)
    for into, row, its in zip(found, grid, pull, strict=True):
        into[...] = np.clip(row - np.rint(its * scale), -GRID_VALUE_MAX, GRID_VALUE_MAX)
    return found


def worth(error: int, lmbda: int) -> int:
    """Return what a squared error costs, in 1/4096 bit."""
    return lmbda * error >> (LMBDA_BITS - COST_UNIT_BITS)


def squared_error(ours: Picture, theirs: Picture) -> int:
    """Return the squared error of all samples."""
    rows = zip(ours, theirs, strict=True)
    return sum(int(np.square(a.astype(np.int64) - b).sum()) for a, b in rows)


def _nearest(targets: Integers64, part: Pass, means: Integers64, classes: Classes, steps: Integers64) -> Integers64:
    return rounded(targets, means, classes, steps)


class _Choice:
    """Takes the symbols of least cost, and adds up their ``bits``, in 1/4096."""

    def __init__(self, costs: Costs, weights: Integers64) -> None:
        self._costs, self._weights = costs, weights
        self.bits = 0

    def __call__(
        self, targets: Integers64, part: Pass, means: Integers64, classes: Classes, steps: Integers64
    ) -> Integers64:
        symbols, bits = choose(self._costs, targets, means, classes, steps, self._weights[part.channels])
        self.bits += bits
        return symbols


class Costs:
    """Bits of every symbol under every class, in 1/4096."""

    def __init__(self, scales: Scales) -> None:
        self._reach = scales.reach
        tables = [np.zeros(2, np.int64) if table is None else costs(table.freq) for table in scales.tables]
        self._first = np.cumsum([0, *(len(each) for each in tables[:-1])])
        self._costs = np.concatenate(tables)

    def __call__(self, symbols: Integers64, classes: Classes) -> Integers64:
        """Return the bits of ``symbols`` under ``classes``; 0 where a class is not coded. An escape counts its
        excess's bits.
        """
        reach = self._reach[classes]
        inside = np.abs(symbols) <= reach
        place = np.where(inside, symbols + reach, 2 * reach + 1)
        found: Integers64 = self._costs[self._first[classes] + place]
        if not inside.all():
            excess = np.maximum(np.abs(symbols) - reach, 1)
            bits = 2 * (np.frexp(excess.astype(np.float64))[1].astype(np.int64) - 1) + 2
            found = np.where(inside | (classes == 0), found, found + (bits << COST_UNIT_BITS))
        return found


def choose(
    costs: Costs, targets: Integers64, means: Integers64, classes: Classes, steps: Integers64, weights: Integers64
) -> tuple[Integers64, int]:
    """Return the symbols of a pass, ``[places, channels]``, and their bits in 1/4096.

    ``weights`` ``[channels]`` is λ times curvature, in 1/2**28 bit for each squared unit of the latents' grid.
    """
    nearest = quantized(targets, means, steps, GRID_SYMBOL_MAX)
    nearest[classes == 0] = 0
    lower = nearest - np.sign(nearest)
    rates = [costs(each, classes) for each in (nearest, lower)]
    totals = []
    for symbols, rate in zip((nearest, lower), rates, strict=True):
        away = targets - means - ((symbols * steps + (1 << (STEP_BITS - 1))) >> STEP_BITS)
        totals.append(rate + ((weights * np.square(away)) >> _SHIFT))
    better = totals[1] < totals[0]
    return np.where(better, lower, nearest), int(np.where(better, rates[1], rates[0]).sum())
