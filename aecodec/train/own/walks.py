"""Walks over drawings that know as much of others as files do: a container's hundreds before, and a single file's none.

Many pictures of a container go in lockstep, which is quick; those by themselves are few, and all of their samples kept.
Where many resemble another one they follow it, as in containers, and the networks are asked about the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from aecodec.arrays import Integers16, Shallow
from aecodec.drawings.blocks import together
from aecodec.drawings.canvas import size_of
from aecodec.drawings.coder import Drawing
from aecodec.drawings.references import References, no_references, references_of
from aecodec.drawings.resemblance import resemblances
from aecodec.train.drawings.samples import Notes

BLOCK = 1 << 20  # pixels of pictures of which each is known to the next
ALONE = 1 / 8  # of all pixels, those of pictures that know of no others
FOLLOWING = 1 / 8  # of the pictures, at least so many resemble another where they follow those
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
        references = _references(block)
        for places in together([size_of(picture) for picture in block], references.depths):
            some = np.stack([block[place] for place in places])
            shown = [block[place] for place in map(references.places.__getitem__, places) if place is not None]
            notes.walk(drawing, some, np.stack(shown) if shown else None)
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


def _references(block: Sequence[Shallow]) -> References:
    distances = resemblances(block)
    if sum(map(bool, distances)) < FOLLOWING * len(block):
        return no_references(len(block))
    return references_of(distances, [size_of(picture) for picture in block])
