"""The bilevel scan of a grey picture: found by a beam search, believed when it gives every value again.

All pictures go in lockstep, in batches of like sizes. The search is in :mod:`aecodec.scans.beam`.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Integers64, Pictures
from aecodec.engine import HERE, Engine
from aecodec.scans.beam import States, Step, Wanted, advance, next_row, traced
from aecodec.scans.blocks import AROUND
from aecodec.scans.cells import Grids, drawn
from aecodec.scans.ranks import cheapest, rank
from aecodec.scans.reduction import BOX, place, reduce_scans
from aecodec.scans.scan import Scan
from aecodec.scans.sizes import SEARCHED_SIZES, Reduction, bounds, likely_reductions, scales

_CHUNK = 2048  # pictures whose scan sizes are told at a time
_LOCKSTEP = 512  # pictures searched at a time
_SECOND = 4  # so many times wider is the beam for those that were not found at first
_MOST_STATES = 1 << 15  # of all pictures that go in lockstep
_VERIFIED = 4  # of one picture, at the end


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
    for ranks in (slice(0, 1), slice(1, None)):  # hardly any picture needs more than the first
        left = [(at, way) for at, ways in enumerate(likely) if found[at] is None for way in ways[ranks]]
        batches = _batches(left)
        some = [pictures[[at for at, _ in batch]] for batch in batches]
        ways = [[way for _, way in batch] for batch in batches]
        scans = engine.map(_search, some, ways, itertools.repeat(beam))
        every = dict(zip(itertools.chain(*batches), itertools.chain.from_iterable(scans), strict=True))
        for at, way in left:  # the likeliest first
            found[at] = found[at] or every[at, way]
    return found


def _batches(left: list[tuple[int, Reduction]]) -> list[list[tuple[int, Reduction]]]:
    """Return pictures and ways sorted by the size of the scan, ``_LOCKSTEP`` at a time."""
    ordered = sorted(left, key=lambda each: each[1].size)
    return [ordered[at : at + _LOCKSTEP] for at in range(0, len(ordered), _LOCKSTEP)]


def _search(pictures: Pictures, ways: list[Reduction], beam: int) -> list[Scan | None]:
    """Find the scans of boxes that would be put where they are."""
    tile = (pictures.shape[1], pictures.shape[2])
    boxes = [each[way.top : way.top + BOX, way.left : way.left + BOX] for each, way in zip(pictures, ways, strict=True)]
    found = find_scans(np.stack(boxes), [way.size for way in ways], [way.scale for way in ways], beam)
    return [
        Scan(bits, way.top, way.left) if bits is not None and place(box, tile) == (way.top, way.left) else None
        for box, way, bits in zip(boxes, ways, found, strict=True)
    ]


def find_scans(boxes: NDArray[np.uint8], sizes: list[int], scale: list[int], beam: int) -> list[Bits | None]:
    """Find for each of ``boxes`` ``[n, BOX, BOX]`` the scan of 0 and 1, or None where none was found.

    Scans have ``sizes`` ``[n]``, and are ``[size, size]``. ``scale`` ``[n]`` are indices into
    :func:`aecodec.scans.sizes.scales`; ``beam`` states a picture are kept.
    """
    found: list[Bits | None] = [None] * len(boxes)
    left = list(range(len(boxes)))
    for width in (beam, _SECOND * beam):
        together = max(_MOST_STATES // width, 1)
        for some in (left[start : start + together] for start in range(0, len(left), together)):
            scans = _find(boxes[some], [sizes[at] for at in some], [scale[at] for at in some], width)
            for at, bits in zip(some, scans, strict=True):
                found[at] = bits
        left = [at for at in left if found[at] is None]
    return found


def _find(boxes: NDArray[np.uint8], sizes: list[int], scale: list[int], beam: int) -> list[Bits | None]:
    """Search once, all ``boxes`` in lockstep."""
    every = tuple(sorted(set(sizes)))
    grids = Grids(every)
    wanted = _wanted(boxes, every, sizes, scale)
    states = States.blank(len(boxes))
    steps: list[Step] = []
    for row in range(BOX):
        steps.append(next_row(states, beam))
        for column in range(BOX):
            steps.append(advance(states, grids.cell(row, column), grids.blocks, wanted, beam))
            if not len(states.owner):
                return [None] * len(boxes)
    return _verified(states, steps, grids, boxes, sizes)


def _wanted(boxes: NDArray[np.uint8], every: tuple[int, ...], sizes: list[int], scale: list[int]) -> Wanted:
    """Return what ``boxes`` ask of scans of ``sizes``, which are among ``every``."""
    values = boxes.reshape(len(boxes), -1)
    limits = np.array([bounds(scales(size)[at]) for size, at in zip(sizes, scale, strict=True)])  # [n, 2, 256]
    low, high = np.take_along_axis(limits, values[:, None].astype(np.int64), axis=2).transpose(1, 2, 0).copy()
    return Wanted(AROUND * np.searchsorted(every, sizes), low, high, (values > 0).T.copy())


def _verified(
    states: States, steps: list[Step], grids: Grids, boxes: NDArray[np.uint8], sizes: list[int]
) -> list[Bits | None]:
    """Return the cheapest state of each picture that reduces to its very values, of ``_VERIFIED`` that are tried."""
    found: list[Bits | None] = [None] * len(boxes)
    best = cheapest(states.owner, states.cost, _VERIFIED)
    ranks = rank(states.owner[best])
    for at in (best[ranks == number] for number in range(_VERIFIED)):
        at = at[[found[owner] is None for owner in states.owner[at]]]
        patterns = traced(steps, at)
        owners = states.owner[at]
        size = np.array(sizes)[owners]
        for each in np.unique(size):
            some = np.flatnonzero(size == each)
            scans = drawn(patterns[some], int(each), grids.blocks)
            right = (reduce_scans(scans) == boxes[owners[some]]).all(axis=(1, 2))
            for owner, bits in zip(owners[some[right]], scans[right], strict=True):
                found[owner] = bits
    return found
