"""A grid model: analysis, synthesis, hyper-analysis and prior in exact integers, and pictures coded with them.

Pictures of any size are padded to a grid of places; a place is 16 x 16 pixels. A large grid is cut into tiles, which
are coded one after the other. Small grids of one size are coded together. Synthesis sees the whole grid, so tiles leave
no seams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Classes, Integers16, Integers32, Integers64, Latents, Picture, Tensors
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError
from aecodec.exact.sheet_chain import SheetChain, build_sheet_chain
from aecodec.exact.sheets import Map, Sheet
from aecodec.exact.tensors import take
from aecodec.follow import followed
from aecodec.frozen import dataclass
from aecodec.grid.adaptive_filter import NO_FILTER, AdaptiveFilter, Strip, Weights
from aecodec.grid.coder import Independent, decode_pass, encode_pass, rounded
from aecodec.grid.dependent import Dependent
from aecodec.grid.names import ADAPTIVE, POSTFILTER, PREFILTER
from aecodec.grid.prior import HYPER_SIDE, Pass, Prior
from aecodec.grid.transforms import Analysis, Synthesis, padded, picture_of
from aecodec.limits import GRID_GROUP_PLACES, GRID_TILE, GRID_VALUE_MAX

CURVATURE_BITS = 8  # of a curvature's fraction; it is in squared grey levels for each squared unit of a latent
MOST_CURVATURE = 1 << 13  # keeps a search's costs below 2**63, as λ is below 2**18, and errors of latents below 2**16


@dataclass(frozen=True)
class Tile:
    """A part of the grid of the picture numbered ``picture``."""

    picture: int
    rows: slice
    columns: slice

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in places."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start


# A choice gets targets, the pass, means and classes, [places, channels] each, and steps [channels]. It returns symbols,
# and the numbers of their tables.
Choice = Callable[[Integers64, Pass, Integers64, Classes, Integers64], tuple[Integers64, Classes]]


@dataclass
class Coded:
    """Coded pictures.

    ``passes`` are symbols and the numbers of their tables, pass by pass. ``grids`` are the latents ``[h, w, channels]``
    that a decoder makes of them. Where a search has computed them already, ``pictures`` are the decoded pictures
    ``[H, W, 3]``, by number, and ``errors`` their squared errors, as the search counts them. ``filters`` are the
    weights of the adaptive filters, by number; pictures that have none are not filtered.
    """

    grids: list[Latents]
    passes: list[tuple[Integers16, Classes]] = field(default_factory=list)
    pictures: dict[int, Picture] = field(default_factory=dict)
    errors: dict[int, int] = field(default_factory=dict)
    filters: dict[int, Weights] = field(default_factory=dict)


class GridModel:
    """A model built from a model file's tensors and description. Raises ModelError if they do not fit.

    If the tensors are known to be ``sound``, what only encoders need is built when it is first used.
    """

    def __init__(self, tensors: Tensors, description: Mapping[str, Any], *, sound: bool = False) -> None:
        self._tensors, self._description = tensors, description
        self.prior = Prior(tensors, description)
        self.coding = (Dependent if self.prior.scales.dependent else Independent)(self.prior.scales)
        channels = self.prior.channels
        self.synthesis = Synthesis(tensors, description, channels)
        if (PREFILTER in tensors) != (POSTFILTER in tensors):
            raise ModelError("the model has only one of the two filters across the borders of blocks")
        self.adaptive = AdaptiveFilter(tensors) if f"{ADAPTIVE}.groups" in tensors else None
        self.curvature = np.full(channels, 1 << CURVATURE_BITS, np.int64)
        if "search.curvature" in tensors:
            self.curvature = take(tensors, "search.curvature", np.int32, (channels,)).astype(np.int64)
        if not 1 <= self.curvature.min() <= self.curvature.max() <= MOST_CURVATURE:
            raise ModelError("a channel's curvature is out of range")
        if not sound:
            _ = self.analysis, self._hyper_analysis

    @cached_property
    def analysis(self) -> Analysis:
        """The analysis, from pixels to latents."""
        return Analysis(self._tensors, self._description, self.prior.channels)

    @cached_property
    def _hyper_analysis(self) -> SheetChain:
        entries, channels = self._description["hyper_analysis"], self.prior.channels
        chain = build_sheet_chain(self._tensors, "hyper_analysis", entries, channels, GRID_VALUE_MAX, Fraction(1))
        if chain.output.scale != Fraction(1, HYPER_SIDE):
            raise ModelError("hyper-analysis ends on another grid than the hyper-latents'")
        if chain.output.channels != self.prior.hyper_channels:
            raise ModelError(f"hyper-analysis gives {chain.output.channels} channels")
        return chain

    def choose(
        self,
        grids: Sequence[Latents],
        quality: int,
        choice: Choice,
        run: Map = map,
        counts: Sequence[Integers64] | None = None,
    ) -> Coded:
        """Return the symbols that ``choice`` takes, given all that a decoder will know at each pass.

        ``grids`` ``[h, w, channels]`` are its targets: latents as analysis gives them. It is told of ``counts``
        ``[h, w]``, how much errors count at each place.
        """
        coded = Coded([np.empty_like(grid) for grid in grids])
        for group in followed(list(groups([grid.shape[:2] for grid in grids]))):
            stack = _cut_out(grids, group)
            shares = None if counts is None else Sheet.of(_cut_out(counts, group)[..., None], np.float64)
            found = self._choose_group(stack, quality, choice, coded, run, shares)
            for tile, decoded in zip(group, found, strict=True):
                coded.grids[tile.picture][tile.rows, tile.columns] = decoded
        return coded

    def write(self, coded: Coded, writer: StreamWriter) -> None:
        """Code the symbols of ``coded``, and the weights of its adaptive filters."""
        for group, (hyper, *passes) in by_group(coded):
            encode_pass(self.prior.scales, *hyper, writer)
            for symbols, tables in passes:
                self.coding.encode(symbols, tables, len(group), writer)
        if self.adaptive is not None:
            for number in range(len(coded.grids)):
                self.adaptive.write(coded.filters.get(number, NO_FILTER), writer)

    def decode(
        self, sizes: Sequence[tuple[int, int]], quality: int, reader: StreamReader, run: Map = map
    ) -> tuple[list[Latents], list[Weights]]:
        """Return the latents of pictures whose grids have ``sizes`` (h, w), int32 ``[h, w, channels]`` each, and the
        weights of their adaptive filters.

        Raises FormatError.
        """
        found = [np.empty((*size, self.prior.channels), np.int32) for size in sizes]
        for group in followed(list(groups(sizes))):
            for tile, decoded in zip(group, self._decode_group(group, quality, reader, run), strict=True):
                found[tile.picture][tile.rows, tile.columns] = decoded
        return found, [NO_FILTER if self.adaptive is None else self.adaptive.read(reader) for _ in sizes]

    def analyse(self, picture: Picture, run: Map = map) -> Latents:
        """Turn a picture, uint8 ``[H, W, 3]``, into the latents of its grid, before they are rounded to symbols."""
        return self.analysis(padded(picture), run)

    def synthesise(
        self,
        latents: Latents,
        quality: int,
        size: tuple[int, int],
        *,
        grey: bool,
        weights: Weights = NO_FILTER,
        run: Map = map,
    ) -> Picture:
        """Turn latents into a picture of ``size`` (H, W), uint8 ``[H, W, 3]``, or ``[H, W]`` if it is ``grey``.

        With ``weights`` the adaptive filter stands behind synthesis.
        """
        return self.show(self.synthesis.strips(latents, quality, run), size, grey=grey, weights=weights, run=run)

    def show(
        self, strips: Iterable[Strip], size: tuple[int, int], *, grey: bool, weights: Weights, run: Map
    ) -> Picture:
        """Turn what synthesis gives into a picture, as :meth:`synthesise` does."""
        if self.adaptive is None or not len(weights):
            return picture_of(((strip.rows, strip.values) for strip in strips), size, grey=grey)
        return picture_of(self.adaptive.filtered(strips, weights, run), size, grey=grey)

    def hyper(self, latents: Sheet, quality: int, run: Map = map) -> Integers64:
        """Return the hyper-latents of ``latents``, a float64 sheet, int64 ``[count, h, w, channels]``.

        They are not rounded to symbols yet.
        """
        return self._hyper_analysis(latents, quality, run).inner.astype(np.int64)

    def _choose_group(
        self, stack: Integers32, quality: int, choice: Choice, coded: Coded, run: Map, shares: Sheet | None
    ) -> Integers32:
        count, height, width, _ = stack.shape
        sheet = Sheet.of(stack, np.float64)
        hyper = self.hyper(sheet, quality, run)
        means, classes, steps = self.prior.hyper_pass(count, height, width, quality)
        symbols = rounded(hyper.reshape(classes.shape), means, classes, steps)
        coded.passes.append((symbols.astype(np.int16), classes))
        features = self.prior.features(symbols, count, height, width, quality, run)
        rows = sheet.rows

        def visit(part: Pass, means: Integers64, classes: Classes, steps: Integers64) -> Integers64:
            if shares is not None:
                part = replace(part, counts=shares.rows[part.rows, 0].astype(np.int64))
            symbols, tables = choice(rows[part.rows, part.channels].astype(np.int64), part, means, classes, steps)
            coded.passes.append((symbols.astype(np.int16), tables))
            return self.coding.halves(symbols, tables)

        return self.prior.walk(features, quality, visit, run).inner.astype(np.int32)

    def _decode_group(self, group: Sequence[Tile], quality: int, reader: StreamReader, run: Map) -> Integers32:
        count, (height, width) = len(group), group[0].size
        _, classes, _ = self.prior.hyper_pass(count, height, width, quality)
        symbols = decode_pass(self.prior.scales, classes, reader)
        features = self.prior.features(symbols, count, height, width, quality, run)

        def visit(part: Pass, means: Integers64, classes: Classes, steps: Integers64) -> Integers64:
            return self.coding.halves(*self.coding.decode(classes, part.tiles, reader))

        return self.prior.walk(features, quality, visit, run).inner.astype(np.int32)


def _cut_out(grids: Sequence[NDArray[Any]], group: Sequence[Tile]) -> NDArray[Any]:
    """Return the parts of ``grids`` that a group's tiles are, one behind the other."""
    return np.stack([grids[tile.picture][tile.rows, tile.columns] for tile in group])


def by_group(coded: Coded) -> Iterator[tuple[list[Tile], list[tuple[Integers16, Classes]]]]:
    """Yield each group of tiles that are coded together, and its passes, hyper-latents first."""
    every = list(groups([grid.shape[:2] for grid in coded.grids]))
    each = len(coded.passes) // len(every)
    for number, group in enumerate(every):
        yield group, coded.passes[number * each : (number + 1) * each]


def groups(sizes: Sequence[tuple[int, ...]]) -> Iterator[list[Tile]]:
    """Yield the tiles of grids of ``sizes``, in order, in groups that are coded together: neighbours of one size."""
    group: list[Tile] = []
    for tile in tiles(sizes):
        most = max(1, GRID_GROUP_PLACES // (tile.size[0] * tile.size[1]))
        if group and (tile.size != group[0].size or len(group) == most):
            yield group
            group = []
        group.append(tile)
    if group:
        yield group


def tiles(sizes: Sequence[tuple[int, ...]]) -> Iterator[Tile]:
    """Yield the tiles of grids of ``sizes``, picture by picture, in raster order."""
    for picture, (height, width) in enumerate(sizes):
        for top in range(0, height, GRID_TILE):
            for left in range(0, width, GRID_TILE):
                yield Tile(
                    picture,
                    slice(top, min(top + GRID_TILE, height)),
                    slice(left, min(left + GRID_TILE, width)),
                )
