"""Chains of steps, in which later steps mend what the first one spoils.

Where no single step helps any more, several steps together often do, for latents are not orthogonal in the picture.
Around a tile's symbols the squared error is nearly a quadratic form of the steps ``v``: ``|e + J.T v|**2``, where ``e``
is the error and ``J`` are the finite differences of synthesis (Gauss-Newton).

By this form each promising step begins a chain: the best step of another latent is added, then another. Of each chain
the beginning that promises most is kept (variable-depth search, Kernighan and Lin 1970). The best chains are tried, and
exact integers decide which help.

The products of differences are integers below 2**53 in float64, so their sums are exact. All else that ranks the chains
is elementwise. So ranks are the same on every machine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Floats64, Indices, Integers64, Symbols, Tiles
from aecodec.frozen import dataclass
from aecodec.lossy.model import STRIDE
from aecodec.lossy.objective import Evaluated, Objective

LONGEST = 8  # the most steps of a chain
_NEVER = np.float32(1e30)  # the change by a step that must not be taken


@dataclass(frozen=True)
class Round:
    """How far one round goes: latents with differences, chains that are found at a time, and candidates to try."""

    latents: int
    chains: int
    trials: int


@dataclass(frozen=True)
class _Surroundings:
    """What steps do around the symbols of n tiles.

    ``latents`` ``[n, C]`` are the C latents of each tile that promise most. ``differences`` ``[n, C, pixels]`` are what
    a step up of each does to the picture, in grey levels. ``bend`` ``[n, C, C]`` are their products.
    """

    latents: Indices
    differences: Floats64
    bend: Floats64

    def take(self, rows: Indices) -> _Surroundings:
        return _Surroundings(self.latents[rows], self.differences[rows], self.bend[rows])

    def of_latents(self, each: Integers64) -> Integers64:
        """Take the entries of ``self.latents``: ``[n, 2 * latents]`` to ``[n, 2, C]``."""
        return np.take_along_axis(each.reshape(len(each), 2, -1), self.latents[:, None], 2)

    def spread(self, rows: Indices, steps: NDArray[np.int8], latents: int) -> NDArray[np.int8]:
        """Spread the ``steps`` of ``rows``, ``[r, C]``, to all latents, ``[r, latents]``."""
        whole = np.zeros((len(rows), latents), np.int8)
        np.put_along_axis(whole, self.latents[rows], steps, 1)
        return whole


@dataclass
class _Chains:
    """M chains of each tile.

    ``first`` ``[n, M]`` are their first steps: a latent's place among the C for a step down, C more for a step up.
    ``promise`` ``[n, M]`` is by how much a chain changes the objective, infinite if it was tried. ``steps``
    ``[n, M, C]`` are all its steps.
    """

    first: Indices
    promise: Floats32
    steps: NDArray[np.int8]

    def put(self, rows: Indices, others: _Chains) -> None:
        self.first[rows], self.promise[rows], self.steps[rows] = others.first, others.promise, others.steps


class _Tiles:
    """The tiles that chains are tried on: their symbols ``[n, latents]``, and what :class:`Evaluated` says of these."""

    def __init__(self, seen: Evaluated) -> None:
        self.symbols, self.objective = seen.symbols.copy(), seen.objective
        self.rates, self.error = seen.rates, seen.error

    def put(self, rows: Indices, found: Evaluated, better: NDArray[np.bool_]) -> None:
        self.symbols[rows], self.objective[rows] = found.symbols[better], found.objective[better]
        self.rates[rows], self.error[rows] = found.rates[better], found.error[better]


def chain(objective: Objective, tiles: Tiles, symbols: Symbols, extent: Round) -> tuple[Symbols, NDArray[np.bool_]]:
    """Return better ``symbols`` ``[n, latents]`` for ``tiles``, and for which tiles ``[n]`` better ones were found."""
    now, around = _look_around(objective, tiles, symbols, extent.latents)
    tried = np.zeros((len(tiles), 2 * around.latents.shape[1]), bool)  # chains, by their first step
    improved = np.zeros(len(tiles), bool)

    def find(rows: Indices) -> _Chains:
        here = around.take(rows)
        rates, error = here.of_latents(now.rates[rows]), now.error[rows].astype(np.float64)
        return _find_chains(here, error, rates, tried[rows], objective.lmbda, extent.chains)

    rows = np.arange(len(tiles))  # tiles with chains left to try
    chains = find(rows)
    for _ in range(extent.trials):
        best = chains.promise[rows].argmin(1)
        steps = around.spread(rows, chains.steps[rows, best], symbols.shape[1])
        found = objective.evaluate(tiles[rows], objective.moved(now.symbols[rows], steps))
        better = found.objective < now.objective[rows]
        tried[rows, chains.first[rows, best]] = True
        chains.promise[rows, best] = np.inf
        kept = rows[better]
        now.put(kept, found, better)
        tried[kept], improved[kept] = False, True
        rows = rows[~tried[rows].all(1)]
        if not len(rows):
            break
        is_stale = np.zeros(len(tiles), bool)
        is_stale[kept] = is_stale[rows[np.isinf(chains.promise[rows]).all(1)]] = True
        stale = np.flatnonzero(is_stale)
        if len(stale):
            chains.put(stale, find(stale))
    return now.symbols, improved


def _look_around(objective: Objective, tiles: Tiles, symbols: Symbols, most: int) -> tuple[_Tiles, _Surroundings]:
    """Return what is known of ``symbols``, and what a step does in each of the ``most`` latents that promise most.

    A step goes in the direction that promises more, if the range of symbols allows it.
    """
    seen = objective.evaluate(tiles, symbols)
    count, latents = symbols.shape
    ways = objective.predict(seen, np.ones(count, bool)).reshape(count, 2, latents)
    order = np.argsort(ways.min(1), axis=1, kind="stable")[:, :most]
    better = np.where(ways[:, 0] < ways[:, 1], -1, 1)
    open_way = np.where(np.abs(symbols + better * objective.model.step) > objective.most, -better, better)
    picture = seen.trace[-1].reshape(count, -1)
    differences = np.empty((*order.shape, picture.shape[1]))
    at_once = max(1, STRIDE // count)  # latents at a time, so that one tile goes as quickly as many do
    for start in range(0, order.shape[1], at_once):
        chosen = order[:, start : start + at_once, None]
        steps = np.zeros((*chosen.shape[:2], latents), np.int8)
        way = np.take_along_axis(open_way, chosen[..., 0], 1)[..., None]
        np.put_along_axis(steps, chosen, way, 2)
        moved = objective.model.synthesise(objective.moved(symbols[:, None], steps).reshape(-1, latents))
        differences[:, start : start + at_once] = (moved.reshape(*chosen.shape[:2], -1) - picture[:, None]) * way
    return _Tiles(seen), _Surroundings(order, differences, differences @ differences.transpose(0, 2, 1))


def _find_chains(
    around: _Surroundings,
    error: Floats64,
    rates: Integers64,
    tried: NDArray[np.bool_],
    lmbda: int,
    most: int,
) -> _Chains:
    """Return the ``most`` chains whose first steps promise most, without those that were ``tried`` ``[n, 2 * C]``.

    ``error`` is ``[n, pixels]``. ``rates`` ``[n, 2, C]`` say by how much a step down, or up, changes a latent's own
    bits.
    """
    count, latents = around.latents.shape
    bend = lmbda * around.bend
    square = np.diagonal(bend, axis1=1, axis2=2)
    pull = 2 * lmbda * (around.differences @ error[..., None])[..., 0]
    alone = np.concatenate([rates[:, 0] + square - pull, rates[:, 1] + square + pull], axis=1)
    begins = np.where(tried, np.inf, alone)
    first = np.argsort(begins, axis=1, kind="stable")[:, :most]
    value = np.take_along_axis(begins, first, 1).astype(np.float32)
    change = np.repeat(alone.astype(np.float32).reshape(count, 1, 2, latents), first.shape[1], axis=1)
    twice = (2 * bend).astype(np.float32)
    steps = np.zeros((*first.shape, latents), np.int8)
    promise, found, chosen = value.copy(), steps.copy(), first
    for length in range(1, min(LONGEST, latents) + 1):
        place, way = chosen % latents, np.where(chosen < latents, -1, 1).astype(np.int8)
        np.put_along_axis(steps, place[..., None], way[..., None], 2)
        better = value < promise if length > 1 else np.ones(value.shape, bool)
        promise[better], found[better] = value[better], steps[better]
        if length == min(LONGEST, latents):
            break
        turn = twice[np.arange(count)[:, None], place] * way[..., None]  # [n, M, C]
        change[:, :, 0] -= turn
        change[:, :, 1] += turn
        np.put_along_axis(change, place[:, :, None, None], _NEVER, 3)
        flat = change.reshape(*first.shape, 2 * latents)
        chosen = flat.argmin(2)
        value = value + np.take_along_axis(flat, chosen[..., None], 2)[..., 0]
    return _Chains(first, promise, found)
