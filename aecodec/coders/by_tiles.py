"""Chooses the coder of planes that takes the fewest bytes, with a model of tiles."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from aecodec.arrays import Plane, Tiles
from aecodec.coders.protocol import CLEARLY, Block, Body
from aecodec.coders.tiles import BY_NETWORK, BY_TABLE, CONDITIONAL, RESIDUAL, Scans, TileCoder, tile_coder
from aecodec.engine import HERE, Engine
from aecodec.frozen import dataclass
from aecodec.limits import MAX_STREAM_SYMBOLS
from aecodec.lossless import quick_size
from aecodec.lossy.tiling import cut_all
from aecodec.scans.sizes import SEARCHED_SIZES
from aecodec.zoo import Model

if TYPE_CHECKING:
    from aecodec.scans import Scan

SAMPLE_TILES = 48  # so many tiles of a large block are coded first, to see whether the model pays


@dataclass(frozen=True)
class Search:
    """What an effort means for scans: states of the search, the largest size, and whether ink is coded by the table."""

    beam: int
    largest: int = SEARCHED_SIZES[-1]
    fast: bool = False


EFFORTS = (Search(4, 63, fast=True), *(Search(beam) for beam in (4, 8, 16, 32, 64, 128, 256, 512, 1024)))


@dataclass(frozen=True)
class TileEncoder:
    """An Encoder with a ``model`` of tiles. ``alone`` says that the file has one picture.

    ``scans`` are those of each block, if they are known already from :meth:`scans_of`.
    """

    model: Model
    effort: int
    alone: bool
    scans: Sequence[Scans] | None = None
    handicap = 0

    def encode(self, blocks: Sequence[Block]) -> Iterator[list[Body]]:
        """See Encoder."""
        over = bool(blocks) and blocks[0].frame.shown is not None
        found = self.scans
        if found is None:
            found = self.scans_of([block.planes for block in blocks], over=over, engine=HERE)
        coder = self._coder(over=over)
        for block, scans in zip(blocks, found, strict=True):
            yield list(self._bodies(block, coder, cut_all(block.planes, self.model.tiles.tile), scans))

    def scans_of(self, blocks: Sequence[Sequence[Plane]], *, over: bool, engine: Engine) -> list[Scans]:
        """Return the scans of the tiles of each block of planes. ``engine`` searches for all of them together.

        ``over`` says that the planes are those of a second layer.
        """
        tiles = [cut_all(planes, self.model.tiles.tile) for planes in blocks]
        inked = self._coder(over=over) is not RESIDUAL
        possible = inked and all(is_possible(some, inked=True) for some in tiles)
        return list(search_scans(tiles, EFFORTS[self.effort], engine, possible=possible))

    def _coder(self, *, over: bool) -> TileCoder:
        """Return the coder to try first; ``over`` says that it is for a second layer."""
        best, ink = tile_coder(self.model), self.model.ink
        if over:
            return RESIDUAL if ink is None or ink.conditional is None else CONDITIONAL
        return BY_TABLE if best is BY_NETWORK and EFFORTS[self.effort].fast and not self.alone else best

    def _bodies(self, block: Block, coder: TileCoder, tiles: Tiles, scans: Scans) -> Iterator[Body]:
        if block.frame.shown is None:
            if self._is_promising(block, coder, tiles, scans):
                yield coder.method, coder.encode(tiles, scans, self.model, None)
            return
        shown, known = cut_all(block.frame.shown, self.model.tiles.tile), [scan for scan in scans if scan is not None]
        if known:
            body = coder.encode(tiles, scans, self.model, shown)
            yield coder.method, body
            if 2 * len(known) > len(scans) and len(body) * CLEARLY <= quick_size(block.planes):
                return
        if is_possible(tiles, inked=False):
            yield RESIDUAL.method, RESIDUAL.encode(tiles, [None] * len(tiles), self.model, shown)

    def _is_promising(self, block: Block, coder: TileCoder, tiles: Tiles, scans: Scans) -> bool:
        """Return whether the model may pay: more than half of the tiles have scans, or a sample of tiles is short."""
        if not is_possible(tiles, inked=coder is not RESIDUAL):
            return False
        if len(tiles) <= SAMPLE_TILES or 2 * sum(scan is not None for scan in scans) > len(tiles):
            return True
        sample = slice(None, None, -(-len(tiles) // SAMPLE_TILES))
        some = coder.encode(tiles[sample], scans[sample], self.model, None)
        return len(some) * len(tiles) < 1.1 * quick_size(block.planes) * len(tiles[sample])


def search_scans(
    blocks: Sequence[Tiles], search: Search, engine: Engine = HERE, *, possible: bool
) -> Iterator[list[Scan | None]]:
    """Yield the scans of the tiles of each of ``blocks``, which are searched together.

    If ``possible`` is false, no tile has a scan.
    """
    found: list[Scan | None] = [None] * sum(map(len, blocks))
    if possible:
        from aecodec.scans import recover  # here, for pictures without scans do not need it

        found = recover(np.concatenate(blocks), search.beam, search.largest, engine)
    for start, end in itertools.pairwise(np.cumsum([0, *map(len, blocks)])):
        yield found[start:end]


def is_possible(tiles: Tiles, *, inked: bool) -> bool:
    """Return whether a payload can have as many symbols and bits as ``tiles`` may need. ``inked``: with scans."""
    of_scan = SEARCHED_SIZES[-1] ** 2 + 3  # symbols for pixels, size, and place
    return 2 * tiles.size + inked * of_scan * len(tiles) <= MAX_STREAM_SYMBOLS
