"""What a file gave, against what it says, and the file built again from its parts."""

from __future__ import annotations

import numpy as np

from aecodec.codec import Decoder
from aecodec.container import Container, add_second, build, parse, parse_second
from tests.trust.golden import Picture


def misread(what: str, data: bytes, decoder: Decoder, pictures: list[Picture]) -> str | None:
    """What is wrong with pictures that a file gave without complaint."""
    header = decoder.container.header
    native = None if decoder.model is None or decoder.model.native is None else decoder.model.tiles.tile
    sizes = (
        [native] * header.count
        if header.shapes is None
        else [(s.height, s.width) if s.channels == 1 else (s.height, s.width, s.channels) for s in header.shapes]
    )
    deep = header.shapes is not None and header.shapes[0].deep
    kinds = {np.dtype("u2" if deep else "u1")}
    if [picture.shape for picture in pictures] != sizes or {picture.dtype for picture in pictures} != kinds:
        return f"{what}: pictures of other sizes"
    return not_built_again(what, data)


def not_built_again(what: str, data: bytes) -> str | None:
    """What differs between a parsable file and the one that is built of its parts."""
    layers = layers_of(data)
    for ours, theirs in zip(layers, layers_of(built_again(layers)), strict=True):
        blocks = range(ours.header.blocks)
        if ours.header != theirs.header:
            return f"{what}: built again it has another header"
        if [ours.body(block) for block in blocks] != [theirs.body(block) for block in blocks]:
            return f"{what}: built again it has other records"
    return None


def layers_of(data: bytes) -> list[Container]:
    """The one or two of a file, parsed."""
    first = parse(data)
    return [first, parse_second(first)] if first.header.layered else [first]


def built_again(layers: list[Container]) -> bytes:
    """The file of these layers."""
    parts = [
        (
            [layer.body(block) for block in range(layer.header.blocks)],
            [int.from_bytes(layer.check(block), "big") for block in range(layer.header.blocks)],
        )
        for layer in layers
    ]
    whole = build(layers[0].header, *parts[0])
    if len(layers) == 1:
        return whole
    return add_second(whole, layers[0].header, layers[1].header.fingerprint or b"", *parts[1])
