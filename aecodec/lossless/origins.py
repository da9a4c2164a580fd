"""The bilevel origin of a grey picture: found by a beam search, believed when it gives every value again.

Cells are taken in raster order. The origin's pixels that a cell is the first to see get every pattern that makes
its value right together with those set before; of the states of a picture those with the smoothest outlines are
kept. All pictures that have one side and scale go in lockstep. Weights and costs are integers, so that every
machine finds the same origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aecodec.lossless.reduction import BOX, place, reduce_origins
from aecodec.lossless.sides import bounds, likely_reductions, scales, strong_taps

Bits = NDArray[np.uint8]
Integers = NDArray[np.int64]

_LOCKSTEP = 128  # pictures at a time
_SECOND = 4  # so many times wider is the beam for those that were not found at first
_MOST_PATTERNS = 4096  # of one cell's new pixels; the smoothest


@dataclass(frozen=True)
class _Patterns:
    """What a cell's new pixels can be: ``bits`` ``[n, h, w]``, ascending by ``sums`` ``[n]``, what they add."""

    bits: Bits
    sums: NDArray[np.float64]


@dataclass(frozen=True)
class _Cell:
    """What of an origin lies under a cell.

    ``seen`` and ``around``: where in states' ``ink``, without and with a border; ``weights`` of what is seen; ``new``:
    weights of the rows and columns that no cell before has seen, which begin at ``(top, left)``.
    """

    seen: tuple[slice, slice]
    around: tuple[slice, slice]
    weights: NDArray[np.float64]
    new: tuple[tuple[float, ...], tuple[float, ...]]
    top: int
    left: int


@dataclass
class _States:
    """Partly found origins, sorted by ``owner``, the picture each is of.

    ``ink`` is ``[k, side + 1, side + 2]``: a row above and a column on either side are blank.
    """

    owner: Integers
    cost: Integers
    ink: Bits

    def take(self, index: Integers) -> None:
        """Keep, or repeat, the states at ``index``."""
        self.owner, self.cost, self.ink = self.owner[index], self.cost[index], self.ink[index]

    def prune(self, beam: int) -> None:
        """Keep the ``beam`` cheapest of each owner, cheapest first; always, so that none depends on the others."""
        order = np.lexsort((self.cost, self.owner))
        owner = self.owner[order]
        rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
        self.take(order[rank < beam])


@dataclass(frozen=True)
class Origin:
    """What a picture was made from: ``bits`` ``[side, side]`` of 0 and 1, and where its reduced box lies."""

    bits: Bits
    top: int
    left: int


def recover(pictures: NDArray[np.uint8], beam: int) -> list[Origin | None]:
    """The origin of each of ``pictures`` ``[n, h, w]``; None for one that shows none, or whose origin was not found.

    An origin that is returned gives back its picture in every value. ``beam`` as in :func:`find_origins`.
    """
    likely = [likely_reductions(picture) for picture in pictures]
    found: list[Origin | None] = [None] * len(pictures)
    for width in (beam, _SECOND * beam):
        for rank in range(max(map(len, likely), default=0)):
            groups: dict[tuple[int, int], list[int]] = {}
            for at, ways in enumerate(likely):
                if found[at] is None and rank < len(ways):
                    groups.setdefault((ways[rank].side, ways[rank].scale), []).append(at)
            for (side, scale), members in groups.items():
                for start in range(0, len(members), _LOCKSTEP):
                    batch = members[start : start + _LOCKSTEP]
                    corners = [(likely[at][rank].top, likely[at][rank].left) for at in batch]
                    for at, origin in zip(batch, _search(pictures[batch], corners, side, scale, width), strict=True):
                        found[at] = origin
    return found


def _search(
    pictures: NDArray[np.uint8], corners: list[tuple[int, int]], side: int, scale: int, beam: int
) -> list[Origin | None]:
    """Origins of one kind, of boxes that begin at ``corners`` and would be put there again."""
    tile = (pictures.shape[1], pictures.shape[2])
    boxes = np.stack([each[y : y + BOX, x : x + BOX] for each, (y, x) in zip(pictures, corners, strict=True)])
    found = find_origins(boxes, side, scale, beam)
    return [
        Origin(bits, *corner) if bits is not None and place(box, tile) == corner else None
        for box, corner, bits in zip(boxes, corners, found, strict=True)
    ]


def find_origins(boxes: NDArray[np.uint8], side: int, scale: int, beam: int) -> list[Bits | None]:
    """For each of ``boxes`` ``[n, BOX, BOX]`` the origin ``[side, side]`` of 0 and 1, or None where none was found.

    ``scale`` is an index into :func:`aecodec.lossless.sides.scales`; ``beam`` states a picture are kept.
    """
    count = len(boxes)
    states = _States(np.arange(count), np.zeros(count, np.int64), np.zeros((count, side + 1, side + 2), np.uint8))
    low, high = bounds(scales(side)[scale])
    for number, cell in enumerate(_cells(side)):
        value = boxes.reshape(count, -1)[states.owner, number]
        if not value.any() and not states.ink[:, cell.around[0], cell.around[1]].any():
            continue
        before = states.ink[:, cell.seen[0], cell.seen[1]].reshape(len(value), -1) @ cell.weights
        patterns = _patterns(*cell.new)
        chosen = _expand(states, patterns, low[value] - before, high[value] - before, value > 0)
        if not len(chosen):
            return [None] * count
        _draw(states, patterns.bits[chosen], cell.top, cell.left)
        states.prune(beam)
    return _verified(states, boxes)


@lru_cache(maxsize=64)
def _cells(side: int) -> list[_Cell]:
    """The cells in raster order."""
    cells, rows = [], strong_taps(side)
    top = 0
    for row_sources, row_weights in rows:
        left = 0
        for column_sources, column_weights in rows:
            cells.append(
                _Cell(
                    seen=_spans(row_sources[0], column_sources[0], row_sources[-1], column_sources[-1]),
                    around=_spans(row_sources[0] - 1, column_sources[0] - 1, row_sources[-1], column_sources[-1] + 1),
                    weights=np.outer(row_weights, column_weights).ravel(),
                    new=(
                        tuple(w for source, w in zip(row_sources, row_weights, strict=True) if source >= top),
                        tuple(w for source, w in zip(column_sources, column_weights, strict=True) if source >= left),
                    ),
                    top=max(top, row_sources[0]),
                    left=max(left, column_sources[0]),
                )
            )
            left = column_sources[-1] + 1
        top = row_sources[-1] + 1
    return cells


def _spans(top: int, left: int, bottom: int, right: int) -> tuple[slice, slice]:
    """Rows and columns of an origin, both ends included, in states' ``ink``."""
    return slice(top + 1, bottom + 2), slice(left + 1, right + 2)


def _expand(
    states: _States, patterns: _Patterns, low: NDArray[np.float64], high: NDArray[np.float64], inked: NDArray[np.bool_]
) -> Integers:
    """Repeat each state for every pattern that fits it, none for some; returns the patterns' indices.

    A blank cell has the blank pattern only, and that if nothing is on it yet.
    """
    start = np.where(inked, np.searchsorted(patterns.sums, low, "left"), 0)
    stop = np.where(inked, np.searchsorted(patterns.sums, high, "right"), high >= 0)
    count = np.maximum(stop - start, 0)
    ends = np.cumsum(count)
    index = np.repeat(np.arange(len(count)), count)
    chosen: Integers = start[index] + np.arange(len(index)) - (ends - count)[index]
    if not (count == 1).all():
        states.take(index)
    return chosen


def _draw(states: _States, bits: Bits, top: int, left: int) -> None:
    """Set the new pixels, whose corner is ``(top, left)``, and add the length of their outline."""
    height, width = bits.shape[1:]
    if not height or not width:
        return
    states.ink[:, top + 1 : top + 1 + height, left + 1 : left + 1 + width] = bits
    around = states.ink[:, top : top + 1 + height, left : left + 2 + width]
    if not around.any():
        return
    straight = (bits ^ around[:, 1:, :-2]).sum(axis=(1, 2)) + (bits ^ around[:, :-1, 1:-1]).sum(axis=(1, 2))
    diagonal = (bits ^ around[:, :-1, :-2]).sum(axis=(1, 2)) + (bits ^ around[:, :-1, 2:]).sum(axis=(1, 2))
    states.cost = states.cost + 2 * straight.astype(np.int64) + diagonal.astype(np.int64)


@lru_cache(maxsize=2048)
def _patterns(row_weights: tuple[float, ...], column_weights: tuple[float, ...]) -> _Patterns:
    bits = _smoothest(len(row_weights), len(column_weights))
    sums = bits.reshape(len(bits), -1) @ np.outer(row_weights, column_weights).ravel()
    order = np.argsort(sums, kind="stable")
    return _Patterns(bits[order], sums[order])


@lru_cache(maxsize=32)
def _smoothest(height: int, width: int) -> Bits:
    """All blocks of 0 and 1 ``[n, height, width]``; where they are too many, those with the shortest outline."""
    numbers = np.arange(1 << height * width)
    bits = (numbers[:, None] >> np.arange(height * width) & 1).astype(np.uint8).reshape(-1, height, width)
    outline = (bits[:, 1:] ^ bits[:, :-1]).sum(axis=(1, 2)) + (bits[:, :, 1:] ^ bits[:, :, :-1]).sum(axis=(1, 2))
    return bits[np.sort(np.argsort(outline, kind="stable")[:_MOST_PATTERNS])]


def _verified(states: _States, boxes: NDArray[np.uint8]) -> list[Bits | None]:
    """The cheapest state of each picture that reduces to its very values."""
    origins = np.ascontiguousarray(states.ink[:, 1:, 1:-1])
    right = (reduce_origins(origins) == boxes[states.owner]).all(axis=(1, 2))
    found: list[Bits | None] = [None] * len(boxes)
    for at in np.flatnonzero(right)[::-1]:
        found[states.owner[at]] = origins[at]
    return found
