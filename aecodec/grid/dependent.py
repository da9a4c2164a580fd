"""Dependent quantization: each latent has one of two quantizers, and the symbols before say which.

With the first quantizer, symbol k stands for k steps away from the mean. With the second one it stands for half a step
less, if it is not 0. So together they have points half a step apart, but a symbol chooses among points a step apart. A
state machine goes from symbol to symbol, by whether each is odd. Its state says which quantizer is next. An encoder
looks for the best path (:mod:`aecodec.grid.trellis`). This is trellis-coded quantization (Marcellin and Fischer 1990)
as video coding has it (Schwarz et al. 2019; ITU-T H.266), here with eight states.

Latents of a pass are coded class by class. In each tile they are dealt to *lanes*, and every lane has a state of its
own. A *round* is a latent of each lane. So a round is two calls of the range coder, one for each quantizer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Classes, Indices, Integers64
from aecodec.entropy import StreamReader, StreamWriter, Table
from aecodec.frozen import dataclass
from aecodec.grid.coder import entries_of, read_escapes, write_escapes
from aecodec.grid.gains import STEP_BITS
from aecodec.grid.scales import CLASSES, Scales
from aecodec.limits import GRID_SYMBOL_MAX

if TYPE_CHECKING:
    from aecodec.grid.prior import Pass

LANE = 256  # a lane has so many latents of a pass, about
LONGER = 32  # by so much lower are log-gains, in 1/96 octave: steps are a third of an octave longer
STATES = 8  # an odd state has the second quantizer
NEXT = np.array([[0, 2], [5, 7], [1, 3], [6, 4], [2, 0], [4, 6], [3, 1], [7, 5]], np.uint8)  # by state and parity


@dataclass(frozen=True)
class Rounds:
    """The rounds of a pass. Round n takes ``order[ends[n - 1] : ends[n]]``, latents of the class ``classes[n]``.

    ``order`` are the places of coded latents in the pass. ``lanes`` is the lane of each, in that order, or None in a
    single tile, where each round takes the first lanes. There are ``lane_count`` of them.
    """

    order: Indices
    lanes: Indices | None
    ends: Indices
    classes: Integers64
    lane_count: int

    def each(self) -> Iterator[tuple[int, slice, slice | Indices]]:
        """Yield the class of each round, where its latents are in ``order``, and their lanes."""
        first = 0
        for number, end in zip(self.classes.tolist(), self.ends.tolist(), strict=True):
            yield number, slice(first, end), slice(0, end - first) if self.lanes is None else self.lanes[first:end]
            first = end


def rounds_of(classes: Classes, tiles: int) -> Rounds:
    """Return the rounds of a pass whose latents have ``classes`` ``[places, channels]``, of so many ``tiles``."""
    flat = classes.ravel()
    order = np.argsort(flat, kind="stable")[np.count_nonzero(flat == 0) :]
    owner = order // (flat.size // tiles)
    counts = np.maximum(1, -(-np.bincount(owner, minlength=tiles) // LANE))
    of_class = flat[order].astype(np.uint16)
    alike = np.bincount(of_class.astype(np.int64) * tiles + owner)  # latents of one class and tile follow one another
    number, lane = np.divmod(np.arange(len(order)) - np.repeat(np.cumsum(alike) - alike, alike), counts[owner])
    key = of_class * LANE + number.astype(np.uint16)  # a class has at most LANE rounds
    lanes = None
    if tiles > 1:
        sort = np.argsort(key, kind="stable")
        order, key = order[sort], key[sort]
        lanes = (lane + (np.cumsum(counts) - counts)[owner])[sort]
    ends = np.append(np.flatnonzero(np.diff(key)), len(key) - 1) + 1 if len(key) else np.zeros(0, np.int64)
    return Rounds(order, lanes, ends, (key[ends - 1] // LANE).astype(np.int64), int(counts.sum()))


class Dependent:
    """How latents are coded with dependent quantization. The functions are those of
    :class:`aecodec.grid.coder.Independent`.
    """

    def __init__(self, scales: Scales) -> None:
        self._scales = scales

    def nearest(
        self, targets: Integers64, part: Pass, means: Integers64, classes: Classes, steps: Integers64
    ) -> tuple[Integers64, Classes]:
        """Return the symbols of a pass that are nearest to ``targets``, and the numbers of their tables.

        Each is the nearest that its quantizer has, whatever follows from it. All are ``[places, channels]``, steps
        ``[channels]``.
        """
        rounds = rounds_of(classes, part.tiles)
        away, step = (targets - means).ravel()[rounds.order], steps[rounds.order % classes.shape[1]]
        size, sign = np.abs(away) << (STEP_BITS + 1), np.sign(away)

        def take(number: int, own: slice, second: NDArray[np.bool_]) -> Integers64:
            found = (size[own] + (1 + second) * step[own]) // (2 * step[own])
            found[second & (2 * size[own] < step[own])] = 0
            nearest: Integers64 = sign[own] * np.minimum(found, GRID_SYMBOL_MAX)
            return nearest

        return self._walked(classes, rounds, take)

    def encode(
        self, symbols: NDArray[np.signedinteger[Any]], tables: Classes, tiles: int, writer: StreamWriter
    ) -> None:
        """Code the ``symbols`` of a pass of so many ``tiles``, given the numbers of their ``tables``.

        Both are ``[..., places, channels]``. Tables must be those that the state machine comes to.
        """
        rounds = rounds_of(tables % CLASSES, tiles)
        values = symbols.ravel()[rounds.order].astype(np.int64)
        second = tables.ravel()[rounds.order] >= CLASSES
        for number, own, _ in rounds.each():
            reach, value = int(self._scales.reach[number]), values[own]
            entries = entries_of(value, reach)
            for some, table in self._by_quantizer(number, second[own]):
                writer.encode_alike(entries[some], table)
            write_escapes(value, reach, writer)

    def decode(self, classes: Classes, tiles: int, reader: StreamReader) -> tuple[Integers64, Classes]:
        """Return the symbols, int64, and the numbers of their tables, both shaped like ``classes``.

        Raises FormatError for a symbol out of range.
        """
        reaches = self._scales.reach.tolist()

        def take(number: int, own: slice, second: NDArray[np.bool_]) -> Integers64:
            reach, later = reaches[number], int(np.count_nonzero(second))
            found = np.full(len(second), -reach)
            if later < len(second):
                found[~second] += reader.decode_alike(len(second) - later, self._table(number))
            if later:
                found[second] += reader.decode_alike(later, self._table(number + CLASSES))
            if int(found.max()) > reach:
                read_escapes(found, reach, reader)
            return found

        rounds = rounds_of(classes, tiles)
        reader.expect(len(rounds.order))
        return self._walked(classes, rounds, take)

    def halves(self, symbols: Integers64, tables: Classes) -> Integers64:
        """Return by how many half steps each latent is away from its mean."""
        return 2 * symbols - np.where(tables >= CLASSES, np.sign(symbols), 0)

    def _table(self, number: int) -> Table:
        table = self._scales.tables[number]
        assert table is not None  # latents of class 0 are not coded
        return table

    def _by_quantizer(self, number: int, second: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], Table]]:
        """Yield which latents of a round have each quantizer, and its table for the class ``number``."""
        for some, place in ((~second, number), (second, number + CLASSES)):
            if some.any():
                yield some, self._table(place)

    @staticmethod
    def _walked(
        classes: Classes, rounds: Rounds, take: Callable[[int, slice, NDArray[np.bool_]], Integers64]
    ) -> tuple[Integers64, Classes]:
        """Go through all rounds, and return the symbols of a pass, and the numbers of their tables.

        ``take`` gives the symbols of a round, given its class, which latents these are, and which of them have the
        second quantizer.
        """
        states = np.zeros(rounds.lane_count, np.uint8)
        values, seconds = np.empty(len(rounds.order), np.int64), np.empty(len(rounds.order), bool)
        for number, own, lanes in rounds.each():
            state = states[lanes]
            second = (state & 1).astype(bool)
            value = take(number, own, second)
            states[lanes] = NEXT[state, value & 1]
            values[own], seconds[own] = value, second
        symbols, tables = np.zeros(classes.size, np.int64), classes.flatten()
        symbols[rounds.order] = values
        tables[rounds.order[seconds]] += CLASSES
        return symbols.reshape(classes.shape), tables.reshape(classes.shape)
