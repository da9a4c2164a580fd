"""Files that ask for more work than their samples and bytes allow, block by block within all other bounds."""

from __future__ import annotations

from collections.abc import Mapping

from aecodec.zoo import Model
from formats.vectors_maker.fields import EXACT, GEOMETRY, GREY, MODEL, STEP, check, container, geometry, varint

_COUNT, _BLOCK = 80_000, 4096
_QUICK = b"\x08"
_QUALITY = b"\xa5"  # as a layers byte: 37


def limit_work(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    dots = varint(_COUNT) + varint(_BLOCK), varint(_COUNT) + geometry(GREY, 1, 1), [check([])] * -(-_COUNT // _BLOCK)
    count, shapes, records = dots
    tiles = container(MODEL | GEOMETRY, models["plain"].fingerprint + count, shapes, records)
    form = MODEL | EXACT | STEP | GEOMETRY
    places = container(form, models["grid"].fingerprint + _QUALITY + count, shapes, records)
    high = varint(2) + geometry(GREY, 1, 32768)
    steps = container(EXACT | GEOMETRY, varint(2) + varint(1), high, [_QUICK + check([])] * 2)
    return {
        "work-tiles": ("80,000 pictures of a pixel, each a tile, in a few bytes", tiles),
        "work-places": ("the same, each a place of a grid", places),
        "work-steps": ("two blocks, each a line of pixels from top to bottom, in a few bytes", steps),
    }
