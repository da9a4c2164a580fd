"""The candidates for a pixel: pixels that came in similar surroundings before, and neighbours. Each has votes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Integers32, Pixels
from aecodec.drawings.canvas import ALPHA, GREEN
from aecodec.drawings.recall import LEVELS, Recall, Recalled, hashes
from aecodec.frozen import dataclass

# The neighbours of a pixel, as rows down and pixels right. Contexts are made of the first few.
AROUND = (
    *((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-2, 1), (-2, -1), (-1, -2), (0, -3), (-2, 2), (-3, 0)),
    *((0, -4), (-2, -2), (-1, -3), (-3, 1), (-3, -1), (0, -5), (-4, 0), (-2, -3), (-1, -4), (-3, 2), (-3, -2), (0, -6)),
)
_EXACT = (1, 2, 4, 6, 12, 24)  # contexts that know so many neighbours
_PATTERNS = (6, 12, 24)  # contexts that know of so many neighbours which of the first two they are equal to, if any
CONTEXTS = len(_EXACT) + len(_PATTERNS)
NEAR = 6  # neighbours that are candidates themselves
SOURCES = 2 * CONTEXTS + NEAR
BITS = 18  # of the number of a context's entry
RANKS = 6  # candidates from which one is chosen
NONE = -(1 << 20)  # the votes of a pixel that is no candidate
_HINTS = 3  # contexts of hints, which know some of the pixel's own channels
HINT_SOURCES = 2 * _HINTS
HINT_BITS = 16
HINTED = np.uint32(255 << GREEN | 255 << ALPHA)

# Votes in 1/256 bit, by source, and by how often it has been right. They were fitted on drawings, without a network.
# The first outcome of each context comes first, then the second outcomes. A neighbour always has the same votes.
_LEARNED = np.array(
    [
        [312, 492, 444, 472, 500, 508, 472, 368],
        [484, 508, 444, 436, 368, 324, 284, 256],
        [328, 424, 280, 372, 384, 344, 340, 352],
        [344, 272, 436, 432, 348, 264, 276, 336],
        [352, 552, 552, 504, 352, 244, 200, 332],
        [468, 612, 600, 544, 352, 204, 304, 356],
        [296, 408, 372, 356, 360, 400, 488, 528],
        [212, 296, 296, 280, 320, 372, 428, 484],
        [164, 252, 324, 396, 436, 520, 488, 484],
        [340, 432, 364, 340, 220, 192, 92, 40],
        [472, 548, 532, 492, 480, 420, 396, 296],
        [332, 508, 424, 428, 456, 332, 240, 112],
        [332, 312, 504, 512, 376, 276, 232, 116],
        [316, 512, 508, 416, 340, 156, 280, 144],
        [376, 568, 544, 532, 376, 420, 108, 168],
        [296, 264, 192, 96, -4, -60, -20, -64],
        [196, 176, 92, 68, 44, -40, -104, 108],
        [128, 24, -48, -120, -216, -172, -232, -128],
    ],
    np.int32,
)
_OF_NEAR = np.array([204, 216, -36, 224, -80, -24], np.int32)
VOTES = np.concatenate([_LEARNED, np.tile(_OF_NEAR[:, None], (1, LEVELS))])
HINT_VOTES = np.array(
    [
        [220, 392, 348, 428, 368, 224, 80, -80],
        [676, 512, 516, 492, 572, 552, 352, 260],
        [-412, -36, 128, 220, 340, 536, 672, 784],
        [248, 392, 328, 388, 272, 320, 220, 448],
        [508, 560, 532, 500, 540, 600, 620, 496],
        [-376, -96, 64, 152, 204, 316, 348, 260],
    ],
    np.int32,
)
HINT_MISS = np.array([0, -252, 364, 520, 996, 1712, 1252], np.int32)  # votes for no hint, by the number of hints


@dataclass(frozen=True)
class Ballot:
    """Proposed ``pixels`` ``[sources, lanes]``, which of them are ``valid``, and the ``level`` of each."""

    pixels: Pixels
    valid: NDArray[np.bool_]
    level: NDArray[np.uint8]

    def at(self, lanes: Indices) -> Ballot:
        """Return the same of some lanes."""
        return Ballot(self.pixels[:, lanes], self.valid[:, lanes], self.level[:, lanes])

    def without(self, pixels: Pixels, barred: NDArray[np.bool_]) -> Ballot:
        """Return the same without proposals of ``pixels`` ``[lanes]``, where these are ``barred``."""
        return replace(self, valid=self.valid & ~(barred & (self.pixels == pixels)))

    def count(self, votes: Integers32) -> tuple[Integers32, Indices]:
        """Return the summed votes for the pixel of each source, ``[sources, lanes]``, and the first source that has the
        same pixel. The votes are NONE where an earlier source has the pixel, and where a source has none.
        """
        each = np.where(self.valid, votes[np.arange(len(votes))[:, None], self.level], 0)
        same = self.pixels[:, None] == self.pixels[None]
        same &= self.valid[None]
        first = same.argmax(1)
        summed: Integers32 = np.einsum("ijl,jl->il", same.view(np.int8), each)
        alone = self.valid & (first == np.arange(len(votes))[:, None])
        return np.where(alone, summed, NONE), first


@dataclass(frozen=True)
class Ranking:
    """The RANKS best candidates.

    ``pixels`` and ``votes`` are ``[ranks, lanes]``. Where there are fewer, votes are NONE and the pixel is the one on
    the left. ``rank_of`` ``[sources, lanes]`` is the rank of each source's pixel, RANKS or more where it has none.
    """

    pixels: Pixels
    votes: Integers32
    rank_of: Indices


def rank(ballot: Ballot) -> Ranking:
    """Return the best candidates of ``ballot``. Of equally good ones the first source's is better."""
    votes, first = ballot.count(VOTES)
    order = np.argsort(-votes, axis=0, kind="stable")
    lanes = np.arange(order.shape[1])
    best = order[:RANKS]
    ranks = np.empty_like(order)
    ranks[order, lanes] = np.arange(SOURCES)[:, None]
    rank_of = np.where(ballot.valid, ranks[first, lanes], SOURCES)
    found = votes[best, lanes]
    return Ranking(np.where(found > NONE, ballot.pixels[best, lanes], ballot.pixels[2 * CONTEXTS]), found, rank_of)


class Contexts:
    """Which pixel came last where the neighbours were the same."""

    def __init__(self) -> None:
        self._recall = Recall(CONTEXTS, BITS)

    def look(self, around: Pixels, plain: NDArray[np.bool_]) -> tuple[Recalled, Ballot]:
        """Return what is proposed where ``around`` ``[AROUND,
        lanes]`` is there; where all of it is the same, in ``plain`` lanes, it is known that another pixel comes.
        """
        kinds = np.where(around == around[0], 1, np.where(around == around[1], 2, 3)).astype(np.uint32)
        exact, patterns = hashes(around), hashes(kinds)
        wanted = [exact[size - 1] for size in _EXACT] + [patterns[size - 1] for size in _PATTERNS]
        recalled = self._recall.look(np.stack(wanted))
        lanes = np.arange(around.shape[1])
        proposed = []
        for outcome in (recalled.first, recalled.second):
            found = outcome.copy()
            places = np.minimum(outcome[len(_EXACT) :], len(AROUND) - 1)
            found[len(_EXACT) :] = around[places.astype(np.intp), lanes]
            proposed.append(found)
        known = recalled.seen > 0
        more = known & (recalled.first != recalled.second)
        known[len(_EXACT) :] &= recalled.first[len(_EXACT) :] < len(AROUND)
        more[len(_EXACT) :] &= recalled.second[len(_EXACT) :] < len(AROUND)
        near = np.ones((NEAR, around.shape[1]), bool)
        pixels, level = np.concatenate([*proposed, around[:NEAR]]), recalled.level
        valid = np.concatenate([known, more, near])
        valid &= ~plain | (pixels != around[0])
        return recalled, Ballot(pixels, valid, np.concatenate([level, level, np.zeros_like(level[:NEAR])]))

    def note(self, recalled: Recalled, around: Pixels, pixels: Pixels) -> None:
        """Note which pixels came. A pattern notes the place of the first equal neighbour, AROUND if there is none."""
        same = around == pixels
        place = np.where(same.any(0), same.argmax(0), len(AROUND)).astype(np.uint32)
        outcome = np.broadcast_to(pixels, recalled.first.shape).copy()
        outcome[len(_EXACT) :] = place
        self._recall.note(recalled, outcome)


class Hints:
    """Which pixel came last with the same alpha and green."""

    def __init__(self) -> None:
        self._recall = Recall(_HINTS, HINT_BITS)

    def look(self, part: Pixels, around: Pixels) -> tuple[Recalled, Ballot]:
        """Return pixels with the alpha and green of ``part`` ``[lanes]``, given the neighbours ``around``."""
        left, above = (hashes(np.stack([part, beside]))[1] for beside in around[:2])
        recalled = self._recall.look(np.stack([left, above, hashes(part[None])[0]]))
        known = (recalled.seen > 0) & (recalled.first & HINTED == part)
        more = (recalled.second & HINTED == part) & (recalled.seen > 0) & (recalled.first != recalled.second)
        pixels = np.concatenate([recalled.first, recalled.second])
        return recalled, Ballot(pixels, np.concatenate([known, more]), np.tile(recalled.level, (2, 1)))

    def note(self, recalled: Recalled, pixels: Pixels) -> None:
        """Note what came."""
        self._recall.note(recalled, pixels)


def hint(ballot: Ballot) -> tuple[Pixels, Integers32]:
    """Return the candidates of hints and the votes for each and, last, for none of them,
    ``[HINT_SOURCES + 1, lanes]``.
    """
    votes, _ = ballot.count(HINT_VOTES)
    missing = HINT_MISS.take((votes > NONE).sum(0))
    return ballot.pixels, np.concatenate([votes, missing[None]])
