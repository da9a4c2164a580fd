"""Walks over drawings that know as much of others as files do: a container's hundreds before, and a single file's none.

Many pictures of a container go in lockstep, which is quick; those by themselves are few, and all of their samples kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from aecodec.arrays import Integers16, Shallow
from aecodec.drawings.blocks import together
from aecodec.drawings.canvas import size_of
from aecodec.drawings.coder import Drawing
from aecodec.train.drawings.samples import Notes

BLOCK = 1 << 20  # pixels of pictures of which each is known to the next
ALONE = 1 / 8  # of all pixels, those of pictures that know of no others
Tables = dict[str, Integers16]


def walked(pictures: Iterable[Shallow], kept: int, seed: int) -> Iterator[tuple[int, Tables]]:
    """Yield how many of ``pictures`` ``[height, width, planes]`` were noted together, and at most ``kept`` samples of
    each of these for each network; and 0, and all samples, of some that are noted once more, alone.
    """
    random, notes = np.random.default_rng(seed), Notes()
    known = alone = 0
    for block in _blocks(pictures):
        drawing = Drawing(notes)
        others = iter(random.permutation(len(block)))
        for places in together([size_of(picture) for picture in block], [0] * len(block)):
            some = np.stack([block[place] for place in places])
            notes.walk(drawing, some)
            yield len(places), notes.take(kept * len(places), random)
            known += some[..., 0].size
            while alone < ALONE * known and (other := next(others, None)) is not None:
                picture = block[other]
                notes.walk(Drawing(notes), picture[None])
                yield 0, notes.take(picture[..., 0].size, random)
                alone += picture[..., 0].size


def _blocks(pictures: Iterable[Shallow]) -> Iterator[Sequence[Shallow]]:
    block, pixels = list[Shallow](), 0
    for picture in pictures:
        block.append(picture)
        pixels += picture[..., 0].size
        if pixels >= BLOCK:
            yield block
            block, pixels = [], 0
    if block:
        yield block
