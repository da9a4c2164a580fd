"""A beam search for the scans of many pictures at once, cell by cell, in raster order.

The new pixels of a cell get every pattern that makes its value right together with what it sees of those set before. Of
a picture's states that no later cell can tell apart the one with the shortest outline is kept, and of the rest the
``beam`` that have the shortest. What a later cell can see of a scan are its *front*, the lowest pixels set in each column,
and the column to the left of the next block. Weights, sums and lengths are whole numbers, so that every machine finds the
same scans.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats64, Integers, Integers16, Integers32, Integers64
from aecodec.frozen import dataclass
from aecodec.scans.blocks import AROUND, LONGEST, Blocks
from aecodec.scans.cells import SUM_BITS, Cell
from aecodec.scans.ranks import cheapest, distinct, rank
from aecodec.scans.reduction import BOX

_AT_ONCE = 1 << 19  # patterns tried
_SPARE = 4  # so many times the beam is looked through for states that are alike
_HALF = BOX // 2  # cells of the front in one number
_LAST_ROW = (1 << LONGEST) - 1  # of a rim
_MARKS = np.frombuffer(hashlib.shake_128(b"marks").digest(32), "<i8") | 1  # odd, so that no bit is lost


@dataclass(frozen=True)
class Wanted:
    """What a group of pictures needs. ``size`` int64 ``[n]`` is ``AROUND`` times the place of its size among a Grids'.

    ``low`` and ``high`` float64, ``inked`` bool, all ``[BOX * BOX, n]``: between which sums each cell is right, in
    ``1 / GRAIN**2``, and whether it has any ink.
    """

    size: Integers64
    low: Floats64
    high: Floats64
    inked: NDArray[np.bool_]


@dataclass
class States:
    """Partly found scans, sorted by ``owner``, the picture each is of; ``cost``, the length of outline; int64 ``[k]``.

    ``front`` are two int64 ``[k]``, each of half the columns of cells, ``LONGEST`` bits a cell: the last row of pixels
    that was set there. ``left`` int64 ``[k]`` is the number of the column to the left of the next block.
    """

    owner: Integers64
    cost: Integers64
    front: list[Integers64]
    left: Integers64

    @classmethod
    def blank(cls, count: int) -> States:
        """Return one for each of ``count`` pictures, in which nothing is set."""
        zeros = np.zeros(count, np.int64)
        return cls(np.arange(count), zeros, [zeros, zeros], zeros)

    def take(self, index: Integers) -> None:
        """Keep, or repeat, the states at ``index``."""
        self.owner, self.cost, self.left = self.owner[index], self.cost[index], self.left[index]
        self.front = [half[index] for half in self.front]

    def above(self, column: int) -> Integers64:
        """Return the number of the row above the block in ``column``."""
        half, place = divmod(column, _HALF)
        above = self.front[half] >> place * LONGEST & AROUND - 1
        if column == _HALF - 1:
            above |= (self.front[1] & 1) << LONGEST
        return above

    def looks(self) -> Integers64:
        """Return a number for each state, one and the same for those of an owner that no later cell can tell apart."""
        first, second = self.front
        return first * _MARKS[0] + second * _MARKS[1] + self.left * _MARKS[2] + self.owner * _MARKS[3]


@dataclass(frozen=True)
class Step:
    """Of each state after a step: the one before that it came from, and the pattern of its new pixels, if any are."""

    parent: Integers32
    pattern: Integers16 | None


def next_row(states: States, beam: int) -> Step:
    """Go on to a row of cells, after which states can be alike that differed in columns to the left."""
    states.left = np.zeros(len(states.left), np.int64)
    near = cheapest(states.owner, states.cost, _SPARE * beam)
    chosen = np.sort(near[distinct(states.looks()[near])])
    states.take(chosen)
    return Step(chosen.astype(np.int32), None)


def advance(states: States, cell: Cell, blocks: Blocks, wanted: Wanted, beam: int) -> Step:
    """Set the new pixels of a cell in every way that gives its value, and keep the best.

    A cell that is blank, as all around it, stays so.
    """
    size, half, place = wanted.size[states.owner], cell.column // _HALF, cell.column % _HALF * LONGEST
    over, left = size + states.above(cell.column), size + states.left
    start, count = _fitting(cell, wanted, states.owner, cell.above[over] + cell.left[left])
    crowded = np.bincount(states.owner, count)[states.owner] > beam
    states.front[half] = states.front[half] & ~(_LAST_ROW << place)
    states.left = cell.corner[over]
    looks = states.looks() if crowded.any() else states.left
    over_at, left_at = cell.over_at[over], cell.left_at[left]
    kept = []
    for part in _parts(states.owner, count):
        of, pattern = _tried(cell, part, start, count)
        cost = states.cost[of] + blocks.over[over_at[of] + pattern] + blocks.left[left_at[of] + pattern]
        full = crowded[of]
        some = np.flatnonzero(full)
        if len(some):
            owner = states.owner[of[some]]
            near = cheapest(owner, cost[some], _SPARE * beam)
            some_looks = looks[of[some[near]]] + _rim_looks(cell.column)[blocks.rim[pattern[some[near]]]]
            near = near[distinct(some_looks)]
            near = near[rank(owner[near]) < beam]
            keep = ~full
            keep[some[near]] = True
            best = np.flatnonzero(keep)
            of, pattern, cost = of[best], pattern[best], cost[best]
        kept.append((of, pattern, cost))
    parent, pattern, cost = kept[0] if len(kept) == 1 else map(np.concatenate, zip(*kept, strict=True))
    states.take(parent)
    states.cost = cost
    rim = blocks.rim[pattern].astype(np.int64)
    states.front[half] |= (rim & _LAST_ROW) << place
    states.left |= rim >> LONGEST << 1
    return Step(parent.astype(np.int32), pattern)


@lru_cache(maxsize=BOX)
def _rim_looks(column: int) -> Integers64:
    """Return what each rim of a block in ``column`` adds to the looks of a state, ``[256]``."""
    rim, half = np.arange(1 << 2 * LONGEST), column // _HALF
    return ((rim & _LAST_ROW) << column % _HALF * LONGEST) * _MARKS[half] + (rim >> LONGEST << 1) * _MARKS[2]


def _fitting(cell: Cell, wanted: Wanted, owner: Integers64, sums: Floats64) -> tuple[Integers64, Integers64]:
    """Return for each state where in ``cell`` the patterns begin that give its value, and how many do.

    Of a cell that is blank only the blank one.
    """
    high = wanted.high[cell.number][owner] - sums
    start = cell.blank[wanted.size[owner] // AROUND]
    count = (high >= 0).astype(np.int64)
    inked = np.flatnonzero(wanted.inked[cell.number][owner])
    if len(inked):
        owner = owner[inked]
        low = np.maximum(np.ceil(wanted.low[cell.number][owner] - sums[inked]), 0)
        size = wanted.size[owner] // AROUND << SUM_BITS
        start[inked] = first = np.searchsorted(cell.sums, low.astype(np.int64) + size, "left")
        top = np.maximum(np.floor(high[inked]), -1).astype(np.int64) + size
        count[inked] = np.searchsorted(cell.sums, top, "right") - first
    return start, count


def _tried(cell: Cell, part: slice, start: Integers64, count: Integers64) -> tuple[Integers64, Integers16]:
    """Return each of the fitting patterns of each state in ``part``: the state, and the pattern."""
    many = count[part]
    of = np.repeat(np.arange(part.start, part.stop), many)
    place = np.arange(len(of)) + np.repeat(start[part] - (np.cumsum(many) - many), many)
    return of, cell.patterns[place]


def _parts(owner: Integers64, count: Integers64) -> list[slice]:
    """Cut states, between owners, so that at most about ``_AT_ONCE`` patterns are tried at once."""
    ends = np.cumsum(count)
    if not len(ends) or ends[-1] <= _AT_ONCE:
        return [slice(0, len(owner))]
    cuts, done = [0], 0
    for begin in np.flatnonzero(owner[1:] != owner[:-1]) + 1:
        if ends[begin - 1] - done > _AT_ONCE:
            cuts.append(int(begin))
            done = int(ends[begin - 1])
    return [slice(a, b) for a, b in zip(cuts, [*cuts[1:], len(owner)], strict=True)]


def traced(steps: list[Step], at: Integers) -> Integers16:
    """Return the patterns ``[k, BOX * BOX]`` of all cells of the states ``at`` after the last of ``steps``."""
    patterns = [step.pattern for step in steps if step.pattern is not None]
    found = np.zeros((len(patterns), len(at)), np.int16)
    number = len(patterns)
    for step in reversed(steps):
        if step.pattern is not None:
            number -= 1
            found[number] = step.pattern[at]
        at = step.parent[at]
    return found.T
