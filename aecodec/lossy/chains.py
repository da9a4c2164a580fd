"""Chains of steps: further ones mend what the first spoils.

Where no single step helps any more, several together often do, since latents are not orthogonal in the picture.
Around a tile's symbols the squared error is nearly a quadratic form of the steps ``v``, with the finite differences
``J`` of synthesis ``|e + J.T v|**2`` (Gauss-Newton). On it each promising step begins a chain: the best step of
another latent is added, then another, and the beginning of the chain that promises most is kept (variable-depth
search, Kernighan and Lin 1970). The best chains are tried; integers decide, as everywhere.

What ranks the chains are integers below 2**53 in float64, and then elementwise operations in float32: the same on
every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.lossy.model import Tiles
from aecodec.lossy.objective import Evaluated, Objective
from aecodec.lossy.prior import Symbols

Reals = NDArray[np.float64]
Places = NDArray[np.intp]
LONGEST = 8  # steps of a chain
_NEVER = np.float32(1e30)


@dataclass(frozen=True)
class Round:
    """How far one round goes: latents that differences are taken of, chains at a time, trials of the best."""

    latents: int
    chains: int
    trials: int


@dataclass(frozen=True)
class _Surroundings:
    """Of tiles and their symbols: the ``latents`` ``[n, C]`` that promise most; ``differences`` ``[n, C, pixels]``,
    what a step up of each does to the picture, in grey levels; ``bend`` ``[n, C, C]``, their products.
    """

    latents: Places
    differences: Reals
    bend: Reals

    def take(self, rows: Places) -> _Surroundings:
        return _Surroundings(self.latents[rows], self.differences[rows], self.bend[rows])

    def of_latents(self, each: NDArray[np.int64]) -> NDArray[np.int64]:
        """``[n, 2 * latents]`` to ``[n, 2, C]``."""
        return np.take_along_axis(each.reshape(len(each), 2, -1), self.latents[:, None], 2)

    def spread(self, steps: NDArray[np.int8], latents: int) -> NDArray[np.int8]:
        """``[n, C]`` to ``[n, latents]``."""
        whole = np.zeros((len(steps), latents), np.int8)
        np.put_along_axis(whole, self.latents, steps, 1)
        return whole


def chain(objective: Objective, tiles: Tiles, symbols: Symbols, extent: Round) -> tuple[Symbols, NDArray[np.bool_]]:
    """Better symbols for ``tiles``, and for which of them any were found."""
    now = objective.evaluate(tiles, symbols)
    around = _look_around(objective, now, extent.latents)
    symbols, best, rates, error = symbols.copy(), now.objective, now.rates, now.error
    failed = np.zeros((len(tiles), 2 * around.latents.shape[1]), bool)  # chains by their first step
    improved = np.zeros(len(tiles), bool)
    rows = np.arange(len(tiles))  # tiles with chains left to try
    for _ in range(extent.trials):
        rows = rows[~failed[rows].all(1)]
        if not len(rows):
            break
        here = around if len(rows) == len(tiles) else around.take(rows)
        first, promise, steps = _find_chains(
            here, error[rows].astype(np.float64), here.of_latents(rates[rows]), objective.slope, extent.chains
        )
        promise[np.take_along_axis(failed[rows], first, 1)] = np.inf
        chosen = promise.argmin(1)
        place = np.arange(len(rows))
        candidate = objective.moved(symbols[rows], here.spread(steps[place, chosen], symbols.shape[1]))
        found = objective.evaluate(tiles[rows], candidate)
        better = found.objective < best[rows]
        failed[rows, first[place, chosen]] = True
        kept = rows[better]
        failed[kept] = False
        symbols[kept], best[kept] = candidate[better], found.objective[better]
        rates[kept], error[kept], improved[kept] = found.rates[better], found.error[better], True
    return symbols, improved


def _look_around(objective: Objective, now: Evaluated, most: int) -> _Surroundings:
    """A step of each latent, in the way that promises more and is open to it."""
    count, latents = now.symbols.shape
    ways = objective.predict(now, np.ones(count, bool)).reshape(count, 2, latents)
    order = np.argsort(ways.min(1), axis=1, kind="stable")[:, :most]
    better = np.where(ways[:, 0] < ways[:, 1], -1, 1)
    open_way = np.where(np.abs(now.symbols + better * objective.model.step) > objective.most, -better, better)
    picture = now.trace[-1].reshape(count, -1)
    differences = np.empty((*order.shape, picture.shape[1]))
    for place, chosen in enumerate(order.T):
        steps = np.zeros(now.symbols.shape, np.int8)
        way = open_way[np.arange(count), chosen]
        steps[np.arange(count), chosen] = way
        moved = objective.model.synthesise(objective.moved(now.symbols, steps)).reshape(picture.shape)
        differences[:, place] = (moved - picture) * way[:, None]
    return _Surroundings(order, differences, differences @ differences.transpose(0, 2, 1))


def _find_chains(
    around: _Surroundings, error: Reals, rates: NDArray[np.int64], slope: int, most: int
) -> tuple[Places, NDArray[np.float32], NDArray[np.int8]]:
    """The ``most`` chains whose first steps promise most: those steps ``[n, M]``, a latent's place for one down, C more
    for one up; what the chains promise ``[n, M]``; and their steps ``[n, M, C]``.
    """
    count, latents = around.latents.shape
    bend = slope * around.bend
    square = np.diagonal(bend, axis1=1, axis2=2)
    pull = 2 * slope * (around.differences @ error[..., None])[..., 0]
    alone = np.concatenate([rates[:, 0] + square - pull, rates[:, 1] + square + pull], axis=1)
    first = np.argsort(alone, axis=1, kind="stable")[:, :most]
    value = np.take_along_axis(alone, first, 1).astype(np.float32)
    change = np.repeat(alone.astype(np.float32).reshape(count, 1, 2, latents), first.shape[1], axis=1)
    twice = (2 * bend).astype(np.float32)
    steps = np.zeros((*first.shape, latents), np.int8)
    promise, found, chosen = np.full_like(value, np.inf), steps.copy(), first
    for _ in range(1, min(LONGEST, latents) + 1):
        place, way = chosen % latents, np.where(chosen < latents, -1, 1).astype(np.int8)
        np.put_along_axis(steps, place[..., None], way[..., None], 2)
        better = value < promise
        promise[better], found[better] = value[better], steps[better]
        turn = twice[np.arange(count)[:, None], place] * way[..., None]  # [n, M, C]
        change[:, :, 0] -= turn
        change[:, :, 1] += turn
        np.put_along_axis(change, place[:, :, None, None], _NEVER, 3)
        flat = change.reshape(*first.shape, 2 * latents)
        chosen = flat.argmin(2)
        value = value + np.take_along_axis(flat, chosen[..., None], 2)[..., 0]
    return first, promise, found
