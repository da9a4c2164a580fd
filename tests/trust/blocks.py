"""Pictures compressed one by one, in blocks of any size, and in one container: the same pixels, picture by picture.

The files differ, for a block's size is written in them. The search promises it of lossy pictures: tiles do not
influence one another (:func:`aecodec.lossy.search.refine`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aecodec.codec import Decoder, Options, compress_all
from aecodec.limits import GROUP_TILES
from aecodec.zoo import Zoo
from tests.trust.trial import Size, Tally, Trial

Pictures = NDArray[np.uint8]


def blocks(pictures: Pictures, size: Size) -> Iterator[Trial]:
    """One trial."""
    zoo = Zoo()
    ways = [Options(latent_dim=8, effort=1)]
    if size is Size.FULL:
        ways = [Options(latent_dim=n, effort=1) for n in (8, 16, 32, 64, 128, 256, 784)]
        ways += [Options(latent_dim=64, effort=2, quality=30)]
    tally = Tally(
        f"{len(pictures)} pictures, each its own file, and in containers with blocks of 1, 7, 256 and all",
        "the same pixels, picture by picture",
    )
    for way in ways:
        alone = [next(iter(Decoder(compress_all([each], way, zoo, many=False).data, zoo))) for each in pictures]
        for block in (1, 7, 256, GROUP_TILES):
            found = _in_blocks(pictures, way, zoo, block)
            for number, (one, other) in enumerate(zip(alone, found, strict=True)):
                same = np.array_equal(one, other)
                tally.count(None if same else f"picture {number}, latent_dim {way.latent_dim}, blocks of {block}")
    yield tally.trial


def _in_blocks(pictures: Pictures, way: Options, zoo: Zoo, block: int) -> list[Pictures]:
    decoder = Decoder(compress_all(list(pictures), replace(way, block_pictures=block), zoo, many=True).data, zoo)
    written = decoder.container.header.block_pictures
    if written != block:
        raise AssertionError(f"blocks of {written} pictures, not of {block}")
    return list(decoder)
