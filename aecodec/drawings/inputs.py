"""The inputs of the networks. All are integers from -INPUT_MAX to INPUT_MAX; a yes is UNIT, a no is 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Integers32, Pixels
from aecodec.drawings.candidates import AROUND, CONTEXTS, NEAR, RANKS, Ballot, Ranking
from aecodec.entropy.tables import COST_UNIT_BITS, log2_fixed

_F = np.float32

UNIT = 64
INPUT_MAX = 511
# Neighbours of which it is seen whether they were no candidate; of the first few also whether they were not the best.
CHOICES = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0))
_SEEN_BEST = 4
_VOTED = 3  # ranks for which it is seen which sources propose them
_VOTED_NEAR = 2
# Pairs of neighbours of which it is seen whether they are equal; and pairs of which it is seen how far apart they are.
_PAIRS = (
    *((0, 1), (1, 2), (0, 2), (1, 3), (4, 0), (5, 1), (0, 3), (6, 3), (7, 2), (8, 2), (6, 5), (7, 5), (9, 4), (11, 5)),
    *((8, 0), (10, 6)),
)
_APART = ((0, 1), (1, 2), (1, 3), (0, 4), (1, 5), (0, 2))
CHOICE_WIDTH = (
    RANKS + _VOTED * 2 * CONTEXTS + _VOTED_NEAR * NEAR + len(_PAIRS) + len(_APART) + len(CHOICES) + _SEEN_BEST + 2
)

_VALUES = 12  # neighbours whose value of this channel is seen
_OF_EARLIER = 7  # neighbours whose values of the channels before are seen
_DIFFERENT = 4  # neighbours whose difference between channels is seen
_SPREAD = 6  # neighbours that give the local spread
_RANKED = 2  # candidates that were not chosen
_OF_CHANNEL = 2 * _VALUES + 2 + _RANKED + 2
_OF_BEFORE = 2 * _OF_EARLIER + 2 * _DIFFERENT + 1 + _RANKED
VALUE_WIDTHS = tuple(_OF_CHANNEL + before * _OF_BEFORE for before in range(4))
_LOG_BITS = 4


def _logarithms(most: int) -> Integers32:
    """Return a table of log2(1 + n) in units of 1/16."""
    found = log2_fixed(np.arange(1, most + 2)) + (1 << (COST_UNIT_BITS - _LOG_BITS - 1)) >> COST_UNIT_BITS - _LOG_BITS
    return found.astype(np.int32)


_LOGARITHMS = _logarithms(255 * _SPREAD)


def of_choice(
    ranking: Ranking, ballot: Ballot, around: Pixels, chosen: NDArray[np.uint8], told: tuple[int, int]
) -> Floats32:
    """Return the inputs of the network that says which candidate comes, ``[lanes, CHOICE_WIDTH]``.

    ``chosen`` ``[CHOICES, lanes]`` are the ranks of neighbours. ``told`` says whether the picture has colours, and
    whether it has alpha.
    """
    lanes, learned = around.shape[1], 2 * CONTEXTS
    votes = np.maximum(ranking.votes, -INPUT_MAX << 3)
    parts = [votes[:1] >> 3, votes[1:] - votes[0] >> 3]
    strength = (ballot.level[:learned].astype(np.int32) + 1) << 4
    parts += [np.where(ranking.rank_of[:learned] == rank, strength, 0) for rank in range(_VOTED)]
    parts += [np.where(ranking.rank_of[learned:] == rank, UNIT, 0) for rank in range(_VOTED_NEAR)]
    one, other = (around[[pair[side] for pair in _PAIRS]] for side in (0, 1))
    parts.append(np.where(one == other, UNIT, 0))
    one, other = (around[[pair[side] for pair in _APART]] for side in (0, 1))
    parts.append(_LOGARITHMS.take(_farthest(one, other)))
    parts.append(np.where(chosen == RANKS, UNIT, 0))
    parts.append(np.where(chosen[:_SEEN_BEST] > 0, UNIT, 0))
    parts.append(np.broadcast_to(np.array(told)[:, None] * UNIT, (2, lanes)))
    found = np.concatenate(parts).astype(_F)
    return np.ascontiguousarray(found.clip(-INPUT_MAX, INPUT_MAX).T)


def of_value(
    around: list[Integers32], known: list[Integers32], ranked: list[Integers32], told: tuple[int, int]
) -> tuple[Floats32, Integers32]:
    """Return the inputs of the network of a channel, ``[lanes, VALUE_WIDTHS[before]]``, and its prediction.

    ``around`` has the neighbours' values ``[AROUND, lanes]`` of each channel before and of this one, and ``ranked``
    those of the candidates, ``[RANKS, lanes]``. ``known`` has the pixel's own values ``[lanes]`` of the channels
    before.
    """
    own = around[-1]
    left, above, corner = own[:3]
    low, high = np.minimum(left, above), np.maximum(left, above)
    prediction = np.maximum(low, np.minimum(high, left + above - corner))
    away = own[:_VALUES] - prediction
    spread = np.abs(away[:_SPREAD]).sum(0)
    parts = [2 * away, _to_spread(away, spread), _LOGARITHMS.take(spread)[None], (prediction - 128)[None]]
    parts.append(2 * (ranked[-1][:_RANKED] - prediction))
    parts.append(np.broadcast_to(np.array(told)[:, None] * UNIT, (2, len(left))))
    lanes = np.arange(len(left))
    for values, value, theirs in zip(around, known, ranked, strict=False):
        near = values[:_OF_EARLIER]
        away = value - near
        parts += [2 * away, _to_spread(away, spread), 2 * (own[:_DIFFERENT] - near[:_DIFFERENT])]
        parts.append(np.where(near[:_DIFFERENT] == value, UNIT, 0))
        # Interpolate between the neighbours with the least and the most of the channel before.
        least, most = near.argmin(0), near.argmax(0)
        between = np.maximum(near[most, lanes] - near[least, lanes], 1)
        part = np.minimum(np.maximum(value - near[least, lanes], -between), 2 * between)
        step = 2 * part * (own[most, lanes] - own[least, lanes]) // between
        parts.append((2 * (own[least, lanes] - prediction) + step)[None])
        parts.append(2 * (value - theirs[:_RANKED]))
    found = np.concatenate(parts).astype(_F)
    return np.ascontiguousarray(found.clip(-INPUT_MAX, INPUT_MAX).T), prediction


def channel(pixels: Pixels, shift: int) -> Integers32:
    """Return one channel of pixels, 0 to 255."""
    return (pixels >> np.uint32(shift) & np.uint32(255)).astype(np.int32)


def _farthest(one: Pixels, other: Pixels) -> NDArray[np.uint8]:
    """Return the largest difference over the four channels."""
    sides = (np.ascontiguousarray(each).view(np.uint8).reshape(*each.shape, 4) for each in (one, other))
    first, second = sides
    apart: NDArray[np.uint8] = (np.maximum(first, second) - np.minimum(first, second)).max(-1)
    return apart


def _to_spread(away: Integers32, spread: Integers32) -> Integers32:
    """Return differences divided by the mean spread."""
    found: Integers32 = np.clip(UNIT // 2 * _SPREAD * away // (spread + _SPREAD), -4 * UNIT, 4 * UNIT)
    return found


assert len(AROUND) >= max(_VALUES, max(max(pair) for pair in _PAIRS) + 1)
