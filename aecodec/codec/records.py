"""What writing and reading a container share: checks of pixels, models that fit, and the bodies of lossy records."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from aecodec.arrays import Colour, Picture, Plane
from aecodec.codec.tiles import join_planes, split_planes
from aecodec.container import Shape
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, ModelError
from aecodec.exact.rounding import rounding_checked
from aecodec.exact.sheets import Map
from aecodec.kinds import LossyCodec, Rate, Size
from aecodec.lossless import decode_plain, encode_plain
from aecodec.lossless.plain import METHODS
from aecodec.zoo import Model


def crc_of(pictures: Sequence[Picture]) -> int:
    """Return the CRC-32 over pictures as a record's check counts it: of 16 bits the higher byte first."""
    crc = 0
    for picture in pictures:
        crc = zlib.crc32(np.ascontiguousarray(picture, picture.dtype.newbyteorder(">")).view(np.uint8).data, crc)
    return crc


def is_native(model: Model, shapes: Iterable[Shape]) -> bool:
    """Return whether no geometry need be written."""
    return model.native is not None and all(shape == Shape(*model.native) for shape in shapes)


def check_layers(first: Model, second: Model) -> None:
    """Raise ModelError unless the models of two layers have tiles of one size."""
    if first.tiles.tile != second.tiles.tile:
        found = ((model.id, *model.tiles.tile) for model in (first, second))
        sizes = [f"{name} has tiles of {width}x{height}" for name, height, width in found]
        raise ModelError(f"the models of two layers must have tiles of one size: {', '.join(sizes)}")


@dataclass(frozen=True)
class Lossy:
    """A lossy record: ``body``, how many bytes of it are payload, and the pixels it decodes to."""

    body: bytes
    payload: int
    decoded: list[Picture]


@rounding_checked()
def encode_lossy(
    pictures: Sequence[Picture], shapes: Sequence[Shape], codec: LossyCodec, quality: int, effort: int, run: Map = map
) -> Lossy:
    """Code the colour planes with ``codec`` at ``quality`` and alpha exactly."""
    return encode_lossy_apart([pictures], [shapes], codec, quality, effort, run)[0]


@rounding_checked()
def encode_lossy_apart(
    blocks: Sequence[Sequence[Picture]],
    shapes: Sequence[Sequence[Shape]],
    codec: LossyCodec,
    quality: int,
    effort: int,
    run: Map = map,
) -> list[Lossy]:
    """Code each block of pictures as :func:`encode_lossy` does alone; they are worked on together."""
    colours, alphas = [], []
    for block, some in zip(blocks, shapes, strict=True):
        planes = [split_planes(picture, shape) for picture, shape in zip(block, some, strict=True)]
        colours.append([np.stack(group[: s.colour_planes], axis=-1) for group, s in zip(planes, some, strict=True)])
        alphas.append([group[-1] for group, s in zip(planes, some, strict=True) if s.has_alpha])
    coded = codec.encode_apart(colours, quality, effort, run)
    return [
        Lossy((_pack_alpha(alpha) if alpha else b"") + payload, len(payload), _pictures(decoded, some, alpha))
        for alpha, some, (payload, decoded) in zip(alphas, shapes, coded, strict=True)
    ]


def decode_lossy(body: bytes, shapes: Sequence[Shape], model: Model, rate: Rate, run: Map = map) -> list[Picture]:
    """Return the pictures of a lossy record; raises FormatError, LimitError or ModelError."""
    return decode_lossy_apart([body], [shapes], model, rate, run)[0]


def decode_lossy_apart(
    bodies: Sequence[bytes], shapes: Sequence[Sequence[Shape]], model: Model, rate: Rate, run: Map = map
) -> list[list[Picture]]:
    """Return the pictures of each record, as :func:`decode_lossy` does; they are worked on together."""
    payloads, alphas, sizes = [], [], []
    for body, some in zip(bodies, shapes, strict=True):
        cursor = Cursor(body, 0, len(body))
        alpha_sizes = [(s.height, s.width) for s in some if s.has_alpha]
        alphas.append(_read_alpha(cursor, alpha_sizes) if alpha_sizes else [])
        payloads.append(body[cursor.at :])
        sizes.append([Size(s.height, s.width, s.colour_planes) for s in some])
    coloured = model.codec.decode_apart(payloads, sizes, rate, run)
    return [_pictures(*each) for each in zip(coloured, shapes, alphas, strict=True)]


def _pictures(colour: Sequence[Colour], shapes: Sequence[Shape], alpha: Sequence[Plane]) -> list[Picture]:
    masks = iter(alpha)
    found = []
    for planes, shape in zip(colour, shapes, strict=True):
        each = [planes[..., plane] for plane in range(shape.colour_planes)]
        found.append(join_planes([*each, next(masks)] if shape.has_alpha else each, shape))
    return found


def _pack_alpha(planes: Sequence[Plane]) -> bytes:
    method, body = encode_plain(planes)
    return varint(len(body) + 1) + bytes([method]) + body


def _read_alpha(cursor: Cursor, sizes: Sequence[tuple[int, int]]) -> list[Plane]:
    field = cursor.take(cursor.varint("length of the alpha planes", 1), "alpha planes")
    if field[0] not in METHODS:
        raise FormatError(f"alpha planes with method {field[0]}")
    return decode_plain(field[0], field[1:], sizes)
