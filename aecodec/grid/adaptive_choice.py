"""Chooses the weights of an adaptive filter (:mod:`aecodec.grid.adaptive_filter`) for one picture.

The squared error behind a filter is a quadratic function of its weights (a Wiener filter). So the products of all
features are summed up once, for each class. Then weights join one after the other: next is always the one that takes
away most of the error that is left (orthogonal least squares; Chen, Billings and Luo 1989). With each, all are solved
for anew and rounded. Those are kept with which bits + λ * squared error are least. So are groups of classes.

Sums of products are exact. All that follows is done in float64, number by number in one order. So every machine
chooses the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Floats64, Indices, Integers32, Picture
from aecodec.entropy import COST_UNIT_BITS, costs
from aecodec.exact.sheets import Map
from aecodec.frozen import dataclass
from aecodec.grid.adaptive_filter import (
    CLASSES,
    COLOURS,
    GROUPS,
    MOST_WEIGHT,
    NO_FILTER,
    TAPS,
    WEIGHT_BITS,
    AdaptiveFilter,
    Strip,
    Weights,
    bands,
    with_rows_around,
)
from aecodec.grid.transforms import FRACTION, MIDDLE

_ONE = float(1 << WEIGHT_BITS)
_RIDGE = 64.0 * FRACTION**2  # added to the squares of features, so that few of them do not fit noise


@dataclass(frozen=True)
class _Moments:
    """Sums over pixels, by class and colour: products of features, and of features with what is missing."""

    features: Floats64  # [CLASSES, COLOURS, TAPS, TAPS]
    missing: Floats64  # [CLASSES, COLOURS, TAPS]


def chosen_weights(
    filter_: AdaptiveFilter, strips: Sequence[Strip], picture: Picture, slope: float, run: Map = map
) -> Weights:
    """Return the weights for ``strips`` that bring them near to ``picture`` ``[H, W, COLOURS]``, as it is given.

    ``slope`` is λ in bits for each squared grey level. No groups are returned where no filter pays.
    """
    moments = _moments(filter_, strips, picture, run)
    bits = np.array([costs(table.freq) for table in filter_.weights]) / (1 << COST_UNIT_BITS)
    of_groups = costs(filter_.groups.freq) / (1 << COST_UNIT_BITS)
    every = [_merged(moments, groups) for groups in GROUPS[1:]]
    weights, cost = _pursued(
        np.concatenate([each.features for each in every]),
        np.concatenate([each.missing for each in every]),
        bits,
        slope / FRACTION**2,
    )
    best, least, first = NO_FILTER, float(of_groups[0]), 0
    for number, groups in enumerate(GROUPS[1:], 1):
        own = slice(first, first + groups * COLOURS)
        total = sum(cost[own].tolist(), float(of_groups[number]))
        if total < least:
            best, least = weights[own].reshape(groups, COLOURS, TAPS), total
        first = own.stop
    return best


def _moments(filter_: AdaptiveFilter, strips: Sequence[Strip], picture: Picture, run: Map) -> _Moments:
    found = _Moments(np.zeros((CLASSES, COLOURS, TAPS, TAPS)), np.zeros((CLASSES, COLOURS, TAPS)))
    for strip, around in with_rows_around(strips):

        def work(own: slice, strip: Strip = strip, around: Integers32 = around) -> dict[int, tuple[Floats64, Floats64]]:
            given = picture[strip.rows][own]
            height, width = given.shape[:2]
            band = filter_.band(strip, around, own)
            away = FRACTION * (given.astype(np.int32) - MIDDLE) - strip.values[own][:height, :width]
            sums = {}
            for number in np.flatnonzero(np.bincount(band.classes[:width])).tolist():
                of_class = band.classes[:width] == number
                seen = band.features[:, :, :height, :width][..., of_class].transpose(1, 0, 2, 3)
                each = seen.reshape(COLOURS, TAPS, -1).astype(np.float64)
                wanted = away[:, of_class].transpose(2, 0, 1).reshape(COLOURS, -1, 1).astype(np.float64)
                sums[number] = each @ each.transpose(0, 2, 1), (each @ wanted)[..., 0]
            return sums

        for sums in run(work, bands(strip)):
            for number, (features, missing) in sums.items():
                found.features[number] += features
                found.missing[number] += missing
    return found


def _merged(moments: _Moments, groups: int) -> _Moments:
    """Return the sums of so many groups of classes, ``[groups * COLOURS, ...]``."""
    found = []
    for sums in (moments.features, moments.missing):
        parts = sums.reshape(groups, CLASSES // groups, *sums.shape[1:]).swapaxes(0, 1)
        found.append(parts.sum(axis=0).reshape(groups * COLOURS, *sums.shape[2:]))
    return _Moments(*found)


def _pursued(products: Floats64, wanted: Floats64, bits: Floats64, slope: float) -> tuple[Weights, Floats64]:
    """Return weights ``[n, TAPS]``, and what they cost in bits, less the worth of the error that they take away.

    ``products`` ``[n, TAPS, TAPS]`` and ``wanted`` ``[n, TAPS]`` are n systems of normal equations. ``bits``
    ``[TAPS, values]`` are those of each weight, ``slope`` is λ for a squared unit of values.
    """
    count = len(wanted)
    systems = np.zeros((count, TAPS + 1, TAPS + 1))
    systems[:, :TAPS, :TAPS] = products
    systems[:, range(TAPS), range(TAPS)] += _RIDGE
    systems[:, :TAPS, TAPS] = wanted
    active = np.zeros((count, TAPS), bool)
    best: Weights = np.zeros((count, TAPS), np.int64)
    least = _cost(best, products, wanted, bits, slope)
    for _ in range(TAPS):
        left = systems[:, :TAPS, TAPS]
        gain = np.where(active, -1.0, left * left / systems[:, range(TAPS), range(TAPS)])
        pivots = gain.argmax(axis=1)
        active[range(count), pivots] = True
        _sweep(systems, pivots)
        solved = np.where(active, systems[:, :TAPS, TAPS], 0.0)
        weights = np.clip(np.rint(solved * _ONE), -MOST_WEIGHT, MOST_WEIGHT).astype(np.int64)
        cost = _cost(weights, products, wanted, bits, slope)
        better = cost < least
        best, least = np.where(better[:, None], weights, best), np.where(better, cost, least)
    return best, least


def _sweep(systems: Floats64, pivots: Indices) -> None:
    """Solve each of the systems ``[n, TAPS + 1, TAPS + 1]`` for one unknown more, in place (sweep operator; Goodnight
    1979).

    Then the last column has the solution for all that were swept so far. For the others it has what is missing.
    """
    each = np.arange(len(systems))
    row, column = systems[each, pivots], systems[each, :, pivots]
    pivot = row[each, pivots][:, None]
    row /= pivot
    systems -= column[:, :, None] * row[:, None, :]
    systems[each, pivots] = row
    systems[each, :, pivots] = -column / pivot
    systems[each, pivots, pivots] = 1 / pivot[:, 0]


def _cost(weights: Weights, products: Floats64, wanted: Floats64, bits: Floats64, slope: float) -> Floats64:
    """Return bits + slope * change of the squared error, ``[n]``. Sums go along the first axis, term by term."""
    real = weights / _ONE
    behind = (products.transpose(1, 0, 2) * real.T[:, :, None]).sum(axis=0)
    change = (real * (behind - 2 * wanted)).T.copy().sum(axis=0)
    of_weights = bits[np.arange(TAPS), weights + MOST_WEIGHT].T.copy().sum(axis=0)
    found: Floats64 = slope * change + of_weights
    return found
