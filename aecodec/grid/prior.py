"""The prior of a grid's latents: a hyperprior (Ballé et al. 2018, Minnen et al. 2018) and a context model
(:mod:`aecodec.grid.context`).

The channels of latents are cut into slices, which are coded one after the other (He et al. 2022). Hyper-latents are
coded first, and features are made of them. From these, and from all that is known already, each latent has a mean and a
log-scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from aecodec.arrays import Classes, Indices, Integers64, Tensors
from aecodec.errors import ModelError
from aecodec.exact.sheet_chain import build_sheet_chain
from aecodec.exact.sheet_layers import Part
from aecodec.exact.sheets import Map, Sheet
from aecodec.exact.tensors import take, whole
from aecodec.follow import followed
from aecodec.frozen import dataclass
from aecodec.grid.context import Checkerboard, Interlaced, Slice
from aecodec.grid.dependent import LONGER
from aecodec.grid.gains import GAIN_MAX, Gains, dequantized, steps_of
from aecodec.grid.names import INTERLACED
from aecodec.grid.scales import Scales, classes_of
from aecodec.limits import GRID_VALUE_MAX, MAX_GRID_CHANNELS, MAX_GRID_WORK

HYPER_SIDE = 4  # a place of the hyper-latents is 4 x 4 places of the latents


@dataclass(frozen=True)
class Pass:
    """Latents that are coded together: their channels, and their places, in order, as rows of a sheet. They are
    those of so many ``tiles``. An encoder may know how much errors count at these places, in 1/64 (``counts``); None
    where they count alike.
    """

    channels: slice
    rows: Indices
    tiles: int
    counts: Integers64 | None = None


# A visit gets the pass, means and classes, [places, channels] each, and steps [channels]. It returns by how many half
# steps latents are away from their means.
Visit = Callable[[Pass, Integers64, Classes, Integers64], Integers64]


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
        features = Part(self._synthesis.output.channels, self._synthesis.output.largest)
        self.interlaced = INTERLACED in description  # whether the first slice is
        self._slices: list[Slice] = []
        first = 0
        for number, size in enumerate(sizes):
            own = slice(first, first + size)
            if number == 0 and self.interlaced:
                self._slices.append(Interlaced(tensors, whole(description[INTERLACED]), own, features))
            else:
                self._slices.append(Checkerboard(tensors, f"slices.{number}", own, features))
            first += size
        if sum(part.work for part in self._slices) > MAX_GRID_WORK:
            raise ModelError("the context model has too many weights")

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
        for part in followed(self._slices):
            own = part.channels
            for rows, out in part.tell(features, latents, quality, run):
                means, scales = out[:, : len(steps[own])], out[:, len(steps[own]) :]
                classes = classes_of(scales + gains[own])
                away = visit(Pass(own, rows, features.count), means, classes, steps[own])
                latents.rows[rows, own] = dequantized(means, away, steps[own])
        return latents
