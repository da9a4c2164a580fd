"""What the networks learn from: samples of pictures with all that the codec knows of each, in the codec's own integers.

The codec's walk is slow, and does not depend on the networks. So it is made once, over a piece of each picture, and a
share of what it saw is kept in a file, which is mapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aecodec.arrays import Integers16, Picture, Pictures
from aecodec.errors import UsageError
from aecodec.pixels.coder import planes_of
from aecodec.pixels.front import Front
from aecodec.pixels.inputs import COLOURS, WIDTHS
from aecodec.train.grid.pictures import Cache
from aecodec.train.pixels.store import stored

SIDES = (192, 128, 256)  # of pieces, picture after picture
TOGETHER = 16  # pictures of one size that go in lockstep, as in a container
OUTCOME = 4  # columns behind the inputs: prediction, local scale, its logarithm, value
Report = Callable[[int], None]


@dataclass(frozen=True)
class Samples:
    """Of each network a table; ``pictures`` is the SHA-256 of what they come from."""

    tables: tuple[Integers16, ...]
    pictures: str


def walk(pictures: Pictures) -> list[Integers16]:
    """Note what the codec knows of each sample of ``pictures`` ``[count, height, width, 3]``, for each colour: tables
    ``[height, width, count, columns]``.
    """
    count, height, width, _ = pictures.shape
    front, planes = Front(COLOURS, count, (height, width)), planes_of(pictures)
    found = [np.empty((height * width, count, inputs + OUTCOME), np.int16) for inputs in WIDTHS]
    for step in range(front.memory.steps):
        known = front.look(step)
        values = np.zeros(known.scale.shape, np.float32)
        outcome = np.stack([known.prediction, known.scale, known.log_scale, values], 1)
        every = zip(found, planes, front.memory.samples(step), front.memory.lanes(step, front.groups), strict=True)
        for colour, (table, plane, pixels, some) in enumerate(every):
            values[colour, some] = outcome[colour, -1, some] = plane[pixels].reshape(-1)
            columns = np.concatenate([known.inputs[colour, : WIDTHS[colour], some], outcome[colour, :, some]])
            table[pixels] = columns.T.reshape(-1, count, len(columns))
        front.put(step, values)
    return [table.reshape(height, width, *table.shape[1:]) for table in found]


def gathered(cache: Cache, folder: Path, kept: int, seed: int, report: Report) -> Samples:
    """Return ``kept`` samples of each picture of ``cache``, from ``folder`` if it has them already, else made there.

    ``report`` hears how many pictures are done.
    """
    index = {"pictures": cache.sha256, "kept": kept, "seed": seed}

    def make() -> Iterator[list[Integers16]]:
        for done, pieces in _pieces(cache, kept, seed):
            yield pieces
            report(done)

    columns = {str(colour): width + OUTCOME for colour, width in enumerate(WIDTHS)}
    return Samples(stored(folder, index, columns, make), cache.sha256)


def _pieces(cache: Cache, kept: int, seed: int) -> Iterator[tuple[int, list[Integers16]]]:
    """Yield pictures done, and tables of the samples that are kept of them; pieces of one size go together."""
    random = np.random.default_rng(seed)
    waiting: dict[tuple[int, ...], list[Picture]] = {}
    done = 0
    for number in range(len(cache)):
        piece = _piece(cache.picture(number).numpy(), SIDES[number % len(SIDES)], random)
        same = waiting.setdefault(piece.shape, [])
        same.append(piece)
        if len(same) == TOGETHER:
            done += len(same)
            yield done, _some(walk(np.stack(waiting.pop(piece.shape))), kept, random)
    for same in waiting.values():
        done += len(same)
        yield done, _some(walk(np.stack(same)), kept, random)


def _piece(picture: Picture, side: int, random: np.random.Generator) -> Picture:
    height, width, _ = picture.shape
    top, left = (int(random.integers(max(1, length - side + 1))) for length in (height, width))
    piece = picture[top : top + side, left : left + side]
    return piece.swapaxes(0, 1) if random.random() < 1 / 8 else piece  # a few lie on their side


def _some(tables: list[Integers16], kept: int, random: np.random.Generator) -> list[Integers16]:
    """Keep at most half of the samples of each picture, the same pixels of each colour."""
    height, width, count, _ = tables[0].shape
    most = min(kept, max(1, height * width // 2))
    chosen = np.concatenate(
        [random.choice(height * width, most, replace=False) * count + place for place in range(count)]
    )
    return [table.reshape(height * width * count, -1)[chosen] for table in tables]


def check_enough(samples: Samples, least: int) -> None:
    """Raise UsageError for fewer than ``least`` samples."""
    if len(samples.tables[0]) < least:
        raise UsageError(f"{len(samples.tables[0])} samples to train on; a step takes {least}")
