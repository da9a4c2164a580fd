"""The walk over drawings, a step at a time (:mod:`aecodec.drawings.canvas`). Coding and decoding share it.

The first symbol of a pixel says which candidate it is, if any. If it is none, alpha and green are coded. Then a symbol
says whether it is a known pixel with that alpha and green. If not, red and blue are coded. Where a picture follows
another one, most pixels are known before all that (:mod:`aecodec.drawings.guide`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Indices, Integers, Integers32, Integers64, Pixels
from aecodec.drawings.candidates import AROUND, HINT_SOURCES, HINTED, NONE, RANKS, Contexts, Hints, Ranking, hint, rank
from aecodec.drawings.canvas import ALPHA, BLUE, COLOURED, GREEN, GREY_TIMES, OPAQUE, RED, Canvas
from aecodec.drawings.guide import Follower, Guide, Told, nothing_told
from aecodec.drawings.inputs import CHOICES, channel, of_choice, of_value
from aecodec.drawings.networks import NIBBLE, Networks
from aecodec.drawings.plain import Plain
from aecodec.drawings.protocol import Coder, Offers, Symbols
from aecodec.entropy import StreamReader, StreamWriter, frequencies
from aecodec.errors import FormatError
from aecodec.follow import followed

_GREYS = 256
_EARLIER = {ALPHA: (), GREEN: (ALPHA,), RED: (ALPHA, GREEN), BLUE: (ALPHA, GREEN, RED)}


class Encoder:
    """Writes the symbols of the pictures on ``canvas`` to ``writer``."""

    def __init__(self, canvas: Canvas, writer: StreamWriter) -> None:
        self._canvas, self._writer = canvas, writer

    def code(self, lanes: Indices, freq: Integers64, symbols: Symbols, offers: Offers | None = None) -> Integers:
        """See Coder."""
        found = symbols(self._canvas.take(lanes))
        self._writer.encode(found, freq)
        return found


class Decoder:
    """Reads symbols from ``reader``."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader

    def code(self, lanes: Indices, freq: Integers64, symbols: Symbols, offers: Offers | None = None) -> Integers:
        """See Coder. Raises FormatError."""
        return self._reader.decode(freq)


class Drawing:
    """Codes the pictures of a block. What is learned from one picture serves the next ones."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._plain, self._contexts, self._hints = Plain(), Contexts(), Hints()
        self.guide = Guide()

    def walk(self, canvas: Canvas, planes: int, coder: Coder, follower: Follower | None = None) -> None:
        """Code pictures with ``planes`` onto ``canvas``. The ``follower`` guesses pixels from references, if there are
        any.
        """
        told = int(planes >= COLOURED), int(planes % 2 == 0)
        offsets, before = canvas.offsets(AROUND), canvas.offsets(CHOICES)
        for step in followed(range(canvas.steps)):
            lanes = canvas.lanes(step)
            around = canvas.around(lanes, offsets)
            plain = (around == around[0]).all(0)
            known = nothing_told(len(lanes)) if follower is None else follower.tell(coder, lanes, around, plain)
            pixels, chosen = np.where(known.left, around[0], known.pixels), known.rank.copy()
            left = known.left.copy()
            asked = plain & left & ~(known.barred & (known.guess == around[0]))
            left[asked] = self._is_other(coder, lanes[asked], pixels[asked])
            rest = np.flatnonzero(left | ~plain)
            if len(rest):
                seen = canvas.chosen(lanes[rest], before)
                here = known.at(rest, pixels[rest], left[rest])
                pixels[rest], chosen[rest] = self._some(
                    coder, lanes[rest], around[:, rest], plain[rest], seen, told, here
                )
            if follower is not None:
                follower.note(pixels)
            canvas.put(step, lanes, pixels, chosen)

    def _is_other(self, coder: Coder, lanes: Indices, same: Pixels) -> NDArray[np.bool_]:
        """Code whether pixels differ from ``same``, the pixel that all neighbours are equal to."""
        found = coder.code(
            lanes,
            self._plain.frequencies(same),
            lambda pixels: (pixels != same).astype(np.int64),
            Offers.one(same, 0),
        )
        self._plain.note(same, found)
        return found > 0

    def _some(
        self,
        coder: Coder,
        lanes: Indices,
        around: Pixels,
        plain: NDArray[np.bool_],
        seen: NDArray[np.uint8],
        told: tuple[int, int],
        known: Told,
    ) -> tuple[Pixels, Integers]:
        """Code pixels at ``lanes``. Return them, and the rank of each among the candidates, RANKS for none.

        Pixels that are ``known`` are not coded; contexts only note them.
        """
        recalled, ballot = self._contexts.look(around, plain)
        pixels, chosen, left = known.pixels, known.rank, np.flatnonzero(known.left)
        if len(left):
            some, near = ballot.without(known.guess, known.barred).at(left), around[:, left]
            ranking = rank(some)
            found = self._choose(coder, lanes[left], ranking, of_choice(ranking, some, near, seen[:, left], told))
            values = ranking.pixels[np.minimum(found, RANKS - 1), np.arange(len(left))]
            missed = np.flatnonzero(found == RANKS)
            if len(missed):
                values[missed] = self._other(
                    coder, lanes[left[missed]], near[:, missed], ranking.pixels[:, missed], told
                )
            pixels[left], chosen[left] = values, found
        self._contexts.note(recalled, around, pixels)
        if told[0]:
            self._hints.note(self._hints.look(pixels & HINTED, around)[0], pixels)
        return pixels, chosen

    def _choose(self, coder: Coder, lanes: Indices, ranking: Ranking, inputs: Floats32) -> Integers:
        """Code the rank of each pixel, RANKS for none."""

        def symbols(pixels: Pixels) -> Integers:
            same = (ranking.pixels == pixels) & (ranking.votes > NONE)
            return np.where(same.any(0), same.argmax(0), RANKS)

        offers = Offers(ranking.pixels, ranking.votes > NONE, 0, RANKS)
        found = coder.code(lanes, frequencies(self._networks.choice(inputs, ranking.votes)), symbols, offers)
        _check_chosen(found, ranking.votes)
        return found

    def _other(self, coder: Coder, lanes: Indices, around: Pixels, ranked: Pixels, told: tuple[int, int]) -> Pixels:
        """Code pixels at ``lanes`` that are no candidates."""
        pixels = np.zeros(len(lanes), np.uint32)
        pixels |= self._value(coder, lanes, ALPHA, pixels, around, ranked, told) if told[1] else OPAQUE
        pixels |= self._value(coder, lanes, GREEN, pixels, around, ranked, told)
        if not told[0]:
            return pixels | (pixels >> np.uint32(GREEN) & np.uint32(255)) * GREY_TIMES
        hinted, votes = hint(self._hints.look(pixels, around)[1])

        def symbols(pixels: Pixels) -> Integers:
            same = (hinted == pixels) & (votes[:-1] > NONE)
            return np.where(same.any(0), same.argmax(0), HINT_SOURCES)

        found = coder.code(lanes, frequencies(votes.T.astype(np.float32)), symbols)
        _check_chosen(found, votes)
        known = hinted[np.minimum(found, HINT_SOURCES - 1), np.arange(len(lanes))]
        left = np.flatnonzero(found == HINT_SOURCES)
        if len(left):
            rest, around, ranked = pixels[left], around[:, left], ranked[:, left]
            rest |= self._value(coder, lanes[left], RED, rest, around, ranked, told)
            rest |= self._value(coder, lanes[left], BLUE, rest, around, ranked, told)
            known[left] = rest
        return known

    def _value(
        self,
        coder: Coder,
        lanes: Indices,
        shift: int,
        pixels: Pixels,
        around: Pixels,
        ranked: Pixels,
        told: tuple[int, int],
    ) -> Pixels:
        """Code one channel of the pixels at ``lanes``. ``pixels`` has the channels before it."""
        every = *_EARLIER[shift], shift
        inputs, prediction = of_value(
            [channel(around, each) for each in every],
            [channel(pixels, each) for each in every[:-1]],
            [channel(ranked, each) for each in every],
            told,
        )
        network = self._networks.values[shift]

        def code(pixels: Pixels) -> Integers32:
            return (channel(pixels, shift) - prediction + NIBBLE // 2) % _GREYS

        logits, seen = network.first(inputs)
        first = coder.code(lanes, frequencies(logits), lambda pixels: code(pixels) // NIBBLE)
        second = coder.code(lanes, frequencies(network.second(seen, first)), lambda pixels: code(pixels) % NIBBLE)
        values = (first * NIBBLE + second - NIBBLE // 2 + prediction) % _GREYS
        return values.astype(np.uint32) << np.uint32(shift)


def _check_chosen(chosen: Integers, votes: Integers32) -> None:
    """Raise FormatError where what was chosen is no candidate: its entry of ``votes`` ``[n, lanes]`` is NONE."""
    found = votes[np.minimum(chosen, len(votes) - 1), np.arange(len(chosen))]
    if ((found == NONE) & (chosen < len(votes))).any():
        raise FormatError("the payload is damaged: it has a candidate that there is none of")
