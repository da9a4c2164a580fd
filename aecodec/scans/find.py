"""The bilevel scan of a grey picture: found by a beam search, believed when it gives every value again.

Cells are taken in raster order. The scan's pixels that a cell is the first to see get every pattern that makes
its value right together with those set before. Of a picture's states that no later cell can tell apart the one
with the shortest outline is kept, and of the rest the ``beam`` that have the shortest. All pictures with scans of one
size go in lockstep. Weights, sums and lengths are whole numbers, so that every machine finds the same scan.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Floats64, Integers, Integers16, Integers32, Integers64, Pictures
from aecodec.engine import HERE, Engine
from aecodec.frozen import dataclass
from aecodec.scans.cells import Cell, Grid
from aecodec.scans.reduction import BOX, place, reduce_scans
from aecodec.scans.scan import Scan
from aecodec.scans.sizes import SEARCHED_SIZES, Reduction, bounds, likely_reductions, scales

_CHUNK = 2048  # pictures whose scan sizes are told at a time
_LOCKSTEP = 512  # pictures searched at a time
_SECOND = 4  # so many times wider is the beam for those that were not found at first
_AT_ONCE = 1 << 19  # patterns tried
_MOST_STATES = 1 << 15  # of all pictures that go in lockstep
_VERIFIED = 4  # of one picture, at the end
_SPARE = 4  # so many times the beam is looked through for states that are alike
_INDEX_BITS, _COST_BITS = 25, 20  # of a key to sort by; the owner's are above


@dataclass(frozen=True)
class _Values:
    """What a group of pictures needs: ``boxes`` uint8 ``[n, BOX * BOX]``, ``low`` and ``high`` ``[n, 256]`` of sums."""

    boxes: NDArray[np.uint8]
    low: Floats64
    high: Floats64


@dataclass
class _States:
    """Partly found scans, sorted by ``owner``, the picture each is of.

    ``band`` uint8 ``[k, 1 + h, size + 2]``: the row above those of the cells in work, and these. ``seen`` is the sum of
    the marks of all pixels that a later cell will look at: where these are the same, so are the states.
    """

    owner: Integers64
    cost: Integers64
    seen: Floats64
    band: Bits

    def take(self, index: Integers) -> None:
        """Keep, or repeat, the states at ``index``."""
        self.owner, self.cost = self.owner[index], self.cost[index]
        self.seen, self.band = self.seen[index], self.band[index]


@dataclass(frozen=True)
class _Step:
    """Of each state after a step: the one before that it came from, and the pattern of its new pixels, if any are."""

    parent: Integers32
    pattern: Integers16 | None


def recover(
    pictures: Pictures, beam: int, largest: int = SEARCHED_SIZES[-1], engine: Engine = HERE
) -> list[Scan | None]:
    """Return the scan of each of ``pictures`` ``[n, h, w]``; None for one that shows none, or whose scan was not found.

    A scan that is returned gives back its picture in every value. ``beam`` as in :func:`find_scans`;
    scans of a size above ``largest`` are not looked for. ``engine`` does the work.
    """
    chunks = [pictures[at : at + _CHUNK] for at in range(0, len(pictures), _CHUNK)]
    likely = list(itertools.chain.from_iterable(engine.map(likely_reductions, chunks, itertools.repeat(largest))))
    found: list[Scan | None] = [None] * len(pictures)
    for rank in range(max(map(len, likely), default=0)):
        left = [at for at, ways in enumerate(likely) if found[at] is None and rank < len(ways)]
        batches = _groups({at: likely[at][rank].size for at in left})
        ways = [[likely[at][rank] for at in batch] for batch in batches]
        some = [pictures[batch] for batch in batches]
        for batch, scans in zip(batches, engine.map(_search, some, ways, itertools.repeat(beam)), strict=True):
            for at, scan in zip(batch, scans, strict=True):
                found[at] = scan
    return found


def _groups(sizes: dict[int, int]) -> list[list[int]]:
    """Return the keys of one size, ``_LOCKSTEP`` at a time, the largest groups first."""
    members: dict[int, list[int]] = {}
    for at, size in sizes.items():
        members.setdefault(size, []).append(at)
    parts = [each[at : at + _LOCKSTEP] for each in members.values() for at in range(0, len(each), _LOCKSTEP)]
    return sorted(parts, key=len, reverse=True)


def _search(pictures: Pictures, ways: list[Reduction], beam: int) -> list[Scan | None]:
    """Find the scans of one size, of boxes that would be put where they are."""
    tile = (pictures.shape[1], pictures.shape[2])
    boxes = [each[way.top : way.top + BOX, way.left : way.left + BOX] for each, way in zip(pictures, ways, strict=True)]
    found = find_scans(np.stack(boxes), ways[0].size, np.array([way.scale for way in ways]), beam)
    return [
        Scan(bits, way.top, way.left) if bits is not None and place(box, tile) == (way.top, way.left) else None
        for box, way, bits in zip(boxes, ways, found, strict=True)
    ]


def find_scans(boxes: NDArray[np.uint8], size: int, scale: Integers64, beam: int) -> list[Bits | None]:
    """Find for each of ``boxes`` ``[n, BOX, BOX]`` the scan ``[size, size]`` of 0 and 1, or None where none was found.

    ``scale`` ``[n]`` are indices into :func:`aecodec.scans.sizes.scales`; ``beam`` states a picture are kept.
    """
    low, high = (np.stack(each)[scale] for each in zip(*map(bounds, scales(size)), strict=True))
    grid = Grid.of(size)
    found: list[Bits | None] = [None] * len(boxes)
    left = np.arange(len(boxes))
    for width in (beam, _SECOND * beam):
        together = max(_MOST_STATES // width, 1)
        for some in (left[start : start + together] for start in range(0, len(left), together)):
            values = _Values(boxes[some].reshape(len(some), -1), low[some], high[some])
            for at, bits in zip(some, _find(values, grid, width), strict=True):
                found[at] = bits
        left = left[[found[at] is None for at in left]]
    return found


def _find(values: _Values, grid: Grid, beam: int) -> list[Bits | None]:
    count, size = len(values.boxes), len(grid.marks) - 1
    states = _States(
        np.arange(count, dtype=np.int64),
        np.zeros(count, np.int64),
        np.zeros(count),
        np.zeros((count, 1, size + 2), np.uint8),
    )
    steps: list[_Step] = []
    for row in range(BOX):
        steps.append(_next_row(states, grid, row, beam))
        for column in range(BOX):
            steps.append(_advance(states, grid.cells[row][column], values, row * BOX + column, beam))
            if not len(states.owner):
                return [None] * count
    steps.append(_Step(_cheapest(states, _VERIFIED).astype(np.int32), None))
    states.take(steps[-1].parent)
    return _verified(_trace(steps, grid), states, values.boxes)


def _next_row(states: _States, grid: Grid, row: int, beam: int) -> _Step:
    """Move the bands down, after which states can be alike that differed in rows that are done."""
    above, down = states.band[:, -1:], grid.spans[row]
    states.band = np.pad(above, ((0, 0), (0, down.length), (0, 0)))
    states.seen = above[:, 0] @ grid.marks[down.new]
    chosen = _best(states.owner, states.cost, states.seen, beam, merge_all=True)
    states.take(chosen)
    return _Step(chosen.astype(np.int32), None)


def _advance(states: _States, this: Cell, values: _Values, number: int, beam: int) -> _Step:
    """Set the new pixels of a cell in every way that gives its value, and keep the best.

    A cell that is blank, as all around it, stays so.
    """
    value = values.boxes[states.owner, number]
    view = states.band[:, :, this.columns].reshape(len(value), -1)
    inked = (value > 0) | view.any(axis=1)
    busy, idle = np.flatnonzero(inked), np.flatnonzero(~inked)
    owner, value = states.owner[busy], value[busy]
    sums, leaving, above, beside = (view[busy].astype(np.float64) @ this.view).T
    above, beside = above.astype(np.int64), beside.astype(np.int64)
    start, count = _fitting(this, value, values.low[owner, value] - sums, values.high[owner, value] - sums)
    before, staying = states.cost[busy], states.seen[busy] - leaving
    marks = this.block.flat @ this.marks
    kept = [(idle, np.zeros(len(idle), np.int64), states.cost[idle], states.seen[idle])]
    for part in _parts(owner, count):
        of, pattern = _tried(this, part, start, count)
        cost = before[of] + this.block.inside[pattern]
        cost += this.block.over[above[of], pattern] + this.block.beside[beside[of], pattern]
        seen = staying[of] + marks[pattern]
        best = _best(owner[of], cost, seen, beam)
        kept.append((busy[of[best]], pattern[best], cost[best], seen[best]))
    parent, pattern, cost, seen = map(np.concatenate, zip(*kept, strict=True))
    order = np.argsort(parent, kind="stable")
    parent, pattern = parent[order], pattern[order]
    states.take(parent)
    states.cost, states.seen = cost[order], seen[order]
    states.band[:, 1:, this.new] = this.block.bits[pattern]
    return _Step(parent.astype(np.int32), pattern.astype(np.int16))


def _fitting(this: Cell, value: NDArray[np.uint8], low: Floats64, high: Floats64) -> tuple[Integers64, Integers64]:
    """Return for each state the first pattern whose sum lies between ``low`` and ``high``, and how many do.

    Of a cell that is blank only the blank one.
    """
    start = np.where(value > 0, np.searchsorted(this.patterns.sums, low, "left"), 0)
    stop = np.where(value > 0, np.searchsorted(this.patterns.sums, high, "right"), high >= 0)
    return start, np.maximum(stop - start, 0)


def _tried(this: Cell, part: slice, start: Integers64, count: Integers64) -> tuple[Integers64, Integers64]:
    """Return each of the fitting patterns of each state in ``part``: the state, and the pattern."""
    many = count[part]
    of = np.repeat(np.arange(part.start, part.stop), many)
    place = np.arange(len(of)) + np.repeat(start[part] - (np.cumsum(many) - many), many)
    return of, this.patterns.order[place]


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


def _cheapest(states: _States, count: int) -> Integers64:
    """Return the ``count`` cheapest of each owner, ascending."""
    order = np.lexsort((states.cost, states.owner))
    return np.sort(order[_rank(states.owner[order]) < count])


def _best(owner: Integers64, cost: Integers64, seen: Floats64, beam: int, merge_all: bool = False) -> Integers64:
    """Return which to keep, ascending: of those of one owner with the same
    ``seen`` the cheapest, and of these ``beam``.

    Nothing is done for owners that have no more than ``beam``, unless ``merge_all``.
    """
    crowded = np.full(len(owner), merge_all) | (np.bincount(owner)[owner] > beam if len(owner) else False)
    some = np.flatnonzero(crowded)
    if not len(some):
        return np.arange(len(owner))
    key = owner[some] << _INDEX_BITS + _COST_BITS | cost[some] << _INDEX_BITS | np.arange(len(some))
    key.sort()
    at = some[key & (1 << _INDEX_BITS) - 1]
    at = at[_rank(owner[at]) < _SPARE * beam]
    order = np.lexsort((seen[at], owner[at]))
    alike = (np.diff(seen[at][order]) == 0) & (np.diff(owner[at][order]) == 0)
    first = np.ones(len(at), np.bool_)
    first[order[1:]] = ~alike
    at = at[first]
    keep = ~crowded
    keep[at[_rank(owner[at]) < beam]] = True
    return np.flatnonzero(keep)


def _rank(owner: Integers64) -> Integers64:
    """Return the place of each among those of its owner; owners ascend."""
    return np.arange(len(owner)) - np.searchsorted(owner, owner)


def _trace(steps: list[_Step], grid: Grid) -> Bits:
    """Return the whole scans ``[k, size, size]`` of the states after the last of ``steps``."""
    at: Integers = np.arange(len(steps[-1].parent))
    size = grid.spans[-1].end
    ink = np.zeros((len(at), size, size), np.uint8)
    for number, step in reversed(list(enumerate(steps))):
        if step.pattern is not None:
            row, column = divmod(number, BOX + 1)
            down, across = grid.spans[row], grid.spans[column - 1]
            kinds = grid.cells[row][column - 1].block.bits
            ink[:, down.new : down.end, across.new : across.end] = kinds[step.pattern[at]]
        at = step.parent[at]
    return ink


def _verified(scans: Bits, states: _States, boxes: NDArray[np.uint8]) -> list[Bits | None]:
    """Return the cheapest state of each picture that reduces to its very values."""
    right = np.flatnonzero((reduce_scans(scans).reshape(len(scans), -1) == boxes[states.owner]).all(axis=1))
    found: list[Bits | None] = [None] * len(boxes)
    for at in right[np.argsort(states.cost[right], kind="stable")][::-1]:
        found[states.owner[at]] = scans[at]
    return found
