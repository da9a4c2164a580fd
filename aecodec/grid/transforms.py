"""Analysis and synthesis: pixels to latents and back, a strip of rows at a time.

Both are convolutional. So a strip with enough rows above and below it gives the very values that the whole picture
gives. Strips bound memory, and change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from aecodec.arrays import Floats, Integers32, Latents, Picture, Tensors
from aecodec.errors import ModelError
from aecodec.exact.sheet_chain import build_sheet_chain
from aecodec.exact.sheet_layers import Part, build_layer
from aecodec.exact.sheets import Map, Sheet, gathered, spread
from aecodec.follow import followed
from aecodec.grid.adaptive_filter import Strip
from aecodec.grid.context import WIDE
from aecodec.grid.lapped import Lapped
from aecodec.grid.names import POSTFILTER, PREFILTER
from aecodec.limits import GRID_SIDE, GRID_VALUE_MAX, PIXEL_MAX

COLOURS = 3
MIDDLE = 128  # the grey that networks see as 0
FRACTION = 16  # values of synthesis are in 1/16 grey level
_STRIP_PLACES, _LEAST_ROWS = 4_096, 16  # about how many places a strip has, and its least rows of places


class Analysis:
    """The analysis (g_a in papers). Latents are the sum of two paths.

    One path is a chain and a last layer. The other is a linear layer on the pixels of each place, behind the prefilter
    if there is one.
    """

    def __init__(self, tensors: Tensors, description: Mapping[str, Any], channels: int) -> None:
        """Build both paths. Raises ModelError if tensors and description do not fit."""
        entries = description["analysis"]
        self._chain = build_sheet_chain(tensors, "analysis", entries, COLOURS, MIDDLE, Fraction(GRID_SIDE))
        features = self._chain.output
        if features.scale != Fraction(1, GRID_SIDE):
            raise ModelError("analysis ends on another grid than the latents'")
        self._last = build_layer(tensors, "latents", [Part(features.channels, features.largest)], *WIDE)
        self._prefilter = Lapped(tensors, PREFILTER) if PREFILTER in tensors else None
        most = GRID_VALUE_MAX if self._prefilter else MIDDLE
        self._linear = build_layer(tensors, "pixels", [Part(COLOURS * GRID_SIDE**2, most)], *WIDE)
        if self._last.outputs != channels or self._linear.outputs != channels or self._linear.radius:
            raise ModelError(f"analysis gives {self._last.outputs} channels, expected {channels}")
        self._halo = max(-(-self._chain.halo // GRID_SIDE) + self._last.radius, Lapped.halo if self._prefilter else 0)

    def __call__(self, pixels: Picture, run: Map) -> Latents:
        """Turn pixels, uint8 ``[H, W, 3]``, into latents, int32 ``[H / 16, W / 16, channels]``.

        H and W must be multiples of 16.
        """
        height, width = pixels.shape[0] // GRID_SIDE, pixels.shape[1] // GRID_SIDE
        latents = np.empty((height, width, self._last.outputs), np.int32)
        for first, last, top, bottom in strips(height, width, self._halo):
            seen = pixels[top * GRID_SIDE : bottom * GRID_SIDE].astype(np.float32) - MIDDLE
            sheet = Sheet.of(seen[None], np.float32)
            found = self._last([self._chain(sheet, 0, run)], 0, np.float32, run)
            linear = self._linear([gathered(self._filtered(sheet, run), GRID_SIDE)], 0, np.float32, run)
            rows = slice(first - top, last - top)
            np.clip(found.inner[0, rows] + linear.inner[0, rows], *WIDE, out=latents[first:last], casting="unsafe")
        return latents

    def _filtered(self, sheet: Sheet, run: Map) -> Sheet:
        """Return what the linear layer sees: the pixels, or with a prefilter its output, in 1/16 grey level."""
        if self._prefilter is None:
            return sheet
        return Sheet.of(self._prefilter(sheet.inner[0] * np.float32(FRACTION), run)[None], np.float64)


class Synthesis:
    """The synthesis (g_s in papers). Values are the sum of two paths, in 1/16 grey level from the middle grey.

    One path is a chain. The other is a linear layer, with the postfilter behind it if there is one.
    """

    def __init__(self, tensors: Tensors, description: Mapping[str, Any], channels: int) -> None:
        """Build both paths. Raises ModelError if tensors and description do not fit."""
        self.chain = build_sheet_chain(
            tensors, "synthesis", description["synthesis"], channels, GRID_VALUE_MAX, Fraction(1)
        )
        self.linear = build_layer(tensors, "linear", [Part(channels, GRID_VALUE_MAX)], *WIDE)
        output = self.chain.output
        if output.scale != GRID_SIDE or output.channels != COLOURS:
            raise ModelError(f"synthesis ends {output.scale} times as fine with {output.channels} channels")
        if self.linear.radius or self.linear.outputs != COLOURS * GRID_SIDE**2:
            raise ModelError(f"linear synthesis has {self.linear.outputs} outputs")
        self.postfilter = Lapped(tensors, POSTFILTER) if POSTFILTER in tensors else None
        # How many places far a pixel sees beyond its own place.
        self.halo = max(self.chain.halo, Lapped.halo if self.postfilter else 0)

    def __call__(self, latents: Latents, quality: int, run: Map) -> Integers32:
        """Turn latents ``[h, w, channels]`` into values, int32 ``[16 h, 16 w, 3]``, in 1/16 grey level."""
        return np.concatenate([strip.values for strip in self.strips(latents, quality, run)])

    def strips(self, latents: Latents, quality: int, run: Map) -> Iterator[Strip]:
        """Yield some rows of the picture at a time, their values, and the chain's part of these."""
        for first, last, top, bottom in strips(latents.shape[0], latents.shape[1], self.halo):
            sheet = Sheet.of(latents[None, top:bottom], np.float64)
            values = self.chain(sheet, quality, run)
            rows = slice((first - top) * GRID_SIDE, (last - top) * GRID_SIDE)
            chain = values.inner[0, rows]
            found = (chain + self.beside(sheet, quality, run)[rows]).astype(np.int32)
            yield Strip(slice(first * GRID_SIDE, last * GRID_SIDE), found, chain)

    def beside(self, latents: Sheet, quality: int, run: Map) -> Floats:
        """Return what is added to the chain's values: the linear path for one grid, ``[H, W, 3]``."""
        found: Floats = spread(self.linear([latents], quality, np.float32, run), GRID_SIDE).inner[0]
        return found if self.postfilter is None else self.postfilter(found, run)


def strips(height: int, width: int, halo: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the rows of places of each strip, and the rows that it needs: first, end, first needed, end needed."""
    rows = max(_LEAST_ROWS, 4 * halo, _STRIP_PLACES // width)
    for first in followed(range(0, height, rows)):
        last = min(first + rows, height)
        yield first, last, max(0, first - halo), min(height, last + halo)


def picture_of(strips: Iterable[tuple[slice, Integers32]], size: tuple[int, int], *, grey: bool) -> Picture:
    """Turn values of strips into the pixels of a picture of ``size`` (H, W), uint8 ``[H, W, 3]``, or two axes if
    ``grey``.
    """
    found = np.empty(size if grey else (*size, COLOURS), np.uint8)
    for rows, values in strips:
        some = values[: max(0, size[0] - rows.start), : size[1]]
        found[rows] = to_grey(some) if grey else to_pixels(some)
    return found


def to_pixels(values: Integers32) -> Picture:
    """Turn values ``[H, W, 3]``, in 1/16 grey level from the middle grey, into pixels, rounded."""
    found: Picture = np.clip(((values + FRACTION // 2) >> 4) + MIDDLE, 0, PIXEL_MAX).astype(np.uint8)
    return found


def to_grey(values: Integers32) -> Picture:
    """Turn values ``[H, W, 3]`` into grey pixels ``[H, W]``: the mean of the colours, rounded."""
    total = values.sum(-1, dtype=np.int32)
    mean = (total + COLOURS * FRACTION // 2) // (COLOURS * FRACTION)
    found: Picture = np.clip(mean + MIDDLE, 0, PIXEL_MAX).astype(np.uint8)
    return found


def padded(pixels: Picture) -> Picture:
    """Repeat the last row and column of ``pixels`` ``[H, W, 3]``, until both sides are multiples of 16."""
    below, right = -pixels.shape[0] % GRID_SIDE, -pixels.shape[1] % GRID_SIDE
    return np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="edge") if below or right else pixels
