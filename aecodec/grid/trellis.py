"""The encoder's side of dependent quantization: the symbols of a pass with the least ``rate + λ * squared error``.

In each lane the Viterbi algorithm goes through all paths of the state machine (:mod:`aecodec.grid.dependent`). For each
quantizer and parity it knows one candidate: one of the two points around a target, or 0 if that is cheaper.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Classes, Indices, Integers64
from aecodec.frozen import dataclass
from aecodec.grid.costs import COST_SHIFT, Costs
from aecodec.grid.dependent import NEXT, STATES, Rounds, rounds_of
from aecodec.grid.gains import STEP_BITS
from aecodec.grid.scales import CLASSES
from aecodec.limits import GRID_SYMBOL_MAX

_NEVER = 1 << 60
_WAYS = 4  # a candidate for each: twice the quantizer, and 1 more for an odd symbol
# Each state is reached from two others: from which, and by which way.
_BEFORE: Indices = np.argsort(NEXT.ravel(), kind="stable").reshape(STATES, 2).T // 2
_WAY: Indices = 2 * (_BEFORE & 1) + np.argsort(NEXT.ravel(), kind="stable").reshape(STATES, 2).T % 2


def best_path(
    costs: Costs,
    targets: Integers64,
    means: Integers64,
    classes: Classes,
    steps: Integers64,
    weights: Integers64,
    tiles: int,
) -> tuple[Integers64, Classes, int]:
    """Return the symbols of a pass, the numbers of their tables, ``[places, channels]``, and the sum of their bits.

    ``steps`` are those of channels. ``weights``, of channels or ``[places, channels]``, are λ times curvature, in
    1/2**28 bit for each squared unit of the latents; the sum of bits is in 1/4096 bit.
    """
    rounds = rounds_of(classes, tiles)
    channel = rounds.order % classes.shape[1]
    away = (targets - means).ravel()[rounds.order]
    weighed = weights[channel] if weights.ndim == 1 else weights.ravel()[rounds.order]
    latents = _Latents(away, classes.ravel()[rounds.order], steps[channel], weighed)
    candidates, totals, rates = _candidates(costs, latents)
    ways = _viterbi(rounds, totals)[None]
    symbols, tables = np.zeros(classes.size, np.int64), classes.ravel().copy()
    symbols[rounds.order] = np.take_along_axis(candidates, ways, 0)[0]
    tables[rounds.order] += (CLASSES * (ways[0] >> 1)).astype(np.uint8)
    bits = int(np.take_along_axis(rates, ways, 0).sum())
    return symbols.reshape(classes.shape), tables.reshape(classes.shape), bits


@dataclass(frozen=True)
class _Latents:
    """How far targets are ``away`` from their means, and the classes, steps and weights of the latents."""

    away: Integers64
    classes: Classes
    steps: Integers64
    weights: Integers64


def _candidates(costs: Costs, latents: _Latents) -> tuple[Integers64, Integers64, Integers64]:
    """Return the candidate of each way, what it costs, and its bits, int64 ``[_WAYS, latents]``."""
    size, steps = np.abs(latents.away), latents.steps
    found = np.empty((3, _WAYS, len(size)), np.int64)
    for quantizer in (0, 1):
        low = np.minimum(((size << STEP_BITS) + quantizer * (steps >> 1)) // steps, GRID_SYMBOL_MAX - 1)
        even, odd = low + (low & 1), low + 1 - (low & 1)
        near, none, found[:, 2 * quantizer + 1] = (
            _priced(costs, latents, quantizer, some) for some in (even, np.zeros_like(low), odd)
        )
        found[:, 2 * quantizer] = np.where(none[1] < near[1], none, near)
    return found[0], found[1], found[2]


def _priced(costs: Costs, latents: _Latents, quantizer: int, sizes: Integers64) -> Integers64:
    """Return symbols of the given ``sizes``, what they cost, and their bits, int64 ``[3, latents]``."""
    symbols = np.where(latents.away < 0, -sizes, sizes)
    rates = costs(symbols, latents.classes + np.uint8(CLASSES * quantizer))
    halves = 2 * sizes - quantizer * (sizes > 0)
    missing = np.abs(latents.away) - ((halves * latents.steps + (1 << STEP_BITS)) >> (STEP_BITS + 1))
    return np.stack([symbols, rates + ((latents.weights * np.square(missing)) >> COST_SHIFT), rates])


def _viterbi(rounds: Rounds, totals: Integers64) -> Indices:
    """Return the way of each latent on the path of least cost, given what each way costs."""
    known = np.full((STATES, rounds.lane_count), _NEVER, np.int64)
    known[0] = 0
    other = np.empty((STATES, totals.shape[1]), bool)  # whether the second way to each state is the cheaper one
    every = list(rounds.each())
    for _, own, lanes in every:
        before, new = known[:, lanes], totals[:, own]
        a, b = (before.take(_BEFORE[n], 0) + new.take(_WAY[n], 0) for n in (0, 1))
        np.less(b, a, out=other[:, own])
        known[:, lanes] = np.minimum(a, b)
    states = known.argmin(0)
    ways = np.empty(totals.shape[1], np.int64)
    for _, own, lanes in reversed(every):
        state = states[lanes]
        at = state + STATES * other[:, own][state, np.arange(len(state))]
        ways[own] = _WAY.ravel()[at]
        states[lanes] = _BEFORE.ravel()[at]
    return ways
