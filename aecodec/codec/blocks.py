"""One block's record: the pictures of a block to its body, and back.

Every encoder here decodes what it wrote and returns those pixels, so that callers know
the true distortion and the check is over what a reader will see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aecodec.codec.exact import decode_modelled, encode_exact
from aecodec.codec.exact_pixels import PIXEL_METHODS, QUICK_METHODS, decode_quickly
from aecodec.codec.exact_tiles import BASED_ORIGINS, RESIDUAL, TILE_METHODS, tile_method
from aecodec.codec.tiles import Picture, join_planes, split_planes
from aecodec.codec.workers import Run
from aecodec.container import Header, Shape
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, ModelError, UnsupportedError
from aecodec.exact.rounding import rounding_checked, rounding_checked_for_each
from aecodec.exact.sheets import Map
from aecodec.kinds import Colour, LossyCodec, Rate, Size
from aecodec.lossless import decode_plain, encode_plain
from aecodec.lossless.plain import METHODS
from aecodec.lossy.tiling import Plane
from aecodec.zoo import Model


@dataclass(frozen=True)
class Block:
    """A coded block: body without check, payload bytes in it, and the pixels it decodes to."""

    body: bytes
    payload: int
    decoded: list[Picture]


@rounding_checked()
def encode_lossy(
    pictures: Sequence[Picture], shapes: Sequence[Shape], codec: LossyCodec, quality: int, effort: int, run: Map = map
) -> Block:
    """Code the colour planes with ``codec`` at ``quality`` and alpha exactly."""
    planes = [split_planes(picture, shape) for picture, shape in zip(pictures, shapes, strict=True)]
    colour = [np.stack(group[: s.colour_planes], axis=-1) for group, s in zip(planes, shapes, strict=True)]
    alpha = [group[-1] for group, s in zip(planes, shapes, strict=True) if s.has_alpha]
    payload, decoded = codec.encode(colour, quality, effort, run)
    head = _pack_alpha(alpha) if alpha else b""
    return Block(head + payload, len(payload), _pictures(decoded, shapes, alpha))


def encode_lossless(
    blocks: Sequence[Sequence[Picture]],
    shapes: Sequence[Sequence[Shape]],
    model: Model | None,
    effort: int,
    *,
    alone: bool,
    quick: bool,
    run: Run,
) -> Iterator[tuple[int, Block]]:
    """Method and block that keep the pictures of each of ``blocks``; arguments as for :func:`encode_exact`."""
    planes = [
        [plane for p, s in zip(pictures, some, strict=True) for plane in split_planes(p, s)]
        for pictures, some in zip(blocks, shapes, strict=True)
    ]
    coded = encode_exact(planes, shapes, model, effort, alone=alone, quick=quick, run=run)
    for (method, body), pictures in zip(rounding_checked_for_each(coded), blocks, strict=True):
        yield method, Block(body, len(body), list(pictures))


@rounding_checked()
def decode_block(
    header: Header, body: bytes, shapes: Sequence[Shape], model: Model | None, run: Map = map
) -> list[Picture]:
    """The pictures of one block; raises FormatError, UnsupportedError or ModelError."""
    if not header.exact:
        if model is None:
            raise ModelError("a lossy file cannot be decoded without its model")
        return _decode_lossy(body, shapes, model, Rate(header.step, header.quality), run)
    cursor = Cursor(body, 0, len(body))
    method = cursor.byte("method") if header.has_method else _implied_method(model)
    body = body[cursor.at :]
    if method in METHODS:
        sizes = [(s.height, s.width) for s in shapes for _ in range(s.colour_planes + s.has_alpha)]
        return _gather(decode_plain(method, body, sizes), shapes)
    if method in QUICK_METHODS:
        return _gather(decode_quickly(method, body, shapes), shapes)
    _check_method(header, method)
    if model is None:
        raise ModelError("a modelled block cannot be decoded without its model")
    return _gather(decode_modelled(method, body, shapes, model), shapes)


def _implied_method(model: Model | None) -> int:
    """That of a file of one picture without a method byte."""
    return RESIDUAL if model is None else tile_method(model)


def _check_method(header: Header, method: int) -> None:
    """Raise FormatError or UnsupportedError unless a file with this header may have blocks of ``method``, which is one
    that needs a model.
    """
    if header.pixels and method in (*TILE_METHODS, BASED_ORIGINS):
        raise FormatError(f"a block of method {method} in a file of pixels, where there is none")
    if method not in (PIXEL_METHODS if header.pixels else TILE_METHODS):
        raise UnsupportedError(f"block method {method} is not known to this aecodec; a newer one may be")
    if header.fingerprint is None and method != RESIDUAL:
        raise UnsupportedError(f"block method {method} in a file that names no model; a newer aecodec may know it")
    if header.fingerprint is None:
        raise FormatError("a modelled block in a file that names no model")


def _decode_lossy(body: bytes, shapes: Sequence[Shape], model: Model, rate: Rate, run: Map) -> list[Picture]:
    cursor = Cursor(body, 0, len(body))
    alpha_sizes = [(s.height, s.width) for s in shapes if s.has_alpha]
    alpha = _read_alpha(cursor, alpha_sizes) if alpha_sizes else []
    sizes = [Size(s.height, s.width, s.colour_planes) for s in shapes]
    return _pictures(model.codec.decode(body[cursor.at :], sizes, rate, run), shapes, alpha)


def _pictures(colour: Sequence[Colour], shapes: Sequence[Shape], alpha: Sequence[Plane]) -> list[Picture]:
    masks = iter(alpha)
    planes: list[Plane] = []
    for found, shape in zip(colour, shapes, strict=True):
        planes += [found[..., plane] for plane in range(shape.colour_planes)]
        planes += [next(masks)] if shape.has_alpha else []
    return _gather(planes, shapes)


def _gather(planes: Sequence[Plane], shapes: Sequence[Shape]) -> list[Picture]:
    pictures, at = [], 0
    for shape in shapes:
        count = shape.colour_planes + shape.has_alpha
        pictures.append(join_planes(planes[at : at + count], shape))
        at += count
    return pictures


def _pack_alpha(planes: Sequence[Plane]) -> bytes:
    method, body = encode_plain(planes)
    return varint(len(body) + 1) + bytes([method]) + body


def _read_alpha(cursor: Cursor, sizes: Sequence[tuple[int, int]]) -> list[Plane]:
    field = cursor.take(cursor.varint("length of the alpha planes", 1), "alpha planes")
    if field[0] not in METHODS:
        raise FormatError(f"alpha planes with method {field[0]}")
    return decode_plain(field[0], field[1:], sizes)
