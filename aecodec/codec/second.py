"""The second layer's records: pictures to what makes those of the first layer exact, and back.

Alpha is exact in the first layer, so that only colour planes are coded here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.codec.exact import EFFORTS, RESIDUAL, most_symbols, residual_coder, search_origins
from aecodec.codec.tiles import Picture, Plane, colour_of, count_in, cut_all, groups, paste_all, recoloured
from aecodec.codec.workers import Run
from aecodec.container import Shape
from aecodec.container.varint import Cursor
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import FormatError, ModelError, UnsupportedError
from aecodec.limits import MAX_STREAM_SYMBOLS
from aecodec.lossless import BasedCoder, Origin, decode_plain, draw_at, encode_plain
from aecodec.lossless.plain import METHODS
from aecodec.zoo import Model

BASED_ORIGINS = 6  # a method; RESIDUAL is the other modelled one
_ALONE = (4, 5)  # methods of files without layers
Tiles = NDArray[np.uint8]


def encode_second(
    blocks: Sequence[Sequence[Plane]], lossy: Sequence[Sequence[Plane]], model: Model, effort: int, run: Run
) -> Iterator[tuple[int, bytes]]:
    """The shortest way to keep the colour planes of each of ``blocks``, as method and payload or plain body.

    ``lossy`` are the same planes as the first layer gives them, ``model`` that for exact pixels. ``run`` does the
    search for origins as ``map`` does. Of ways that are equally short the first method is taken.
    """
    tiles = [cut_all(planes, model.tile) for planes in blocks]
    coder = None if model.ink is None else model.ink.based
    possible = coder is not None and all(_is_possible(some, inked=True) for some in tiles)
    found = search_origins(tiles, EFFORTS[effort], run, possible=possible)
    for planes, given, some, origins in zip(blocks, lossy, tiles, found, strict=True):
        base = cut_all(given, model.tile)
        ways = [encode_plain(planes)]
        if _is_possible(some, inked=False):
            ways.append((RESIDUAL, _encode(some, base, model, None, origins)))
        if coder is not None and any(origins):
            ways.append((BASED_ORIGINS, _encode(some, base, model, coder, origins)))
        yield min(ways, key=lambda way: (len(way[1]), way[0]))


def decode_second(record: bytes, pictures: Sequence[Picture], shapes: Sequence[Shape], model: Model) -> list[Picture]:
    """The exact pictures of a block from its ``record`` without the check, and those of the first layer.

    Raises FormatError, UnsupportedError or ModelError.
    """
    cursor = Cursor(record, 0, len(record))
    method, body = cursor.byte("method"), record[cursor.at :]
    lossy = colour_of(pictures, shapes)
    if method in METHODS:
        planes = decode_plain(method, body, _sizes(lossy))
    elif method in (RESIDUAL, BASED_ORIGINS):
        planes = _decode(body, lossy, model, _based_coder(model) if method == BASED_ORIGINS else None)
    elif method in _ALONE:
        raise FormatError(f"a block of method {method} in a second layer, where there is none")
    else:
        raise UnsupportedError(f"block method {method} is not known to this aecodec; a newer one may be")
    return recoloured(pictures, shapes, planes)


def _encode(
    tiles: Tiles, base: Tiles, model: Model, coder: BasedCoder | None, origins: Sequence[Origin | None]
) -> bytes:
    """The payload: origins by ``coder`` if there is one, and of all other tiles the residual."""
    writer = StreamWriter()
    for group in groups(len(tiles)):
        rest = np.arange(group.start, group.stop)
        if coder is not None:
            coder.encode(origins[group], base[group], writer)
            rest = rest[[origin is None for origin in origins[group]]]
        if len(rest):
            residual_coder(model).encode(tiles[rest], base[rest], writer)
    return writer.finish()


def _decode(payload: bytes, lossy: Sequence[Plane], model: Model, coder: BasedCoder | None) -> list[Plane]:
    residual, sizes = residual_coder(model), _sizes(lossy)
    base, reader = cut_all(lossy, model.tile), StreamReader(payload)
    tiles = np.empty((count_in(sizes, model.tile), *model.tile), np.uint8)
    for group in groups(len(tiles)):
        rest = np.arange(group.start, group.stop)
        if coder is not None:
            origins = coder.decode(base[group], reader)
            for at, origin in zip(rest, origins, strict=True):
                if origin is not None:
                    tiles[at] = draw_at(origin, model.tile)
            rest = rest[[origin is None for origin in origins]]
        if len(rest):
            tiles[rest] = residual.decode(base[rest], reader)
    reader.finish()
    return paste_all(tiles, sizes)


def _sizes(planes: Sequence[Plane]) -> list[tuple[int, int]]:
    return [(plane.shape[0], plane.shape[1]) for plane in planes]


def _is_possible(tiles: Tiles, *, inked: bool) -> bool:
    return most_symbols(tiles, inked=inked) <= MAX_STREAM_SYMBOLS


def _based_coder(model: Model) -> BasedCoder:
    if model.ink is None or model.ink.based is None:
        raise ModelError(f"model {model.id} cannot read blocks of method {BASED_ORIGINS}")
    return model.ink.based
