"""The prior of a grid's latents: a hyperprior, with a context of slices and of a checkerboard's two halves.

The channels of latents are cut into slices, which are coded one after the other. Within a slice, the places whose row
and column add up to an even number come first, then the others (He et al. 2021 and 2022).

A small network gives each latent a mean and a log-scale. It sees features that are made of the hyper-latents (Ballé et
al. 2018, Minnen et al. 2018), and the slices before. For the second half of the places it also sees the four neighbours
in the first half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from aecodec.arrays import Classes, Floats, Indices, Integers64, Tensors
from aecodec.errors import ModelError
from aecodec.exact.sheet_chain import build_sheet_chain
from aecodec.exact.sheet_layers import Layer, Part, build_layer
from aecodec.exact.sheets import Map, Sheet, chunks, product
from aecodec.exact.tensors import take, whole
from aecodec.follow import followed
from aecodec.frozen import dataclass
from aecodec.grid.dependent import LONGER
from aecodec.grid.gains import GAIN_MAX, Gains, dequantized, steps_of
from aecodec.grid.scales import Scales, classes_of
from aecodec.limits import GRID_VALUE_MAX, MAX_GRID_CHANNELS, MAX_GRID_WORK

ACTIVATION = (0, 1023)
WIDE = (-GRID_VALUE_MAX, GRID_VALUE_MAX)
HYPER_SIDE = 4  # a place of the hyper-latents is 4 x 4 places of the latents


@dataclass(frozen=True)
class Pass:
    """Latents that are coded together: their channels, and their places, in order, as rows of a sheet. They are
    those of so many ``tiles``.
    """

    channels: slice
    rows: Indices
    tiles: int


# A visit gets the pass, means and classes, [places, channels] each, and steps [channels]. It returns by how many half
# steps latents are away from their means.
Visit = Callable[[Pass, Integers64, Classes, Integers64], Integers64]


@dataclass(frozen=True)
class _Slice:
    """The network of one slice: the layers ``first``, ``second`` and ``last``."""

    channels: slice
    first: Layer
    second: Layer
    last: Layer


class Prior:
    """The prior, built from a model's tensors and description. Raises ModelError if they do not fit."""

    def __init__(self, tensors: Tensors, description: Mapping[str, Any]) -> None:
        sizes = [whole(n) for n in description["slices"]]
        if not sizes or min(sizes) < 1 or sum(sizes) > MAX_GRID_CHANNELS:
            raise ModelError(f"slices of {sizes!r:.80} channels")
        self.channels = sum(sizes)
        self.gains = Gains(take(tensors, "gains", np.int16))
        self.hyper_gains = Gains(take(tensors, "hyper.gains", np.int16))
        self.hyper_channels = len(self.hyper_gains.at(0))
        self._hyper_means = take(tensors, "hyper.means", np.int32, (self.hyper_channels,)).astype(np.int64)
        self._hyper_scales = take(tensors, "hyper.scales", np.int32, (self.hyper_channels,)).astype(np.int64)
        if max(np.abs(self._hyper_means).max(), np.abs(self._hyper_scales).max()) > GRID_VALUE_MAX:
            raise ModelError("means or scales of hyper-latents are out of range")
        self.scales = Scales(tensors)
        if len(self.gains.at(0)) != self.channels or not 1 <= self.hyper_channels <= MAX_GRID_CHANNELS:
            raise ModelError("gains of another number of channels")
        self._synthesis = build_sheet_chain(
            tensors,
            "hyper_synthesis",
            description["hyper_synthesis"],
            self.hyper_channels,
            GRID_VALUE_MAX,
            Fraction(1, HYPER_SIDE),
        )
        scale = self._synthesis.output.scale
        if scale != HYPER_SIDE:
            raise ModelError(f"hyper-synthesis ends {scale} times as fine, expected {HYPER_SIDE}")
        self._slices: list[_Slice] = []
        first = 0
        for number, size in enumerate(sizes):
            self._slices.append(self._slice(tensors, f"slices.{number}", slice(first, first + size)))
            first += size
        if sum(s.first.work + s.second.work + s.last.work for s in self._slices) > MAX_GRID_WORK:
            raise ModelError("the context model takes too many multiplications")

    def _slice(self, tensors: Tensors, name: str, channels: slice) -> _Slice:
        features = self._synthesis.output
        parts = [Part(features.channels, features.largest)]
        parts += [Part(channels.start, GRID_VALUE_MAX)] if channels.start else []
        parts += [Part(channels.stop - channels.start, GRID_VALUE_MAX, cross=True)]
        first = build_layer(tensors, f"{name}.0", parts, *ACTIVATION)
        second = build_layer(tensors, f"{name}.1", [Part(first.outputs, ACTIVATION[1])], *ACTIVATION)
        last = build_layer(tensors, f"{name}.2", [Part(second.outputs, ACTIVATION[1])], *WIDE)
        if second.radius or last.radius or last.outputs != 2 * (channels.stop - channels.start):
            raise ModelError(f"{name}: its layers do not fit")
        if max(first.outputs, second.outputs) > MAX_GRID_CHANNELS:
            raise ModelError(f"{name}: layers of {first.outputs} and {second.outputs} channels")
        return _Slice(channels, first, second, last)

    def hyper_pass(self, count: int, height: int, width: int, quality: int) -> tuple[Integers64, Classes, Integers64]:
        """Return means, classes and steps of the hyper-latents of ``count`` grids of ``height`` x ``width`` places.

        Means and steps are ``[channels]``, classes ``[count, places, channels]``.
        """
        places = -(-height // HYPER_SIDE) * -(-width // HYPER_SIDE)
        classes = classes_of(self._hyper_scales + self.hyper_gains.at(quality))
        every = np.broadcast_to(classes, (count, places, self.hyper_channels))
        return self._hyper_means, np.ascontiguousarray(every), self.hyper_gains.steps(quality)

    def features(self, symbols: Integers64, count: int, height: int, width: int, quality: int, run: Map) -> Sheet:
        """Return the features on grids of ``height`` x ``width`` places, as a float32 sheet.

        They are made of the hyper-latents' ``symbols`` ``[count, places, channels]``.
        """
        values = dequantized(self._hyper_means, 2 * symbols, self.hyper_gains.steps(quality))
        rows, columns = -(-height // HYPER_SIDE), -(-width // HYPER_SIDE)
        sheet = Sheet.of(values.reshape(count, rows, columns, -1), np.float64)
        fine = self._synthesis(sheet, quality, run)
        return Sheet.of(fine.inner[:, :height, :width], np.float32)

    def latent_gains(self, quality: int) -> Integers64:
        """Return the log-gains of latents at ``quality``, int64 ``[channels]``, in 1/96 octave.

        Dependent quantization has longer steps, as it has points between them.
        """
        gains = self.gains.at(quality)
        return np.maximum(gains - LONGER, -GAIN_MAX) if self.scales.dependent else gains

    def latent_steps(self, quality: int) -> Integers64:
        """Return the steps of latents at ``quality``, int64 ``[channels]``, in 1/256 of the latents' unit."""
        return steps_of(self.latent_gains(quality))

    def walk(self, features: Sheet, quality: int, visit: Visit, run: Map) -> Sheet:
        """Go through all passes in order, and ask ``visit`` for what each one's symbols stand for.

        Return the latents that a decoder has, a float64 sheet of integers with rows ``[places, channels]``.
        """
        latents = Sheet.zeros(features.count, features.height, features.width, self.channels, np.float64)
        gains = self.latent_gains(quality)
        steps = steps_of(gains)
        halves = halves_of(features)
        for part in followed(self._slices):
            own = part.channels
            known = Sheet(latents.rows[:, : own.start], latents.count, latents.height, latents.width)
            ours = Sheet(latents.rows[:, own], latents.count, latents.height, latents.width)
            total = self._products(part.first, [features, known] if own.start else [features], run)
            for number, rows in enumerate(halves):
                out = self._told(part, total, ours if number else None, rows, quality, run)
                means, scales = out[:, : len(steps[own])], out[:, len(steps[own]) :]
                classes = classes_of(scales + gains[own])
                away = visit(Pass(own, rows, features.count), means, classes, steps[own])
                latents.rows[rows, own] = dequantized(means, away, steps[own])
        return latents

    def _products(self, layer: Layer, inputs: Sequence[Sheet], run: Map) -> Floats:
        """Return the first layer's products with all parts but the slice itself, ``[rows, outputs]``."""
        seen = type(layer.sum)(layer.sum.parts[:-1], layer.sum.offset, layer.sum.low, layer.sum.high, layer.sum.dtype)
        out = np.zeros((len(inputs[0].rows), layer.outputs), layer.sum.dtype)
        reach = inputs[0].reach

        def work(rows: slice) -> None:
            seen.products(inputs, rows, out[rows])

        for _ in run(work, chunks(reach, len(out) - reach)):
            pass
        return out

    def _told(
        self, part: _Slice, total: Floats, ours: Sheet | None, rows: Indices, quality: int, run: Map
    ) -> Integers64:
        """Return means and log-scales at ``rows``, int64 ``[rows, 2 * channels]``.

        ``total`` are the products of the first layer without the slice itself. ``ours`` is the slice, or None while
        nothing of it is known.
        """
        out = np.empty((len(rows), part.last.outputs), np.int64)
        offset = part.first.offset(quality)

        def work(some: slice) -> None:
            acc = total[rows[some]]
            if ours is not None:
                for down, right, matrix in part.first.sum.parts[-1]:
                    seen = ours.rows[rows[some] + down * (ours.width + 2) + right]
                    acc += product(seen, matrix)
            x = part.first.sum.finish(acc, offset)
            for layer in (part.second, part.last):
                matrix = layer.sum.parts[0][0][2]
                x = layer.sum.finish(product(x, matrix), layer.offset(quality))
            out[some] = x

        for _ in run(work, chunks(0, len(rows))):
            pass
        return out


def halves_of(sheet: Sheet) -> tuple[Indices, Indices]:
    """Return the places of the checkerboard's two halves as rows of ``sheet``, grid by grid, each in raster order."""
    row = np.arange(len(sheet.rows)).reshape(sheet.count, sheet.height + 2, sheet.width + 2)[:, 1:-1, 1:-1]
    odd = (np.arange(sheet.height)[:, None] + np.arange(sheet.width)) % 2 == 1
    return row[:, ~odd].ravel(), row[:, odd].ravel()
