"""The second layer's records: pictures to what makes those of the first layer exact, and back.

Alpha is exact in the first layer, so that only colour planes are coded here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aecodec.codec.exact import CLEARLY
from aecodec.codec.exact_tiles import (
    BASED_ORIGINS,
    EFFORTS,
    RESIDUAL,
    Places,
    Tiles,
    decode_tiles,
    encode_tiles,
    is_possible,
    residual_coder,
    search_origins,
)
from aecodec.codec.tiles import Picture, colour_of, recoloured
from aecodec.codec.workers import Run
from aecodec.container import Shape
from aecodec.container.varint import Cursor
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import FormatError, ModelError, UnsupportedError
from aecodec.exact.rounding import rounding_checked
from aecodec.lossless import BasedCoder, Origin, decode_plain, draw_at, encode_plain, quick_size
from aecodec.lossless.plain import METHODS
from aecodec.lossy.tiling import Plane, cut_all, paste_all
from aecodec.zoo import Model

_ALONE = (4, 5)  # methods of files without layers


def encode_second(
    blocks: Sequence[Sequence[Plane]], lossy: Sequence[Sequence[Plane]], model: Model, effort: int, run: Run
) -> Iterator[tuple[int, bytes]]:
    """The shortest way to keep the colour planes of each of ``blocks``, as method and payload or plain body.

    ``lossy`` are the same planes as the first layer gives them, ``model`` that for exact pixels. ``run`` does the
    search for origins as ``map`` does. Of ways that are equally short the first method is taken.
    """
    tiles = [cut_all(planes, model.tile) for planes in blocks]
    coder = None if model.ink is None else model.ink.based
    possible = coder is not None and all(is_possible(some, inked=True) for some in tiles)
    found = search_origins(tiles, EFFORTS[effort], run, possible=possible)
    for planes, given, some, origins in zip(blocks, lossy, tiles, found, strict=True):
        base = cut_all(given, model.tile)
        ways: list[tuple[int, bytes]] = []
        if any(origins):
            ways.append((BASED_ORIGINS, _encode(some, base, model, coder, origins)))
        mostly = 2 * sum(origin is not None for origin in origins) > len(origins)
        if not (mostly and len(ways[0][1]) * CLEARLY <= quick_size(planes)):
            ways.append(encode_plain(planes))
            if is_possible(some, inked=False):
                ways.append((RESIDUAL, _encode(some, base, model, None, origins)))
        yield min(ways, key=lambda way: (len(way[1]), way[0]))


@rounding_checked()
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

    def ink(group: slice, writer: StreamWriter) -> None:
        assert coder is not None  # or there are no origins
        coder.encode(origins[group], base[group], writer)

    def rest(left: Places, writer: StreamWriter) -> None:
        residual_coder(model).encode(tiles[left], base[left], writer)

    return encode_tiles(len(tiles), None if coder is None else origins, ink, rest)


def _decode(payload: bytes, lossy: Sequence[Plane], model: Model, coder: BasedCoder | None) -> list[Plane]:
    residual, sizes, base = residual_coder(model), _sizes(lossy), cut_all(lossy, model.tile)

    def ink(group: slice, reader: StreamReader) -> list[Tiles | None]:
        assert coder is not None  # or it is not asked
        origins = coder.decode(base[group], reader)
        return [None if origin is None else draw_at(origin, model.tile) for origin in origins]

    def rest(left: Places, reader: StreamReader) -> Tiles:
        return residual.decode(base[left], reader)

    tiles = decode_tiles(payload, len(base), model.tile, None if coder is None else ink, rest)
    return paste_all(tiles, sizes)


def _sizes(planes: Sequence[Plane]) -> list[tuple[int, int]]:
    return [(plane.shape[0], plane.shape[1]) for plane in planes]


def _based_coder(model: Model) -> BasedCoder:
    if model.ink is None or model.ink.based is None:
        raise ModelError(f"model {model.id} cannot read blocks of method {BASED_ORIGINS}")
    return model.ink.based
