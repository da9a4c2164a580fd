"""Chooses the coder of deep pictures (16 bits a sample) that takes the fewest bytes, with or without a pixel model."""

from __future__ import annotations

import numpy as np

from aecodec.coders.deep import DEEP_PHOTOGRAPHS, DEEP_QUICK, FILTERED, as_bytes
from aecodec.coders.likeness import Likeness, likeness
from aecodec.coders.lockstep import go_together
from aecodec.coders.pictures import joined, sizes_of
from aecodec.coders.protocol import Block, Body
from aecodec.coders.ways import PACKED
from aecodec.kinds import PixelCodec
from aecodec.lossless.packed import encode_packed

_SURELY = 0.85  # of photographs, thoroughly filtered rows never take less than this part of quickly filtered ones


def deep_bodies(block: Block, codec: PixelCodec | None) -> list[Body]:
    """Return bodies of a block of deep pictures, by ``codec`` if there is one: those that may be the shortest."""
    bodies = list[Body]()
    if go_together(sizes_of(block.frame.shapes, whole=False)):
        images = [each.astype(np.uint16, copy=False) for each in joined(block.planes, block.frame.shapes, whole=False)]
        if codec is not None:
            bodies.append((DEEP_PHOTOGRAPHS.method, DEEP_PHOTOGRAPHS.encode(images, codec)))
        else:
            bodies.append((DEEP_QUICK.method, DEEP_QUICK.encode(images)))
    pictures = joined(block.planes, block.frame.shapes, whole=True)
    likely = likeness(pictures) != Likeness.PHOTOGRAPH
    if likely or not bodies or len(bodies[0][1]) > _SURELY * FILTERED.quick_size(pictures):
        bodies.append((FILTERED.method, FILTERED.encode(pictures)))
    shortest = min(len(body) for _, body in bodies)
    packed = encode_packed([as_bytes(picture) for picture in pictures], shortest, likely=likely)
    return bodies if packed is None else [*bodies, (PACKED.method, packed)]
