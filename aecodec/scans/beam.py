"""A beam search for the scans of many pictures at once, cell by cell, in raster order.

A *state* is a partly found scan. At each cell a state tries patterns for the cell's new pixels: every pattern that
gives the cell its value, together with the pixels set before. Where later cells cannot tell several states of a picture
apart, only the one with the shortest outline is kept. Of the others, the ``beam`` with the shortest outlines are kept.

A later cell can see only two things of a state: its *front*, the lowest pixels set in each column, and the column to
the left of the next block. Weights, sums and lengths are whole numbers, so every machine finds the same scans.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Integers, Integers16, Integers32, Integers64
from aecodec.frozen import dataclass
from aecodec.scans.blocks import AROUND, LONGEST, Blocks
from aecodec.scans.cells import Cell
from aecodec.scans.ranks import best
from aecodec.scans.reduction import BOX

_AT_ONCE = 1 << 19  # patterns tried at a time
_HALF = BOX // 2  # how many cells of the front one number holds
_LAST_ROW = (1 << LONGEST) - 1  # of a rim
_MARKS = np.frombuffer(hashlib.shake_128(b"marks").digest(32), "<i8") | 1  # odd, so that no bit is lost


@dataclass(frozen=True)
class Wanted:
    """What n pictures ask of their scans. ``size``, int64 ``[n]``, is the place of the scan's size in ``Grids.sizes``.

    ``limits``, int64 ``[BOX * BOX, 2, n]``, are the least sum that gives a cell its value, and one more than the
    largest such sum. They are in the unit of ``Cell.sums``. ``inked``, bool ``[BOX * BOX, n]``, says whether a cell has
    any ink.
    """

    size: Integers64
    limits: Integers64
    inked: NDArray[np.bool_]


@dataclass
class States:
    """Partly found scans, int64 ``[k]`` each.

    They are sorted by ``owner``, the picture that a scan is of. ``cost`` is the length of the outline so far. ``front``
    are two arrays, each for half the columns of cells, with ``LONGEST`` bits a cell: the last row of pixels that was
    set there. ``left`` is the number of the column to the left of the next block.
    """

    owner: Integers64
    cost: Integers64
    front: list[Integers64]
    left: Integers64

    @classmethod
    def blank(cls, count: int) -> States:
        """Return one state for each of ``count`` pictures, in which nothing is set."""
        zeros = np.zeros(count, np.int64)
        return cls(np.arange(count), zeros, [zeros, zeros], zeros)

    def take(self, index: Indices, cost: Integers64) -> None:
        """Keep the states at ``index``, some perhaps several times, with these costs."""
        self.owner, self.cost, self.left = self.owner[index], cost, self.left[index]
        self.front = [half[index] for half in self.front]

    def above(self, column: int) -> Integers64:
        """Return for each state the number of the row above the block in ``column`` of cells."""
        half, place = divmod(column, _HALF)
        above = self.front[half] >> place * LONGEST & AROUND - 1
        if column == _HALF - 1:
            above |= (self.front[1] & 1) << LONGEST
        return above

    def looks(self) -> Integers64:
        """Return a hash for each state: the same for those of an owner that no later cell can tell apart."""
        first, second = self.front
        looks: Integers64 = first * _MARKS[0] + second * _MARKS[1] + self.left * _MARKS[2]
        return looks


@dataclass(frozen=True)
class Step:
    """One step of the search, for each state after it, ``[k]``.

    ``parent`` is the state before it that this one came from. ``pattern`` is that of the new pixels, or None for a step
    that sets none.
    """

    parent: Integers32
    pattern: Integers16 | None


def next_row(states: States, beam: int) -> Step:
    """Go on to the next row of cells. States that differed only in the column to the left become alike by that."""
    states.left = np.zeros(len(states.left), np.int64)
    chosen = np.sort(best(states.owner, states.cost, states.looks(), beam))
    states.take(chosen, states.cost[chosen])
    return Step(chosen.astype(np.int32), None)


def advance(states: States, cell: Cell, blocks: Blocks, wanted: Wanted, beam: int) -> Step:
    """Set the new pixels of a cell in every way that gives the cell its value, and keep the best states.

    The new pixels of a cell without ink stay blank.
    """
    half, place = cell.column // _HALF, cell.column % _HALF * LONGEST  # of the cell's last row in the front
    size = wanted.size[states.owner]
    around = AROUND * size
    over, left = around + states.above(cell.column), around + states.left
    start, count = _fitting(cell, wanted, states.owner, size, cell.above[over] + cell.left[left])
    states.front[half] = states.front[half] & ~(_LAST_ROW << place)
    states.left = cell.corner[over]
    over_at, left_at = cell.over_at[over], cell.left_at[left]
    crowded = (np.bincount(states.owner, count) > beam)[states.owner]
    looks = states.looks()
    kept = []
    for of, pattern in _tried(cell, states.owner, start, count):
        cost = states.cost[of] + (blocks.over[over_at[of] + pattern] + blocks.left[left_at[of] + pattern])
        keep = ~crowded[of]
        (many,) = (~keep).nonzero()
        if len(many):
            theirs = of[many]
            look = looks[theirs] + _rim_looks(cell.column)[blocks.rim[pattern[many]]]
            keep[many[best(states.owner[theirs], cost[many], look, beam)]] = True
            of, pattern, cost = of[keep], pattern[keep], cost[keep]
        kept.append((of, pattern, cost))
    parent, pattern, cost = kept[0] if len(kept) == 1 else map(np.concatenate, zip(*kept, strict=True))
    states.take(parent, cost)
    rim = blocks.rim[pattern].astype(np.int64)
    states.front[half] |= (rim & _LAST_ROW) << place
    states.left |= rim >> LONGEST << 1
    return Step(parent.astype(np.int32), pattern.astype(np.int16))


@lru_cache(maxsize=BOX)
def _rim_looks(column: int) -> Integers64:
    """Return what each rim of a block in ``column`` adds to the hash of a state, int64 ``[256]``; see ``looks``."""
    rim = np.arange(1 << 2 * LONGEST)
    front, left = (rim & _LAST_ROW) << column % _HALF * LONGEST, rim >> LONGEST << 1
    looks: Integers64 = front * _MARKS[column // _HALF] + left * _MARKS[2]
    return looks


def _fitting(
    cell: Cell, wanted: Wanted, owner: Integers64, size: Integers64, sums: Integers64
) -> tuple[Integers64, Integers64]:
    """Return for each state where in ``cell.patterns`` those begin that give the cell its value, and how many they are.

    Only the blank pattern fits a cell without ink. ``sums`` are what the pixels set before add to the cell.
    """
    limits = wanted.limits[cell.number]
    (inked,) = wanted.inked[cell.number][owner].nonzero()
    start = cell.blank[size]
    count = (limits[1][owner] > sums).astype(np.int64)
    if len(inked):
        first, end = cell.sums.searchsorted(limits[:, owner[inked]] - sums[inked])
        start[inked], count[inked] = first, end - first
    return start, count


def _tried(cell: Cell, owner: Integers64, start: Integers64, count: Integers64) -> Iterator[tuple[Indices, Integers64]]:
    """Yield all tries, some states at a time: the state of each try, and its pattern, one of those that fit."""
    ends = np.cumsum(count)
    shift = start - ends + count
    for part in _parts(owner, ends):
        of = np.arange(part.start, part.stop).repeat(count[part])
        first = ends[part.start] - count[part.start] if len(of) else 0
        yield of, cell.patterns[np.arange(first, first + len(of)) + shift[of]]


def _parts(owner: Integers64, ends: Integers64) -> list[slice]:
    """Cut the list of states between owners, so that about ``_AT_ONCE`` patterns at most are tried at a time.

    ``ends`` counts the patterns of each state and all before it.
    """
    if not len(ends) or ends[-1] <= _AT_ONCE:
        return [slice(0, len(owner))]
    cuts, done = [0], 0
    for begin in np.flatnonzero(owner[1:] != owner[:-1]) + 1:
        if ends[begin - 1] - done > _AT_ONCE:
            cuts.append(int(begin))
            done = int(ends[begin - 1])
    return [slice(a, b) for a, b in zip(cuts, [*cuts[1:], len(owner)], strict=True)]


def traced(steps: list[Step], at: Integers) -> Integers16:
    """Return the patterns of all cells in the states ``at`` ``[k]`` after the last of ``steps``, ``[k, BOX * BOX]``."""
    patterns = [step.pattern for step in steps if step.pattern is not None]
    found = np.zeros((len(patterns), len(at)), np.int16)
    number = len(patterns)
    for step in reversed(steps):
        if step.pattern is not None:
            number -= 1
            found[number] = step.pattern[at]
        at = step.parent[at]
    return found.T
