"""What the networks learn from: what the codec's own walk over drawings asks them, and what came.

The walk is slow, and does not depend on the networks. So it is made once, and a share of what it asked is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from aecodec.arrays import Floats32, Indices, Integers, Integers16, Integers32, Integers64, Picture, Pictures
from aecodec.drawings.blocks import together
from aecodec.drawings.candidates import RANKS
from aecodec.drawings.canvas import Canvas, size_of
from aecodec.drawings.coder import Drawing
from aecodec.drawings.guide import Follower
from aecodec.drawings.inputs import CHOICE_WIDTH, VALUE_WIDTHS
from aecodec.drawings.networks import CHANNELS, NIBBLE
from aecodec.drawings.protocol import Offers, Symbols
from aecodec.train.drawings.pictures import Drawings
from aecodec.train.pixels.samples import Samples
from aecodec.train.pixels.store import stored

CHOICE = "choice"
INPUTS = dict(zip((CHOICE, *CHANNELS.values()), (CHOICE_WIDTH, *VALUE_WIDTHS), strict=True))  # of each network
VOTE_UNIT = 4  # of votes in tables, in 1/256 bit
_VOTE_MIN = -(1 << 15)
SIDE = 512  # of the piece of a picture that is walked over
SMALL = 1 << 14  # pixels; of pictures with no more, those of one size are walked over in turn, and one knows another
IN_TURN = (1, 2, 1, 8, 1, 16)  # how many, turn after turn


class Notes:
    """Networks and coder in one, of pictures that are known: what is asked of each network, and what comes then.

    A row of a table is the inputs, of the choice then the votes, and last what came.
    """

    def __init__(self) -> None:
        self.values = {shift: _Asked(self, name) for shift, name in CHANNELS.items()}
        self._tables: dict[str, list[Integers16]] = {name: [] for name in INPUTS}
        self._canvas: Canvas | None = None
        self._asked: tuple[str, Floats32] | None = None
        self._first: Integers | None = None

    def choice(self, inputs: Floats32, votes: Integers32) -> Floats32:
        """See :class:`aecodec.drawings.networks.Networks`."""
        self.ask(CHOICE, np.concatenate([inputs, np.maximum(votes.T // VOTE_UNIT, _VOTE_MIN)], axis=1))
        return np.zeros((len(inputs), RANKS + 1), np.float32)

    def ask(self, name: str, inputs: Floats32) -> None:
        """Note what the network ``name`` is asked."""
        self._asked, self._first = (name, inputs), None

    def code(self, lanes: Indices, freq: Integers64, symbols: Symbols, offers: Offers | None = None) -> Integers:
        """See :class:`aecodec.drawings.coder.Coder`."""
        assert self._canvas is not None
        found = symbols(self._canvas.take(lanes))
        if self._asked is not None:
            name, inputs = self._asked
            if name != CHOICE and self._first is None:
                self._first = found
                return found
            came = found if self._first is None else self._first * NIBBLE + found
            self._tables[name].append(np.concatenate([inputs, came[:, None]], axis=1).astype(np.int16))
            self._asked = None
        return found

    def walk(self, drawing: Drawing, pictures: Pictures, shown: Pictures | None = None) -> None:
        """Walk over ``pictures`` ``[count, height, width, planes]`` together; ``shown`` are references, if any."""
        count, height, width, planes = pictures.shape
        self._canvas, canvas = filled(pictures), Canvas(count, (height, width))
        follower = None if shown is None else Follower(drawing.guide, canvas, filled(shown), planes)
        drawing.walk(canvas, planes, self, follower)

    def take(self, kept: int, random: np.random.Generator) -> dict[str, Integers16]:
        """Return at most ``kept`` samples of each network, and forget them."""
        found = {}
        for name, tables in self._tables.items():
            whole = np.concatenate([*tables, np.empty((0, columns(name)), np.int16)])
            chosen = random.choice(len(whole), min(kept, len(whole)), replace=False)
            found[name] = whole[np.sort(chosen)]
            tables.clear()
        return found


class _Asked:
    """The network of a channel in :class:`Notes`."""

    def __init__(self, notes: Notes, name: str) -> None:
        self._notes, self._name = notes, name

    def first(self, inputs: Floats32) -> tuple[Floats32, Floats32]:
        """See :class:`aecodec.drawings.networks.Value`."""
        self._notes.ask(self._name, inputs)
        return np.zeros((len(inputs), NIBBLE), np.float32), inputs

    def second(self, seen: Floats32, first: Integers) -> Floats32:
        """See :class:`aecodec.drawings.networks.Value`."""
        return np.zeros((len(seen), NIBBLE), np.float32)


def filled(pictures: Pictures) -> Canvas:
    """Return a canvas with ``pictures`` ``[count, height, width, planes]``."""
    count, height, width, _ = pictures.shape
    canvas = Canvas(count, (height, width))
    canvas.fill(pictures)
    return canvas


def columns(name: str) -> int:
    """Count the columns of the table of a network."""
    return INPUTS[name] + (RANKS if name == CHOICE else 0) + 1


def gathered(drawings: Drawings, folder: Path, kept: int, seed: int, report: Callable[[int], None]) -> Samples:
    """Take at most ``kept`` samples a picture for each network, from ``folder`` if it has them, else made there.

    ``report`` hears how many pictures are done.
    """
    index = {"pictures": drawings.sha256, "kept": kept, "seed": seed}

    def make() -> Iterator[Sequence[Integers16]]:
        done = 0
        for count, tables in noted(drawings, kept, seed):
            yield list(tables.values())
            done += count
            report(done)

    return Samples(stored(folder, index, {name: columns(name) for name in INPUTS}, make), drawings.sha256)


def noted(pictures: Iterable[Picture], kept: int, seed: int) -> Iterator[tuple[int, dict[str, Integers16]]]:
    """Yield how many of ``pictures`` ``[height, width, planes]`` were noted together, and samples of these."""
    random, notes = np.random.default_rng(seed), Notes()
    for turn in _turns(pictures, random):
        drawing = Drawing(notes)
        for places in together([size_of(picture) for picture in turn], [0] * len(turn)):
            notes.walk(drawing, np.stack([turn[place] for place in places]))
        yield len(turn), notes.take(kept * len(turn), random)


def _turns(pictures: Iterable[Picture], random: np.random.Generator) -> Iterator[Sequence[Picture]]:
    """Yield pieces of ``pictures`` that are walked over one after the other."""
    waiting: dict[tuple[int, int, int], list[Picture]] = {}
    turns = 0
    for picture in pictures:
        piece = _piece(picture, random)
        if piece[..., 0].size > SMALL:
            yield [piece]
            continue
        same = waiting.setdefault(size_of(piece), [])
        same.append(piece)
        if len(same) >= IN_TURN[turns % len(IN_TURN)]:
            yield waiting.pop(size_of(piece))
            turns += 1
    yield from waiting.values()


def _piece(picture: Picture, random: np.random.Generator) -> Picture:
    height, width, _ = picture.shape
    top, left = (int(random.integers(max(1, length - SIDE + 1))) for length in (height, width))
    return picture[top : top + SIDE, left : left + SIDE]
