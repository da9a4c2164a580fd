"""What a model says of the adaptive filter: bounds of classes, where differences are clipped, and tables of weights.

The tables are counted over training pictures, as the encoder chooses weights for these.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from aecodec.arrays import Arrays, Floats64, Integers32, Picture, Tensors
from aecodec.entropy.tables import shares
from aecodec.grid.adaptive_filter import BLOCK, CLASSES, COLOURS, GROUPS, MOST_WEIGHT, TAPS, Weights
from aecodec.grid.model import GridModel
from aecodec.grid.names import ADAPTIVE
from aecodec.grid.search import refined
from aecodec.grid.transforms import FRACTION
from aecodec.limits import FREQUENCY_TOTAL

LEAST_ACTIVITY = 0.5  # of a block whose class is 1: grey levels a pixel, of the mean of colours; then it doubles
CLIP = 8  # grey levels
EFFORT = 3  # of the search behind which weights are counted
TRUST = 40.0  # weights that the shape with which a table begins counts for
_SHARE_BITS = 36
_NONE, _DECAY = 0.5, 0.93  # that shape: the share of 0, and how much rarer the next larger weight is


def expected() -> Arrays:
    """Return the tensors to begin with."""
    size = np.abs(np.arange(-MOST_WEIGHT, MOST_WEIGHT + 1))
    shape = np.where(size == 0, _NONE, (1 - _NONE) * (1 - _DECAY) / 2 * _DECAY ** (size - 1.0))
    least = LEAST_ACTIVITY * FRACTION * COLOURS * BLOCK**2
    return {
        f"{ADAPTIVE}.bounds": np.rint(least * 2.0 ** np.arange(CLASSES - 1)).astype(np.int32),
        f"{ADAPTIVE}.clip": np.array([CLIP * FRACTION], np.int32),
        f"{ADAPTIVE}.groups": _frequencies(np.ones((1, len(GROUPS)))),
        f"{ADAPTIVE}.weights": _frequencies(np.tile(shape, (TAPS, 1))),
    }


def chosen(engine: GridModel, pictures: Iterable[tuple[Picture, Iterable[int]]]) -> list[Weights]:
    """Return the weights that the encoder chooses for ``pictures`` ``[H, W, 3]``, each at some qualities."""
    found: list[Weights] = []
    for picture, qualities in pictures:
        for quality in qualities:
            found += refined(engine, [picture], quality, EFFORT).filters.values()
    return found


def refitted(tensors: Tensors, pictures: int, found: Iterable[Weights]) -> Arrays:
    """Return tables whose shapes are those of the weights ``found`` for some of so many ``pictures``.

    They are mirrored, and mixed with the shapes in ``tensors``.
    """
    groups, weights = np.zeros(len(GROUPS)), np.zeros((TAPS, 2 * MOST_WEIGHT + 1))
    for each in found:
        groups[GROUPS.index(len(each))] += 1
        for tap in range(TAPS):
            weights[tap] += np.bincount(each[:, :, tap].ravel() + MOST_WEIGHT, minlength=2 * MOST_WEIGHT + 1)
    groups[0] = pictures - groups.sum()
    before = tensors[f"{ADAPTIVE}.weights"] / FREQUENCY_TOTAL
    return {
        f"{ADAPTIVE}.groups": _frequencies(groups[None] + 1),
        f"{ADAPTIVE}.weights": _frequencies((weights + weights[:, ::-1]) / 2 + TRUST * before),
    }


def _frequencies(likely: Floats64) -> Integers32:
    """Return tables of frequencies of the sum 2**24, ``[tables, values]``."""
    share = likely / likely.sum(axis=1, keepdims=True)
    return shares(np.rint(share * 2.0**_SHARE_BITS).astype(np.int64)).astype(np.int32)
