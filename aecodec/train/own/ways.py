"""Which ways of exact coding a collection's networks are to learn: those that its files may take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aecodec.arrays import Picture
from aecodec.coders.likeness import Likeness, likeness
from aecodec.coders.pictures import apart
from aecodec.kinds import PixelCodec
from aecodec.train.own.halves import middles

_NEAR = 1.1  # times as many bytes as by the other way, and learning may still turn it


class Ways(NamedTuple):
    """Whether pictures are learned from as drawings, and as photographs."""

    drawn: bool
    sampled: bool


def ways_of(codec: PixelCodec, held: Sequence[Picture]) -> Ways:
    """Return the ways that pictures like ``held`` may take; where looks do not tell, a trial by ``codec`` does."""
    kind = likeness(held)
    if not codec.has_drawings or kind == Likeness.PHOTOGRAPH:
        return Ways(False, True)
    if kind == Likeness.DRAWING:
        return Ways(True, False)
    some = middles(held)
    drawn = len(codec.encode_drawings(some))
    sampled = len(codec.encode([part for picture in some for part in apart(picture)]))
    return Ways(drawn <= _NEAR * sampled, sampled <= _NEAR * drawn)
