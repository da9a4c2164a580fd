"""What writing and reading a container share: checks of pixels, models that fit, and the bodies of lossy records."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from aecodec.arrays import Colour, Picture, Plane
from aecodec.codec.tiles import join_planes, split_planes
from aecodec.container import References, Shape, read_references
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, ModelError
from aecodec.exact.rounding import rounding_checked
from aecodec.frozen import dataclass
from aecodec.kinds import LossyCodec, Rate, Size
from aecodec.lossless.plain import METHODS, decode_plain, encode_plain
from aecodec.zoo import Model

if TYPE_CHECKING:
    from aecodec.exact.sheets import Map


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
    """A lossy record: ``body`` without references, how many bytes of it are payload, and the pixels it decodes to;
    ``references`` of all its pictures, empty where none has one.
    """

    body: bytes
    payload: int
    decoded: list[Picture]
    references: References


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
    *,
    for_eyes: bool = False,
) -> list[Lossy]:
    """Code each block of pictures as :func:`encode_lossy` does alone, or ``for_eyes``; they are worked on together."""
    colours, alphas = [], []
    for block, some in zip(blocks, shapes, strict=True):
        planes = [split_planes(picture, shape) for picture, shape in zip(block, some, strict=True)]
        colours.append([np.stack(group[: s.colour_planes], axis=-1) for group, s in zip(planes, some, strict=True)])
        alphas.append([group[-1] for group, s in zip(planes, some, strict=True) if s.has_alpha])
    coded = codec.encode_apart(colours, quality, effort, run, for_eyes=for_eyes)
    return [
        Lossy(
            (_pack_alpha(alpha) if alpha else b"") + each.data,
            len(each.data),
            _pictures(each.pictures, some, alpha),
            each.references,
        )
        for alpha, some, each in zip(alphas, shapes, coded, strict=True)
    ]


def decode_lossy(
    body: bytes, shapes: Sequence[Shape], model: Model, rate: Rate, run: Map = map, *, referenced: bool = False
) -> list[Picture]:
    """Return the pictures of a lossy record, which begins with references in a file that is ``referenced``.

    Raises FormatError, LimitError or ModelError.
    """
    cursor = Cursor(body, 0, len(body))
    references = read_references(cursor, shapes) if referenced else ()
    alpha = _read_alphas(cursor, shapes)
    colour = model.codec.decode(body[cursor.at :], _sizes(shapes), rate, run, references)
    return _pictures(colour, shapes, alpha)


def decode_lossy_apart(
    bodies: Sequence[bytes], shapes: Sequence[Sequence[Shape]], model: Model, rate: Rate, run: Map = map
) -> list[list[Picture]]:
    """Return the pictures of each record without references, as :func:`decode_lossy` does; they are worked on
    together.
    """
    payloads, alphas = [], []
    for body, some in zip(bodies, shapes, strict=True):
        cursor = Cursor(body, 0, len(body))
        alphas.append(_read_alphas(cursor, some))
        payloads.append(body[cursor.at :])
    coloured = model.codec.decode_apart(payloads, [_sizes(some) for some in shapes], rate, run)
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


def _sizes(shapes: Sequence[Shape]) -> list[Size]:
    return [Size(shape.height, shape.width, shape.colour_planes) for shape in shapes]


def _read_alphas(cursor: Cursor, shapes: Sequence[Shape]) -> list[Plane]:
    """Return the alpha planes of those of ``shapes`` that have one."""
    sizes = [(shape.height, shape.width) for shape in shapes if shape.has_alpha]
    if not sizes:
        return []
    field = cursor.take(cursor.varint("length of the alpha planes", 1), "alpha planes")
    if field[0] not in METHODS:
        raise FormatError(f"alpha planes with method {field[0]}")
    return decode_plain(field[0], field[1:], sizes)
