"""Exact pixels of tiles, by a model of these: scans by their origins, and the rest over a lossy base."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.codec.workers import Run
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError
from aecodec.limits import MAX_STREAM_SYMBOLS
from aecodec.lossless import InkCoder, Origin, ResidualCoder, draw, quick_size, recover
from aecodec.lossless.sides import SEARCHED_SIDES
from aecodec.lossless.window import SIDES
from aecodec.lossy import decode_symbols, encode_symbols
from aecodec.lossy.tiling import Plane, check_payload, count_in, cut_all, groups, paste_all
from aecodec.zoo import Model

RESIDUAL, ORIGINS, NETWORK = TILE_METHODS = 3, 4, 5
BASED_ORIGINS = 6  # in a second layer alone
SAMPLE_TILES = 48  # of a large block are modelled first, to see whether it pays
BLOCKS_AT_ONCE = 16  # of small pictures, whose origins are searched together: the more, the less time each takes
Tiles = NDArray[np.uint8]
Places = NDArray[np.intp]  # of tiles
EncodeInk = Callable[[slice, StreamWriter], None]
EncodeRest = Callable[[Places, StreamWriter], None]
DecodeInk = Callable[[slice, StreamReader], list[Tiles | None]]
DecodeRest = Callable[[Places, StreamReader], Tiles]


@dataclass(frozen=True)
class Search:
    """What an effort means: states of the search for origins, the largest side, and whether ink is coded fast."""

    beam: int
    largest: int = SEARCHED_SIDES[-1]
    fast: bool = False


EFFORTS = (Search(4, 63, fast=True), *(Search(beam) for beam in (4, 8, 16, 32, 64, 128, 256, 512, 1024)))


def tile_method(model: Model) -> int:
    """The method by which a model of tiles keeps pixels in a file of one picture."""
    if model.ink is None:
        return RESIDUAL
    return NETWORK if model.ink.has_network else ORIGINS


def encode_by_tiles(
    blocks: Sequence[Sequence[Plane]], model: Model, effort: int, *, alone: bool, run: Run
) -> Iterator[tuple[int, bytes] | None]:
    """Method and body of each of ``blocks``, None where they are not worth trying.

    ``alone``: for a file of one picture, which has but one modelled method. ``run`` does the searching as ``map`` does.
    """
    way = _Way(model, EFFORTS[effort], alone)
    tiles = [cut_all(planes, model.tile) for planes in blocks]
    possible = model.ink is not None and all(is_possible(some, inked=True) for some in tiles)
    found = search_origins(tiles, way.effort, run, possible=possible)
    for planes, some, origins in zip(blocks, tiles, found, strict=True):
        yield (way.method, way.encode(some, origins)) if way.is_promising(some, origins, planes) else None


def search_origins(
    blocks: Sequence[Tiles], search: Search, run: Run, *, possible: bool
) -> Iterator[list[Origin | None]]:
    """The origins of the tiles of each of ``blocks``, found together; none where that is not ``possible``."""
    found: list[Origin | None] = [None] * sum(map(len, blocks))
    if possible:
        found = recover(np.concatenate(blocks), search.beam, search.largest, run)
    for start, end in itertools.pairwise(np.cumsum([0, *map(len, blocks)])):
        yield found[start:end]


def is_possible(tiles: Tiles, *, inked: bool) -> bool:
    """Whether a payload can have as many symbols and bits as ``tiles`` may need; ``inked``: with origins."""
    of_origin = SEARCHED_SIDES[-1] ** 2 + 3  # pixels, side, and place
    return 2 * tiles.size + inked * of_origin * len(tiles) <= MAX_STREAM_SYMBOLS


def encode_tiles(count: int, origins: Sequence[Origin | None] | None, ink: EncodeInk, rest: EncodeRest) -> bytes:
    """The payload of ``count`` tiles, group by group: the origins by ``ink``, then by ``rest`` the tiles without.

    ``origins`` None: a payload that has none.
    """
    writer = StreamWriter()
    for group in groups(count):
        left = np.arange(group.start, group.stop)
        if origins is not None:
            ink(group, writer)
            left = left[[origin is None for origin in origins[group]]]
        if len(left):
            rest(left, writer)
    return writer.finish()


def decode_tiles(
    payload: bytes, count: int, size: tuple[int, int], ink: DecodeInk | None, rest: DecodeRest, latents: int = 0
) -> Tiles:
    """The ``count`` tiles of ``size`` (height, width) that :func:`encode_tiles` wrote; ``ink`` gives a group's, drawn.

    ``latents``: how many symbols a tile has before its residual.
    """
    check_payload(count, size)
    reader = StreamReader(payload)
    coded = latents + size[0] * size[1]
    reader.expect(count * (coded if ink is None else 1 + min(coded, SIDES[0] ** 2)))
    tiles = np.empty((count, *size), np.uint8)
    for group in groups(count):
        left = np.arange(group.start, group.stop)
        if ink is not None:
            drawn = ink(group, reader)
            for at, tile in zip(left, drawn, strict=True):
                if tile is not None:
                    tiles[at] = tile
            left = left[[tile is None for tile in drawn]]
        if len(left):
            tiles[left] = rest(left, reader)
    reader.finish()
    return tiles


@dataclass(frozen=True)
class _Way:
    """How a model is used to keep tiles."""

    model: Model
    effort: Search
    alone: bool

    @property
    def fast(self) -> bool:
        return self.effort.fast and not self.alone

    @property
    def method(self) -> int:
        best = tile_method(self.model)
        return ORIGINS if best == NETWORK and self.fast else best

    def is_promising(self, tiles: Tiles, origins: list[Origin | None], planes: Sequence[Plane]) -> bool:
        """Whether half of the origins are known, or else a sample of ``tiles`` suggests that it pays for ``planes``."""
        if not is_possible(tiles, inked=self.model.ink is not None):
            return False
        if len(tiles) <= SAMPLE_TILES or 2 * sum(origin is not None for origin in origins) > len(tiles):
            return True
        sample = slice(None, None, -(-len(tiles) // SAMPLE_TILES))
        some = tiles[sample]
        return len(self.encode(some, origins[sample])) * len(tiles) < 1.1 * quick_size(planes) * len(some)

    def encode(self, tiles: Tiles, origins: list[Origin | None]) -> bytes:
        """The payload."""
        coder = self.model.ink

        def ink(group: slice, writer: StreamWriter) -> None:
            assert coder is not None  # or there are no origins
            coder.encode(origins[group], writer, fast=self.fast)

        def rest(left: Places, writer: StreamWriter) -> None:
            _encode_residual(tiles[left], self.model, writer)

        return encode_tiles(len(tiles), None if coder is None else origins, ink, rest)


def decode_by_tiles(method: int, body: bytes, sizes: Sequence[tuple[int, int]], model: Model) -> list[Plane]:
    """Planes of ``sizes`` (height, width) from the body of a modelled block; raises FormatError or ModelError."""
    residual_coder(model)
    coder = None if method == RESIDUAL else _ink_coder(model, method)

    def ink(group: slice, reader: StreamReader) -> list[Tiles | None]:
        assert coder is not None  # or it is not asked
        bits = coder.decode(group.stop - group.start, reader, fast=method == ORIGINS)
        return [None if each is None else draw(each, model.tile) for each in bits]

    def rest(left: Places, reader: StreamReader) -> Tiles:
        return _decode_residual(len(left), model, reader)

    count, latents = count_in(sizes, model.tile), model.lossy.prior.latents
    tiles = decode_tiles(body, count, model.tile, None if coder is None else ink, rest, latents)
    return paste_all(tiles, sizes)


def _encode_residual(tiles: Tiles, model: Model, writer: StreamWriter) -> None:
    residual = residual_coder(model)
    symbols = model.lossy.analyse(tiles)
    encode_symbols(model.lossy.prior, symbols, writer)
    residual.encode(tiles, model.lossy.synthesise(symbols), writer)


def _decode_residual(count: int, model: Model, reader: StreamReader) -> Tiles:
    residual = residual_coder(model)
    symbols = decode_symbols(model.lossy.prior, count, reader)
    return residual.decode(model.lossy.synthesise(symbols), reader)


def residual_coder(model: Model) -> ResidualCoder:
    """That of ``model``; raises ModelError where it has none."""
    if model.residual is None:
        raise ModelError(f"model {model.id} has no residual coder; it cannot keep exact pixels")
    return model.residual


def _ink_coder(model: Model, method: int) -> InkCoder:
    if model.ink is None or (method == NETWORK and not model.ink.has_network):
        raise ModelError(f"model {model.id} cannot read blocks of method {method}")
    return model.ink
