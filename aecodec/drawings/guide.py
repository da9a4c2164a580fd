"""Guesses for a picture that resembles an earlier one, its reference.

Each pixel is guessed first. The guess is the pixel that came last where the reference looked the same, or a colour
interpolated between neighbours as the reference's pixel lies between the same neighbours there. If the guess is wrong,
a symbol says whether the pixel is near the interpolated colour, and then how far from it. All other pixels are coded as
in a picture without a reference.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Integers, Integers32, Integers64, Pixels
from aecodec.drawings.candidates import RANKS
from aecodec.drawings.canvas import ALPHA, BLUE, COLOURED, GREEN, OPAQUE, RED, Canvas
from aecodec.drawings.counts import Counts
from aecodec.drawings.protocol import Coder, Offers
from aecodec.drawings.recall import LEVELS, Recall, Recalled, hashes, scattered
from aecodec.errors import FormatError
from aecodec.frozen import dataclass

# Places in the reference: the pixel itself, its first six neighbours, and six pixels that come later.
SHOWN = (
    *((0, 0), (0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)),
    *((0, 1), (1, 0), (1, -1), (1, 1), (0, 2), (2, 0)),
)
_EARLIER = 6  # neighbours that are known in the picture itself; later ones are looked up by the reference's colours
_SQUARE = (0, 1, 2, 3, 4, 7, 8, 9, 10)  # the reference's pixel and the eight around it
_CROSS = (0, 1, 2, 7, 8)
_CONTEXTS = 4
_BITS = 18  # of the entries of a context
_GUESS_BITS, _ERROR_BITS = 14, 12
_UNIT_BITS = 12  # of the share of a context's guesses that were right
NEAR = 3  # a channel of a near pixel is at most so far from the interpolated one
_SMALL = 3  # distances from the line between two pixels that count as noise
_FAR = 1 << 28
_FITS = 8
_UNKNOWN, _WRONG, _RIGHT = 0, 1, 2  # the outcome of the guess at a place
_BESIDE = ((0, -1), (-1, 0))
_POINTS = len(SHOWN) - 1
_PAIRS = [(one, one) for one in range(_POINTS)]
_PAIRS += [(one, other) for one in range(_POINTS) for other in range(one + 1, _POINTS)]
_ONE, _OTHER = (np.array([pair[side] for pair in _PAIRS]) for side in (0, 1))
_PART_BITS = 8


@dataclass(frozen=True)
class Told:
    """What is known of the lanes of a step.

    ``pixels`` are known, except where they are ``left`` to be coded. ``rank`` is what they count as for later pixels.
    Where ``barred``, the pixel is surely not ``guess``.
    """

    pixels: Pixels
    rank: Integers
    left: NDArray[np.bool_]
    barred: NDArray[np.bool_]
    guess: Pixels

    def at(self, lanes: Indices, pixels: Pixels, left: NDArray[np.bool_]) -> Told:
        """Return the same of some lanes, with new ``pixels`` and with those that are still ``left``."""
        return Told(pixels, self.rank[lanes], left, self.barred[lanes], self.guess[lanes])


def nothing_told(count: int) -> Told:
    """Return a state of ``count`` pixels of which nothing is known."""
    none = np.zeros(count, bool)
    return Told(np.zeros(count, np.uint32), np.zeros(count, np.int64), ~none, none, np.zeros(count, np.uint32))


@dataclass(frozen=True)
class _Between:
    """Interpolated ``pixels`` ``[lanes]``. ``fit`` says how far off the line they lie: 0 for none, below _FITS."""

    pixels: Pixels
    fit: Integers64


class Guide:
    """What is learned from pictures with references, for all that follow."""

    def __init__(self) -> None:
        self.recall = Recall(_CONTEXTS, _BITS)
        self.held = np.ones((_CONTEXTS, LEVELS, 2), np.int64)  # guesses that were wrong, and right
        self.guessed = Counts(1 << _GUESS_BITS, (2, 1), 2, 1023)
        self.near = Counts(_FITS * 3 * 3 * 2, (1, 1), 2, 255)
        self.errors = Counts(1 << _ERROR_BITS, (1, 2, 4, 8, 4, 2, 1), 4, 1023)
        self._pictures = 0

    def numbers(self, count: int) -> Pixels:
        """Return numbers for ``count`` pictures that no other picture has."""
        self._pictures += count
        return np.arange(self._pictures - count + 1, self._pictures + 1).astype(np.uint32)


class Follower:
    """Guesses the pictures of a group on ``canvas`` from their references on ``shown``."""

    def __init__(self, guide: Guide, canvas: Canvas, shown: Canvas, planes: int) -> None:
        self._guide, self._canvas, self._shown = guide, canvas, shown
        self._numbers = guide.numbers(canvas.count)
        self._became = np.zeros(canvas.cells, np.uint8)
        self._places, self._beside = canvas.offsets(SHOWN), canvas.offsets(_BESIDE)
        self._alpha = planes % 2 == 0
        self._channels = [ALPHA] * self._alpha + [GREEN] + [RED, BLUE] * (planes >= COLOURED)
        self._recalled: Recalled | None = None

    def tell(self, coder: Coder, lanes: Indices, around: Pixels, plain: NDArray[np.bool_]) -> Told:
        """Code the guesses at ``lanes``, and return what is known then. Call :meth:`note` with the true pixels next."""
        shown, number = self._shown.around(lanes, self._places), self._numbers[self._canvas.picture_of(lanes)]
        recalled = self._recalled = self._guide.recall.look(_contexts(number, shown, around))
        known = recalled.seen[0] > 0
        expected, fit = recalled.first[0].copy(), np.zeros(len(lanes), np.int64)
        self._expect(np.flatnonzero(~known), expected, fit, shown, around, number)
        beside = self._became.take(self._beside[:, None] + lanes)
        guess, entries = self._guess(recalled, expected, fit, beside)
        right = coder.code(
            lanes,
            self._guide.guessed.frequencies(entries),
            lambda pixels: (pixels == guess).astype(int),
            Offers.one(guess, 1),
        )
        self._guide.guessed.note(entries, right)
        self._became[lanes] = np.where(right, _RIGHT, _WRONG)
        told = Told(guess.copy(), np.zeros(len(lanes), np.int64), right == 0, right == 0, guess)
        missed = np.flatnonzero(right == 0)
        if len(missed):
            self._expect(missed[known[missed]], expected, fit, shown, around, number)
            entries = ((fit * 3 + beside[0]) * 3 + beside[1]) * 2 + plain
            self._tell_near(coder, lanes, missed, _Between(expected, fit), entries, told)
        return told

    def note(self, pixels: Pixels) -> None:
        """Note the true pixels of the step."""
        recalled = self._recalled
        assert recalled is not None
        self._guide.recall.note(recalled, np.broadcast_to(pixels, recalled.first.shape))
        right = (recalled.first == pixels).astype(np.intp)
        for context, (level, seen) in enumerate(zip(recalled.level, recalled.seen > 0, strict=True)):
            np.add.at(self._guide.held[context], (level[seen], right[context, seen]), 1)

    def _expect(
        self, places: Indices, expected: Pixels, fit: Integers64, shown: Pixels, near: Pixels, number: Pixels
    ) -> None:
        """Fill ``expected`` and ``fit`` at ``places`` by interpolation between neighbours."""
        if not len(places):
            return
        own = shown[1 + _EARLIER :, places]
        known = self._guide.recall.look_at(0, _own(np.broadcast_to(number[places], own.shape), own))
        images = np.concatenate([near[:_EARLIER, places], known.first])
        valid = np.concatenate([np.ones((_EARLIER, len(places)), bool), known.seen > 0])
        between = _between(shown[:, places], images, valid)
        expected[places], fit[places] = between.pixels if self._alpha else between.pixels | OPAQUE, between.fit

    def _guess(
        self, recalled: Recalled, expected: Pixels, fit: Integers64, beside: NDArray[np.uint8]
    ) -> tuple[Pixels, Indices]:
        """Return the guessed pixels, and the entries of the counts that say how sure they are."""
        level, seen, lanes = recalled.level, recalled.seen > 0, np.arange(len(expected))
        held = self._guide.held[np.arange(_CONTEXTS)[:, None], level]
        share = np.where(seen, (held[..., 1] << _UNIT_BITS) // held.sum(-1), -1)
        best = share.argmax(0)
        some = seen.any(0)
        guess = np.where(some, recalled.first[best, lanes], expected)
        state = np.where(some, LEVELS * best + level[best, lanes], LEVELS * _CONTEXTS + fit)
        state = state * (_CONTEXTS + 1) + ((recalled.first == guess) & seen).sum(0)
        state = (state * 2 + seen[0]) * 9 + 3 * beside[0].astype(np.intp) + beside[1]
        state = state * 2 + (guess == expected)
        return guess, scattered(state.astype(np.uint32), _GUESS_BITS)

    def _tell_near(
        self, coder: Coder, lanes: Indices, places: Indices, between: _Between, entries: Indices, told: Told
    ) -> None:
        """Code which of the pixels at ``places`` among ``lanes`` are near those ``between``, and how far off."""
        expected = _channels(between.pixels[places])

        def is_near(pixels: Pixels) -> Integers64:
            near: Integers64 = (np.abs(_channels(pixels) - expected).max(-1) <= NEAR).astype(np.int64)
            return near

        near = coder.code(lanes[places], self._guide.near.frequencies(entries[places]), is_near)
        self._guide.near.note(entries[places], near)
        found = places[near > 0]
        if len(found):
            told.pixels[found] = self._near_pixels(coder, lanes[found], expected[near > 0], between.fit[found])
            told.rank[found], told.left[found] = RANKS, False

    def _near_pixels(self, coder: Coder, lanes: Indices, expected: Integers32, fit: Integers64) -> Pixels:
        """Code pixels near ``expected`` ``[lanes, 4]``. Raises FormatError for values outside 0 to 255."""
        values = expected.copy()
        if not self._alpha:
            values[:, ALPHA // 8] = 255
        before = last = np.full(len(lanes), NEAR)
        for shift in self._channels:
            place = shift // 8
            own = expected[:, place]
            state = ((place * (2 * NEAR + 1) + last) * (2 * NEAR + 1) + before) * 2 + ((own == 0) | (own == 255))
            entries = scattered((state * _FITS + fit).astype(np.uint32), _ERROR_BITS)
            errors = coder.code(lanes, self._guide.errors.frequencies(entries), _errors(place, own))
            self._guide.errors.note(entries, errors)
            values[:, place] = own + errors - NEAR
            before, last = last, errors
        if len(self._channels) - self._alpha == 1:
            values[:, RED // 8] = values[:, BLUE // 8] = values[:, GREEN // 8]
        if values.min() < 0 or values.max() > 255:
            raise FormatError("the payload is damaged: it has a value outside 0 to 255")
        return _pixels(values)


def _errors(place: int, expected: Integers32) -> Callable[[Pixels], Integers]:
    """Return a function that gives the symbol of the channel at ``place``: its distance from ``expected``."""
    return lambda pixels: _channels(pixels)[:, place] - expected + NEAR


def _contexts(number: Pixels, shown: Pixels, around: Pixels) -> Pixels:
    """Return the hashes of the contexts. Two are a picture's own; two are shared by all pictures."""
    square, cross = shown[list(_SQUARE)], shown[list(_CROSS)]
    return np.stack(
        [
            _own(number, shown[0]),
            hashes(np.concatenate([number[None], square]))[-1],
            hashes(np.concatenate([cross, around[:2]]))[-1],
            hashes(np.concatenate([square, around[:4]]))[-1],
        ]
    )


def _own(number: Pixels, pixels: Pixels) -> Pixels:
    """Return hashes of a colour of the reference together with a picture's ``number``."""
    found: Pixels = hashes(np.stack([number, pixels]).reshape(2, -1))[1].reshape(pixels.shape)
    return found


def _between(shown: Pixels, images: Pixels, valid: NDArray[np.bool_]) -> _Between:
    """Return interpolated pixels.

    In the reference, the pixel ``shown[0]`` lies near a line between two of its neighbours ``shown[1:]``. The same
    place on the line between the same two of ``images`` ``[points, lanes]`` is taken. Of all pairs that are ``valid``
    the one whose line comes nearest is used. A pair may be one neighbour twice.
    """
    lanes = np.arange(shown.shape[1])
    points, pixel, to = _channels(shown[1:]), _channels(shown[0]), _channels(images)
    way, away = points[_OTHER] - points[_ONE], pixel - points[_ONE]
    length = (way * way).sum(-1)
    part = ((way * away).sum(-1) * (1 << _PART_BITS) + length // 2) // np.maximum(length, 1)
    part = part.clip(0, 1 << _PART_BITS)
    off = (away << _PART_BITS) - part[..., None] * way
    distance = ((off >> 4) ** 2).sum(-1) >> 8
    distance = np.where(valid[_ONE] & valid[_OTHER], distance, _FAR)
    best = distance.argmin(0)
    share = part[best, lanes][:, None]
    begin, end = to[_ONE[best], lanes], to[_OTHER[best], lanes]
    half = 1 << (_PART_BITS - 1)
    rest = away[best, lanes] - (share * way[best, lanes] + half >> _PART_BITS)
    rest[np.abs(rest) <= _SMALL] = 0
    found = begin + (share * (end - begin) + half >> _PART_BITS) + rest
    return _Between(_pixels(found.clip(0, 255)), _lengths(distance[best, lanes]))


def _lengths(numbers: Integers) -> Integers64:
    """Count the binary digits of numbers, _FITS - 1 at most."""
    found: Integers64 = (numbers[:, None] >> np.arange(_FITS - 1) > 0).sum(1)
    return found


def _channels(pixels: Pixels) -> Integers32:
    """Split pixels into red, green, blue and alpha, ``[..., 4]``."""
    shifts = np.array([RED, GREEN, BLUE, ALPHA], np.uint32)
    return (pixels[..., None] >> shifts & np.uint32(255)).astype(np.int32)


def _pixels(channels: Integers32) -> Pixels:
    """Join red, green, blue and alpha ``[..., 4]`` to pixels."""
    shifts = np.array([RED, GREEN, BLUE, ALPHA], np.uint32)
    found: Pixels = (channels.astype(np.uint32) << shifts).sum(-1, dtype=np.uint32)
    return found
