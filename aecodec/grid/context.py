"""The context model: small networks that give each latent a mean and a log-scale, slice by slice.

A network sees features that are made of the hyper-latents, the slices before, and what is known of its own slice. There
are two orders within a slice. In a :class:`Checkerboard`, the places whose row and column add up to an even number come
first, then the others, which see their four neighbours (He et al. 2021). An :class:`Interlaced` slice goes step by step
(:mod:`aecodec.grid.interlacing`), with a network for each. Only the first slice may be interlaced. It holds most of
what neighbours have in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from aecodec.arrays import Floats, Indices, Integers64, Tensors
from aecodec.errors import ModelError
from aecodec.exact.sheet_layers import Layer, Part, build_layer
from aecodec.exact.sheets import CHUNK, Map, Sheet, chunks, product
from aecodec.frozen import dataclass
from aecodec.grid import interlacing
from aecodec.grid.names import INTERLACED
from aecodec.limits import GRID_VALUE_MAX, MAX_GRID_CHANNELS

ACTIVATION = (0, 1023)
WIDE = (-GRID_VALUE_MAX, GRID_VALUE_MAX)
MOST_OCTAVES = 6
_GATHERED = 1 << 16  # latents of the slice, for each neighbour, that a thread has in memory at a time
Told = Iterator[tuple[Indices, Integers64]]


class Slice(Protocol):
    """Some channels of the latents that are coded together, and the networks that tell them."""

    channels: slice
    work: int  # the weights of all layers

    def tell(self, features: Sheet, latents: Sheet, quality: int, run: Map) -> Told:
        """Yield the rows of each pass, and means and log-scales at these, int64 ``[rows, 2 * channels]``.

        ``latents`` is the sheet of all channels. Before the next pass is asked for, those of this one must be there.
        """
        ...


@dataclass(frozen=True)
class _Network:
    """The layers ``first``, ``second`` and ``last``."""

    first: Layer
    second: Layer
    last: Layer

    @classmethod
    def of(cls, tensors: Tensors, name: str, parts: Sequence[Part], outputs: int) -> _Network:
        """Build the network ``name``, whose first layer sees ``parts``. Raises ModelError where layers do not fit."""
        first = build_layer(tensors, f"{name}.0", parts, *ACTIVATION)
        second = build_layer(tensors, f"{name}.1", [Part(first.outputs, ACTIVATION[1])], *ACTIVATION)
        last = build_layer(tensors, f"{name}.2", [Part(second.outputs, ACTIVATION[1])], *WIDE)
        if second.radius or last.radius or last.outputs != outputs:
            raise ModelError(f"{name}: its layers do not fit")
        if max(first.outputs, second.outputs) > MAX_GRID_CHANNELS:
            raise ModelError(f"{name}: layers of {first.outputs} and {second.outputs} channels")
        return cls(first, second, last)

    @property
    def work(self) -> int:
        """Multiplications for one place."""
        return self.first.work + self.second.work + self.last.work

    def finish(self, products: Floats, quality: int) -> Floats:
        """Return what the network gives, from the ``products`` of its first layer, which are overwritten."""
        x = self.first.sum.finish(products, self.first.offset(quality))
        for layer in (self.second, self.last):
            x = layer.sum.finish(product(x, layer.sum.parts[0][0][2]), layer.offset(quality))
        return x


class Checkerboard:
    """A slice in two passes."""

    def __init__(self, tensors: Tensors, name: str, channels: slice, features: Part) -> None:
        """Build it from the tensors ``name.0`` to ``name.2``. Raises ModelError if they do not fit."""
        own = channels.stop - channels.start
        parts = [features, *([Part(channels.start, GRID_VALUE_MAX)] if channels.start else [])]
        parts += [Part(own, GRID_VALUE_MAX, cross=True)]
        self.channels = channels
        self._network = _Network.of(tensors, name, parts, 2 * own)
        self.work = self._network.work

    def tell(self, features: Sheet, latents: Sheet, quality: int, run: Map) -> Told:
        """See :class:`Slice`."""
        start = self.channels.start
        total = self._shared([features, _some(latents, slice(start))] if start else [features], run)
        for number, rows in enumerate(_halves(features)):
            ours = _some(latents, self.channels) if number else None
            yield rows, self._told(total, ours, rows, quality, run)

    def _shared(self, inputs: Sequence[Sheet], run: Map) -> Floats:
        """Return the first layer's products with all parts but the slice itself, ``[rows, outputs]``."""
        layer = self._network.first
        seen = type(layer.sum)(layer.sum.parts[:-1], layer.sum.offset, layer.sum.low, layer.sum.high, layer.sum.dtype)
        out = np.zeros((len(inputs[0].rows), layer.outputs), layer.sum.dtype)
        reach = inputs[0].reach

        def work(rows: slice) -> None:
            seen.products(inputs, rows, out[rows])

        for _ in run(work, chunks(reach, len(out) - reach)):
            pass
        return out

    def _told(self, total: Floats, ours: Sheet | None, rows: Indices, quality: int, run: Map) -> Integers64:
        """Return means and log-scales at ``rows``. ``ours`` is the slice, or None while nothing of it is known."""
        out = np.empty((len(rows), self._network.last.outputs), np.int64)

        def work(some: slice) -> None:
            products = total[rows[some]]
            if ours is not None:
                for down, right, matrix in self._network.first.sum.parts[-1]:
                    seen = ours.rows[rows[some] + down * (ours.width + 2) + right]
                    products += product(seen, matrix)
            out[some] = self._network.finish(products, quality)

        for _ in run(work, chunks(0, len(rows))):
            pass
        return out


class Interlaced:
    """The first slice, in a pass for each step. In small grids some steps have no places."""

    def __init__(self, tensors: Tensors, octaves: int, channels: slice, features: Part) -> None:
        """Build it from the tensors of all steps. Raises ModelError if they do not fit."""
        if not 1 <= octaves <= MOST_OCTAVES:
            raise ModelError(f"a slice interlaced in {octaves} octaves")
        near = Part(interlacing.NEIGHBOURS * channels.stop, GRID_VALUE_MAX)
        self.channels, self._octaves = channels, octaves
        self._networks = [
            _Network.of(tensors, f"{INTERLACED}.{n}", [features, near] if n else [features], 2 * channels.stop)
            for n in range(interlacing.step_count(octaves))
        ]
        if any(network.first.radius for network in self._networks):
            raise ModelError("a step that sees features of other places")
        self.work = sum(network.work for network in self._networks)

    def tell(self, features: Sheet, latents: Sheet, quality: int, run: Map) -> Told:
        """See :class:`Slice`."""
        size = features.height, features.width
        ours, inner = _some(latents, self.channels).rows, _inner_rows(features)
        # A border is zeros, so its first row stands for all places outside.
        framed = np.append(inner[0], 0) + np.arange(features.count)[:, None] * (len(features.rows) // features.count)
        for step, network in enumerate(self._networks):
            places = interlacing.places(step, self._octaves, *size)
            rows = inner[:, places].ravel()
            around = None
            if step:
                near = interlacing.surroundings(step, self._octaves, *size)
                around = framed[:, near].reshape(-1, interlacing.NEIGHBOURS)
            yield rows, self._told(network, features, ours, rows, around, quality, run)

    @staticmethod
    def _told(
        network: _Network,
        features: Sheet,
        ours: Floats,
        rows: Indices,
        around: Indices | None,
        quality: int,
        run: Map,
    ) -> Integers64:
        """Return means and log-scales at ``rows``, whose neighbours are the rows ``around`` of the slice, if any."""
        out = np.empty((len(rows), network.last.outputs), np.int64)
        parts = network.first.sum.parts

        def work(some: slice) -> None:
            products = product(features.rows[rows[some]], parts[0][0][2])
            if around is not None:
                seen = ours[around[some]]
                products += product(seen.reshape(len(seen), -1), parts[1][0][2])
            out[some] = network.finish(products, quality)

        for _ in run(work, chunks(0, len(rows), max(1, min(CHUNK, _GATHERED // ours.shape[1])))):
            pass
        return out


def _some(sheet: Sheet, channels: slice) -> Sheet:
    return Sheet(sheet.rows[:, channels], sheet.count, sheet.height, sheet.width)


def _inner_rows(sheet: Sheet) -> Indices:
    """Return the rows of a sheet that are places, ``[count, height * width]``."""
    row = np.arange(len(sheet.rows)).reshape(sheet.count, sheet.height + 2, sheet.width + 2)
    return row[:, 1:-1, 1:-1].reshape(sheet.count, -1)


def _halves(sheet: Sheet) -> tuple[Indices, Indices]:
    """Return the places of the checkerboard's two halves as rows of ``sheet``, grid by grid, each in raster order."""
    row = _inner_rows(sheet)
    odd = ((np.arange(sheet.height)[:, None] + np.arange(sheet.width)) % 2 == 1).ravel()
    return row[:, ~odd].ravel(), row[:, odd].ravel()
