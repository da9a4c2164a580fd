"""Finds the bilevel scans of grey pictures by a beam search (:mod:`aecodec.scans.beam`).

A scan counts as found only if it reduces to exactly its picture. Pictures go in lockstep, in batches of like sizes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Integers16, Integers64, Pictures
from aecodec.engine import HERE, Engine
from aecodec.scans.beam import States, Step, Wanted, advance, next_row, traced
from aecodec.scans.cells import SUM_BITS, Grids, drawn
from aecodec.scans.ranks import cheapest, leading
from aecodec.scans.reduction import BOX, places, reduce_scans
from aecodec.scans.scan import Scan
from aecodec.scans.sizes import (
    SEARCHED_SIZES,
    Reduction,
    bounds,
    boxes_at,
    likeliest_reductions,
    likely_reductions,
    scales,
)

_Told = TypeVar("_Told")  # what is told of one picture
_CHUNK = 2048  # pictures whose likely reductions are worked out at a time
_LOCKSTEP = 1024  # pictures searched at a time
_SECOND = 4  # the second search, for scans that the first did not find, has so many times the beam
_MOST_STATES = 1 << 15  # of all pictures that go in lockstep
_VERIFIED = 4  # states of one picture that are verified at the end


def recover(
    pictures: Pictures, beam: int, largest: int = SEARCHED_SIZES[-1], engine: Engine = HERE
) -> list[Scan | None]:
    """Return the scan of each of ``pictures``, uint8 ``[n, h, w]``, or None where no scan was found.

    A scan that is returned gives back its picture in every value. The search keeps ``beam`` states a picture; where it
    finds nothing, a second search keeps four times as many. Scans of more than ``largest`` pixels a side are not looked
    for. ``engine`` does the work.
    """
    found: list[Scan | None] = [None] * len(pictures)
    first = _told(likeliest_reductions, pictures, largest, engine)
    ways = [(at, way) for at, way in enumerate(first) if way is not None]
    for (at, _), scan in zip(ways, _searched(pictures, ways, beam, engine), strict=True):
        found[at] = scan
    left = [at for at, _ in ways if found[at] is None]  # hardly any: the likeliest way is mostly the right one
    others = _told(likely_reductions, pictures[left], largest, engine)
    ways = [(at, way) for at, each in zip(left, others, strict=True) for way in each[1:]]
    for (at, _), scan in zip(ways, _searched(pictures, ways, beam, engine), strict=True):
        found[at] = found[at] or scan
    return found


def _told(
    reductions: Callable[[Pictures, int], list[_Told]], pictures: Pictures, largest: int, engine: Engine
) -> list[_Told]:
    """Return what ``reductions`` gives for each of ``pictures``; it gets ``_CHUNK`` pictures at a time."""
    chunks = [pictures[at : at + _CHUNK] for at in range(0, len(pictures), _CHUNK)]
    return list(itertools.chain.from_iterable(engine.map(reductions, chunks, itertools.repeat(largest))))


def _searched(pictures: Pictures, ways: list[tuple[int, Reduction]], beam: int, engine: Engine) -> list[Scan | None]:
    """Return for each of ``ways`` the scan that was found, or None.

    A way is the number of a picture, and a reduction by which that picture may have been made.
    """
    found: list[Scan | None] = [None] * len(ways)
    order = sorted(range(len(ways)), key=lambda at: ways[at][1].size)
    for width in (beam, _SECOND * beam):
        left = [at for at in order if found[at] is None]
        together = max(min(_LOCKSTEP, _MOST_STATES // width), 1)
        batches = [left[start : start + together] for start in range(0, len(left), together)]
        some = [pictures[[ways[at][0] for at in batch]] for batch in batches]
        theirs = [[ways[at][1] for at in batch] for batch in batches]
        for batch, scans in zip(batches, engine.map(_search, some, theirs, itertools.repeat(width)), strict=True):
            for at, scan in zip(batch, scans, strict=True):
                found[at] = scan
    return found


def _search(pictures: Pictures, ways: list[Reduction], beam: int) -> list[Scan | None]:
    """Return the scan of each of ``pictures`` by its way, or None. Boxes must lie where a reduction would put them."""
    tile = (pictures.shape[1], pictures.shape[2])
    boxes = boxes_at(pictures, [way.top for way in ways], [way.left for way in ways])
    bits = find_scans(boxes, [way.size for way in ways], [way.scale for way in ways], beam)
    there = [at for at, each in enumerate(bits) if each is not None]
    found: list[Scan | None] = [None] * len(ways)
    for at, corner in zip(there, places(boxes[there], tile).tolist(), strict=True):
        way, each = ways[at], bits[at]
        if each is not None and corner == [way.top, way.left]:
            found[at] = Scan(each, way.top, way.left)
    return found


def find_scans(boxes: NDArray[np.uint8], sizes: Sequence[int], scale: Sequence[int], beam: int) -> list[Bits | None]:
    """Find the scan ``[size, size]`` of each of ``boxes`` ``[n, BOX, BOX]``, or None where none was found.

    All go in lockstep, so ``n`` is at most ``1 << OWNER_BITS``. ``sizes`` ``[n]`` are those of the scans, and ``scale``
    ``[n]`` are indices into :func:`aecodec.scans.sizes.scales`. ``beam`` states a box are kept.
    """
    grids = Grids(tuple(sorted(set(sizes))))
    wanted = _wanted(boxes, grids, sizes, scale)
    states = States.blank(len(boxes))
    steps: list[Step] = []
    for row in range(BOX):
        steps.append(next_row(states, beam))
        for cell in grids.row(row):
            steps.append(advance(states, cell, grids.blocks, wanted, beam))
            if not len(states.owner):
                return [None] * len(boxes)
    return _verified(states, steps, grids, boxes, sizes)


def _wanted(boxes: NDArray[np.uint8], grids: Grids, sizes: Sequence[int], scale: Sequence[int]) -> Wanted:
    """Return what ``boxes`` ask of scans of these sizes and scales."""
    values = boxes.reshape(len(boxes), -1)
    size = np.searchsorted(grids.sizes, sizes)
    every = np.array([limits(at, number) for at, number in zip(sizes, scale, strict=True)])  # [n, 2, 256]
    chosen = np.take_along_axis(every, values[:, None].astype(np.int64), axis=2)  # [n, 2, BOX * BOX]
    inked = values > 0
    chosen += (size[:, None] << SUM_BITS)[:, None] * inked[:, None]
    return Wanted(size, chosen.transpose(2, 1, 0).copy(), inked.T.copy())


@lru_cache(maxsize=256)
def limits(size: int, scale: int) -> Integers64:
    """Return for each value the least sum that gives it, and one more than the largest, ``[2, 256]``."""
    low, high = bounds(scales(size)[scale])
    return np.stack([np.ceil(low), np.floor(high) + 1]).astype(np.int64)


def _verified(
    states: States, steps: list[Step], grids: Grids, boxes: NDArray[np.uint8], sizes: Sequence[int]
) -> list[Bits | None]:
    """Return for each box the cheapest scan that reduces to exactly its values, or None; ``_VERIFIED`` are tried."""
    found: list[Bits | None] = [None] * len(boxes)
    left = cheapest(states.owner, states.cost, _VERIFIED)
    while len(left):
        owner = states.owner[left]
        first = leading(owner, 1)
        for at, bits in _drawn(traced(steps, left[first]), owner[first], grids, boxes, sizes):
            found[at] = bits
        left = left[~first & [found[at] is None for at in owner]]
    return found


def _drawn(
    patterns: Integers16, owner: Integers64, grids: Grids, boxes: NDArray[np.uint8], sizes: Sequence[int]
) -> Iterator[tuple[int, Bits]]:
    """Draw the scans of ``patterns`` ``[k, BOX * BOX]``. Yield owner and scan where it reduces to its owner's box."""
    size = np.array(sizes)[owner]
    for each in sorted(set(size.tolist())):
        some = np.flatnonzero(size == each)
        scans = drawn(patterns[some], each, grids.blocks)
        right = (reduce_scans(scans) == boxes[owner[some]]).all(axis=(1, 2))
        yield from zip(owner[some[right]].tolist(), scans[right], strict=True)
