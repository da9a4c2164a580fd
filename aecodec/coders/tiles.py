"""Coders of planes cut into tiles. A tile is coded as its bilevel scan if it has one, else as a base and a residual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from aecodec.arrays import Indices, Plane, Tiles
from aecodec.coders.protocol import Frame, Needs
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.ink.window import SCAN_SIZES
from aecodec.lossy import decode_symbols, encode_symbols
from aecodec.lossy.tiling import check_payload, count_in, cut_all, groups, paste_all
from aecodec.scans.scan import Scan, draw_all, draw_at
from aecodec.zoo import Model

if TYPE_CHECKING:
    from aecodec.ink import ConditionalCoder, InkCoder
    from aecodec.lossless import ResidualCoder

Scans = Sequence[Scan | None]  # one for each tile, None for a tile without a scan


class Base(Protocol):
    """The base of tiles, from which their residual is the difference."""

    symbols: int  # that are coded for the base of a tile

    def encode(self, tiles: Tiles, places: Indices, writer: StreamWriter) -> Tiles:
        """Code the base of ``tiles`` ``[n, h, w]`` at ``places`` ``[n]``, and return it as a reader will have it."""

    def decode(self, places: Indices, reader: StreamReader) -> Tiles:
        """Return the base of the tiles at ``places`` ``[n]``, ``[n, h, w]``."""


class LossyBase:
    """A Base by the lossy networks of ``model``. Latents are coded."""

    def __init__(self, model: Model) -> None:
        self._networks = model.tiles.networks
        self.symbols = self._networks.latents

    def encode(self, tiles: Tiles, places: Indices, writer: StreamWriter) -> Tiles:
        """See Base."""
        symbols = self._networks.analyse(tiles)
        encode_symbols(self._networks.prior, symbols, writer)
        return self._networks.synthesise(symbols)

    def decode(self, places: Indices, reader: StreamReader) -> Tiles:
        """See Base."""
        return self._networks.synthesise(decode_symbols(self._networks.prior, len(places), reader))


class ShownBase:
    """A Base of ``tiles`` as a first layer shows them. Nothing is coded."""

    symbols = 0

    def __init__(self, tiles: Tiles) -> None:
        self._tiles = tiles

    def encode(self, tiles: Tiles, places: Indices, writer: StreamWriter) -> Tiles:
        """See Base."""
        return self._tiles[places]

    def decode(self, places: Indices, reader: StreamReader) -> Tiles:
        """See Base."""
        return self._tiles[places]


class Ink(Protocol):
    """How scans are coded."""

    there: bool  # whether a payload says which tiles have a scan

    def encode(self, scans: Scans, places: Indices, writer: StreamWriter) -> None:
        """Code ``scans`` of the tiles at ``places``."""

    def decode(self, places: Indices, reader: StreamReader) -> tuple[Indices, Tiles]:
        """Return which of the tiles at ``places``, counted from 0, have a scan, and their pictures ``[n, h, w]``."""


class NoInk:
    """The Ink of payloads without scans."""

    there = False

    def encode(self, scans: Scans, places: Indices, writer: StreamWriter) -> None:
        """See Ink."""

    def decode(self, places: Indices, reader: StreamReader) -> tuple[Indices, Tiles]:
        """See Ink."""
        return np.empty(0, np.intp), np.empty((0, 0, 0), np.uint8)


@dataclass(frozen=True)
class AloneInk:
    """The Ink of scans that are coded alone, for tiles of ``size``. ``fast``: by the table."""

    coder: InkCoder
    size: tuple[int, int]
    fast: bool
    there = True

    def encode(self, scans: Scans, places: Indices, writer: StreamWriter) -> None:
        """See Ink."""
        self.coder.encode(scans, writer, fast=self.fast)

    def decode(self, places: Indices, reader: StreamReader) -> tuple[Indices, Tiles]:
        """See Ink."""
        there, scans = self.coder.decode(len(places), reader, fast=self.fast)
        return there, draw_all(scans, self.size)


@dataclass(frozen=True)
class ConditionalInk:
    """The Ink of scans given the lossy pictures of a first layer, ``shown``."""

    coder: ConditionalCoder
    shown: Tiles
    there = True

    def encode(self, scans: Scans, places: Indices, writer: StreamWriter) -> None:
        """See Ink."""
        self.coder.encode(scans, self.shown[places], writer)

    def decode(self, places: Indices, reader: StreamReader) -> tuple[Indices, Tiles]:
        """See Ink."""
        there, scans = self.coder.decode(self.shown[places], reader)
        drawn = np.empty((len(scans), *self.shown.shape[1:]), np.uint8)
        for number, scan in enumerate(scans):
            drawn[number] = draw_at(scan, self.shown.shape[1:])
        return there, drawn


@dataclass(frozen=True)
class TileCoder:
    """A Coder of tiles in groups. ``ink`` codes the scans of tiles that have one; the others get a residual."""

    method: int
    title: str
    needs: Needs
    ink: Callable[[Model, Tiles | None], Ink]  # for a model, and what a first layer shows; raises ModelError

    def encode(self, tiles: Tiles, scans: Scans, model: Model, shown: Tiles | None) -> bytes:
        """Return the body of ``tiles`` ``[n, h, w]``; ``shown`` are the same tiles as a first layer shows them."""
        residual, ink, base = residual_coder(model), self.ink(model, shown), _base(model, shown)
        writer = StreamWriter()
        for group in groups(len(tiles)):
            places = np.arange(group.start, group.stop)
            ink.encode(scans[group], places, writer)
            left = places[[scan is None for scan in scans[group]]]
            if len(left):
                residual.encode(tiles[left], base.encode(tiles[left], left, writer), writer)
        return writer.finish()

    def decode(self, body: bytes, frame: Frame, model: Model | None) -> list[Plane]:
        """See Coder."""
        model = _model(model, self.method)
        shown = None if frame.shown is None else cut_all(frame.shown, model.tiles.tile)
        residual, ink, base = residual_coder(model), self.ink(model, shown), _base(model, shown)
        count = count_in(frame.sizes, model.tiles.tile)
        check_payload(count, model.tiles.tile)
        reader = StreamReader(body)
        reader.expect(count * _fewest_symbols(base.symbols + model.tiles.tile[0] * model.tiles.tile[1], ink))
        tiles = np.empty((count, *model.tiles.tile), np.uint8)
        for group in groups(count):
            places = np.arange(group.start, group.stop)
            there, drawn = ink.decode(places, reader)
            if len(there):
                tiles[places[there]] = drawn
            left = np.delete(places, there)
            if len(left):
                tiles[left] = residual.decode(base.decode(left, reader), reader)
        reader.finish()
        return paste_all(tiles, frame.sizes)


def _fewest_symbols(coded: int, ink: Ink) -> int:
    """Return how many symbols a tile has at least. Without a scan it has ``coded``."""
    return 1 + min(coded, SCAN_SIZES[0] ** 2) if ink.there else coded


def _base(model: Model, shown: Tiles | None) -> Base:
    return LossyBase(model) if shown is None else ShownBase(shown)


def _model(model: Model | None, method: int) -> Model:
    if model is None:
        raise ModelError(f"a block of method {method} cannot be decoded without its model")
    return model


def residual_coder(model: Model) -> ResidualCoder:
    """Return the residual coder of ``model``. Raises ModelError if it has none."""
    if model.residual is None:
        raise ModelError(f"model {model.id} has no residual coder; it cannot keep exact pixels")
    return model.residual


def _no_ink(model: Model, shown: Tiles | None) -> Ink:
    return NoInk()


def _by_table(model: Model, shown: Tiles | None) -> Ink:
    return AloneInk(_ink_coder(model, BY_TABLE.method), model.tiles.tile, fast=True)


def _by_network(model: Model, shown: Tiles | None) -> Ink:
    coder = _ink_coder(model, BY_NETWORK.method)
    if not coder.has_network:
        raise _cannot_read(model, BY_NETWORK.method)
    return AloneInk(coder, model.tiles.tile, fast=False)


def _conditional(model: Model, shown: Tiles | None) -> Ink:
    coder = None if model.ink is None else model.ink.conditional
    if coder is None or shown is None:
        raise _cannot_read(model, CONDITIONAL.method)
    return ConditionalInk(coder, shown)


def _ink_coder(model: Model, method: int) -> InkCoder:
    if model.ink is None:
        raise _cannot_read(model, method)
    return model.ink


def _cannot_read(model: Model, method: int) -> ModelError:
    return ModelError(f"model {model.id} cannot read blocks of method {method}")


RESIDUAL = TileCoder(3, "by tiles", Needs.TILES, _no_ink)
BY_TABLE = TileCoder(4, "as scans, quickly", Needs.TILES, _by_table)
BY_NETWORK = TileCoder(5, "as scans", Needs.TILES, _by_network)
CONDITIONAL = TileCoder(6, "as scans, over the first layer", Needs.LAYER, _conditional)
TILES = (RESIDUAL, BY_TABLE, BY_NETWORK, CONDITIONAL)


def tile_coder(model: Model) -> TileCoder:
    """Return the best coder with this model of tiles. A file of one picture that names the model may have no other."""
    if model.ink is None:
        return RESIDUAL
    return BY_NETWORK if model.ink.has_network else BY_TABLE
