"""The lossless blocks: tiles to a body by the shortest method, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.codec.tiles import Plane, count_in, cut_all, groups, paste_all
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError
from aecodec.limits import MAX_STREAM_SYMBOLS
from aecodec.lossless import InkCoder, ResidualCoder, draw, encode_plain, recover
from aecodec.lossy import decode_symbols, encode_symbols
from aecodec.zoo import Model

RESIDUAL, ORIGINS = 3, 4
MODELLED = (RESIDUAL, ORIGINS)
BEAMS = (4, 8, 16, 24, 48, 96, 192, 384, 768, 1536)  # states of the search for origins, by effort
SAMPLE_TILES = 48  # of a large block are modelled first, to see whether it pays
Tiles = NDArray[np.uint8]


def best_method(model: Model | None) -> int:
    """The method by which ``model`` keeps pixels: its only one in a file of one picture."""
    return RESIDUAL if model is None or model.ink is None else ORIGINS


def encode_exact(planes: Sequence[Plane], model: Model | None, effort: int) -> tuple[int, bytes]:
    """The shortest way to keep the ``planes``, as method and body; ``model`` None leaves only plain ones."""
    method, body = encode_plain(planes)
    if model is not None:
        tiles = cut_all(planes, model.tile)
        if _is_promising(tiles, len(body), model):
            payload = _encode(tiles, model, effort)
            if len(payload) <= len(body):
                method, body = best_method(model), payload
    return method, body


def decode_modelled(method: int, body: bytes, sizes: Sequence[tuple[int, int]], model: Model) -> list[Plane]:
    """Planes of ``sizes`` (height, width) from the body of a modelled block; raises FormatError or ModelError."""
    _residual_coder(model)
    count = count_in(sizes, model.tile)
    reader = StreamReader(body)
    tiles = np.empty((count, *model.tile), np.uint8)
    for group in groups(count):
        rest = np.arange(group.start, group.stop)
        if method == ORIGINS:
            bits = _ink_coder(model).decode(len(rest), reader)
            for at, each in zip(rest, bits, strict=True):
                if each is not None:
                    tiles[at] = draw(each, model.tile)
            rest = rest[[each is None for each in bits]]
        if len(rest):
            tiles[rest] = _decode_residual(len(rest), model, reader)
    reader.finish()
    return paste_all(tiles, sizes)


def _is_promising(tiles: Tiles, plain: int, model: Model) -> bool:
    """Whether a sample of ``tiles`` suggests that modelling beats ``plain`` bytes for all of them."""
    if tiles.size * (2 if model.ink is None else 10) > MAX_STREAM_SYMBOLS:  # more than there can be symbols and bits
        return False
    if len(tiles) <= SAMPLE_TILES:
        return True
    sample = tiles[:: -(-len(tiles) // SAMPLE_TILES)]
    return len(_encode(sample, model, 0)) * len(tiles) < 1.1 * plain * len(sample)


def _encode(tiles: Tiles, model: Model, effort: int) -> bytes:
    writer = StreamWriter()
    for group in groups(len(tiles)):
        rest = tiles[group]
        if model.ink is not None:
            origins = recover(rest, BEAMS[effort])
            model.ink.encode(origins, writer)
            rest = rest[[origin is None for origin in origins]]
        if len(rest):
            _encode_residual(rest, model, writer)
    return writer.finish()


def _encode_residual(tiles: Tiles, model: Model, writer: StreamWriter) -> None:
    residual = _residual_coder(model)
    symbols = model.lossy.analyse(tiles)
    encode_symbols(model.lossy.prior, symbols, writer)
    residual.encode(tiles, model.lossy.synthesise(symbols), writer)


def _decode_residual(count: int, model: Model, reader: StreamReader) -> Tiles:
    residual = _residual_coder(model)
    symbols = decode_symbols(model.lossy.prior, count, reader)
    return residual.decode(model.lossy.synthesise(symbols), reader)


def _residual_coder(model: Model) -> ResidualCoder:
    if model.residual is None:
        raise ModelError(f"model {model.id} has no residual coder; it cannot keep exact pixels")
    return model.residual


def _ink_coder(model: Model) -> InkCoder:
    if model.ink is None:
        raise ModelError(f"model {model.id} has no origins; it cannot read such a block")
    return model.ink
