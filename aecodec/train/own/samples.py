"""Samples of a collection, from which the networks of exact pixels learn: as many as a given time allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from aecodec.arrays import Integers16, Pictures, Shallow
from aecodec.pixels.inputs import COLOURS, WIDTHS
from aecodec.train.drawings.samples import INPUTS, columns
from aecodec.train.own.walks import Tables, walked
from aecodec.train.pixels.samples import OUTCOME, Samples, walk

KEPT = 1 << 14  # samples of a picture
MOST = 3 << 19  # samples of a network, without those of single pictures
PIECE = 128  # pixels a side of the piece that is walked over
TOGETHER = 16  # pictures of one size in a stack
_COLOURED = 3
Report = Callable[[float], None]


def drawn(
    pictures: Sequence[Shallow], seconds: float, seed: int, report: Report, altered: Sequence[Shallow] = ()
) -> Samples:
    """Return samples for the networks of drawings, of as many ``pictures`` ``[height, width, planes]`` as ``seconds``
    allow. If there are ``altered`` drawings, as lossy files have them, they get half of that time.

    ``report`` is called with the share of the time that has passed, or of the pictures, whichever is more.
    """
    found: dict[str, list[Integers16]] = {name: [np.empty((0, columns(name)), np.int16)] for name in INPUTS}
    parts = [part for part in (pictures, altered) if len(part)]
    for number, part in enumerate(parts):

        def its(passed: float, number: int = number) -> None:
            report((number + passed) / len(parts))

        for tables in _noted(part, seconds / len(parts), _kept(pictures, KEPT), seed, its):
            for name, table in tables.items():
                found[name].append(table)
    return Samples(tuple(np.concatenate(found.pop(name)) for name in INPUTS), "")


def _noted(pictures: Sequence[Shallow], seconds: float, kept: int, seed: int, report: Report) -> Iterator[Tables]:
    began, done = time.monotonic(), 0
    for count, tables in walked(_pieces(pictures, seed), kept, seed):
        yield tables
        done += count
        passed = (time.monotonic() - began) / seconds
        report(min(1.0, max(passed, done / len(pictures))))
        if passed >= 1:
            break


def sampled(pictures: Sequence[Shallow], seconds: float, seed: int, report: Report) -> Samples:
    """Return samples for the networks of photographs. Alpha is left out. Of a grey picture one colour is taken."""
    found: list[list[Integers16]] = [[np.empty((0, width + OUTCOME), np.int16)] for width in WIDTHS]
    random, kept = np.random.default_rng(seed), _kept(pictures, KEPT // COLOURS)
    began, done = time.monotonic(), 0
    for stack in _stacks(_pieces(pictures, seed)):
        tables = walk(stack)
        grey = bool((stack == stack[..., :1]).all())
        for colour in range(1 if grey else COLOURS):
            table = tables[colour].reshape(-1, tables[colour].shape[-1])
            most = min(len(table), kept * len(stack))
            found[colour].append(table[random.choice(len(table), most, replace=False)])
        done += len(stack)
        passed = (time.monotonic() - began) / seconds
        report(min(1.0, max(passed, done / len(pictures))))
        if passed >= 1:
            break
    return Samples(tuple(np.concatenate(tables) for tables in found), "")


def _kept(pictures: Sequence[Shallow], most: int) -> int:
    """Return how many samples of each picture are kept."""
    return max(1, min(most, MOST // len(pictures)))


def _pieces(pictures: Sequence[Shallow], seed: int) -> Iterator[Shallow]:
    """Yield a piece of each picture, in a random order."""
    random = np.random.default_rng(seed)
    for number in random.permutation(len(pictures)):
        picture = pictures[number]
        top, left = (int(random.integers(max(1, length - PIECE + 1))) for length in picture.shape[:2])
        yield picture[top : top + PIECE, left : left + PIECE]


def _stacks(pieces: Iterator[Shallow]) -> Iterator[Pictures]:
    """Yield stacks of pieces of one size, in three colours, without alpha."""
    waiting: dict[tuple[int, int], list[Shallow]] = {}
    for piece in pieces:
        colour = piece[..., :_COLOURED] if piece.shape[2] >= _COLOURED else np.repeat(piece[..., :1], _COLOURED, -1)
        size = piece.shape[0], piece.shape[1]
        same = waiting.setdefault(size, [])
        same.append(colour)
        if len(same) == TOGETHER:
            yield np.stack(waiting.pop(size))
    yield from (np.stack(same) for same in waiting.values())
