"""Chooses the weights of an adaptive filter (:mod:`aecodec.grid.adaptive_filter`) for one picture.

The squared error behind a filter is a quadratic function of its weights (a Wiener filter). So the products of all
features are summed up once, for each class. Then weights join one after the other: next is always the one that alone
would take away most of the error that is left (orthogonal matching pursuit; Pati et al. 1993). With each, all are
solved for anew and rounded. Those are kept with which bits + λ * squared error are least. So are groups of classes.

Sums of products are exact. All that follows is done in float64, number by number in one order. So every machine
chooses the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Floats64, Integers64, Picture
from aecodec.entropy import COST_UNIT_BITS, costs
from aecodec.frozen import dataclass
from aecodec.grid.adaptive_filter import (
    CLASSES,
    COLOURS,
    GROUPS,
    MOST_WEIGHT,
    NO_FILTER,
    REACH,
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


def chosen_weights(filter_: AdaptiveFilter, strips: Sequence[Strip], picture: Picture, slope: float) -> Weights:
    """Return the weights for ``strips`` that bring them near to ``picture`` ``[H, W, COLOURS]``, as it is given.

    ``slope`` is λ in bits for each squared grey level. No groups are returned where no filter pays.
    """
    moments = _moments(filter_, strips, picture)
    bits = [costs(table.freq) / float(1 << COST_UNIT_BITS) for table in filter_.weights]
    of_groups = costs(filter_.groups.freq) / float(1 << COST_UNIT_BITS)
    best = NO_FILTER
    least = float(of_groups[0])
    for number, groups in enumerate(GROUPS[1:], 1):
        merged = _Moments(_merged(moments.features, groups), _merged(moments.missing, groups))
        weights, cost = _pursued(merged, np.array(bits), slope / FRACTION**2)
        total = sum(cost.ravel().tolist(), float(of_groups[number]))
        if total < least:
            best, least = weights, total
    return best


def _moments(filter_: AdaptiveFilter, strips: Sequence[Strip], picture: Picture) -> _Moments:
    features, missing = np.zeros((CLASSES, COLOURS, TAPS, TAPS)), np.zeros((CLASSES, COLOURS, TAPS))
    for strip, around in with_rows_around(strips):
        for own in bands(strip):
            given = picture[strip.rows.start + own.start : strip.rows.start + own.stop]
            if not len(given):
                break
            height, width = given.shape[:2]
            band = filter_.band(around[own.start : own.stop + 2 * REACH], strip.chain[own])
            away = FRACTION * (given.astype(np.int32) - MIDDLE) - strip.values[own][:height, :width]
            seen = band.features[:, :, :height, :width]
            for number in np.unique(band.classes[:width]).tolist():
                of_class = band.classes[:width] == number
                each = seen[..., of_class].transpose(1, 0, 2, 3).reshape(COLOURS, TAPS, -1).astype(np.float64)
                wanted = away[:, of_class].transpose(2, 0, 1).reshape(COLOURS, -1, 1).astype(np.float64)
                features[number] += each @ each.transpose(0, 2, 1)
                missing[number] += (each @ wanted)[..., 0]
    return _Moments(features, missing)


def _merged(sums: Floats64, groups: int) -> Floats64:
    each = sums.reshape(groups, CLASSES // groups, *sums.shape[1:])
    found = each[:, 0].copy()
    for number in range(1, each.shape[1]):
        found += each[:, number]
    return found


def _pursued(moments: _Moments, bits: Floats64, slope: float) -> tuple[Weights, Floats64]:
    """Return weights ``[groups, COLOURS, TAPS]``, and what they cost in bits, with the error that they take away.

    ``bits`` ``[TAPS, values]`` are those of each weight, ``slope`` is λ for a squared unit of values.
    """
    products, wanted = moments.features, moments.missing
    diagonal = np.einsum("...ii->...i", products) + _RIDGE
    active = np.zeros(wanted.shape, bool)
    weights = np.zeros(wanted.shape, np.int64)
    best, least = weights, _cost(weights, products, wanted, bits, slope)
    for _ in range(TAPS):
        left = wanted - _times(products, weights / _ONE)
        gain = np.where(active, -1.0, left * left / diagonal)
        np.put_along_axis(active, gain.argmax(-1)[..., None], True, -1)
        solved = _solved(products, wanted, active)
        weights = np.clip(np.rint(solved * _ONE), -MOST_WEIGHT, MOST_WEIGHT).astype(np.int64)
        cost = _cost(weights, products, wanted, bits, slope)
        better = cost < least
        best, least = np.where(better[..., None], weights, best), np.where(better, cost, least)
    return best, least


def _cost(weights: Weights, products: Floats64, wanted: Floats64, bits: Floats64, slope: float) -> Floats64:
    """Return bits + slope * change of the squared error, ``[groups, COLOURS]``."""
    real = weights / _ONE
    change = _summed(real * (_times(products, real) - 2 * wanted))
    return slope * change + _summed(bits[np.arange(TAPS), weights + MOST_WEIGHT])


def _times(matrix: Floats64, vector: Floats64) -> Floats64:
    return _summed(matrix * vector[..., None, :])


def _summed(values: Floats64) -> Floats64:
    """Return sums over the last axis, from the first number to the last."""
    found = values[..., 0].copy()
    for number in range(1, values.shape[-1]):
        found += values[..., number]
    return found


def _solved(products: Floats64, wanted: Floats64, active: Integers64) -> Floats64:
    """Return the solution of the normal equations for the ``active`` weights, by Gaussian elimination; others are 0."""
    both = active[..., :, None] & active[..., None, :]
    matrix = np.where(both, products, 0.0)
    matrix[..., range(TAPS), range(TAPS)] += np.where(active, _RIDGE, 1.0)
    right = np.where(active, wanted, 0.0)
    for pivot in range(TAPS):
        below = slice(pivot + 1, None)
        factor = matrix[..., below, pivot] / matrix[..., pivot, pivot][..., None]
        matrix[..., below, below] -= factor[..., None] * matrix[..., pivot, below][..., None, :]
        right[..., below] -= factor * right[..., pivot][..., None]
    for pivot in reversed(range(TAPS)):
        right[..., pivot] /= matrix[..., pivot, pivot]
        right[..., :pivot] -= matrix[..., :pivot, pivot] * right[..., pivot][..., None]
    return right
