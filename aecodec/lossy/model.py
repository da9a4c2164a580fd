"""A lossy model of tiles: it maps tiles to symbols, and symbols to tiles, in exact integers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers64, Symbols, Tiles
from aecodec.errors import ModelError
from aecodec.exact import Chain, Gradient, build_chain
from aecodec.exact.tensors import take, whole
from aecodec.limits import MAX_WINDOWS, PIXEL_MAX, SYMBOL_MAX
from aecodec.lossy.prior import Prior, nearest

STRIDE = 64  # the most tiles at a time, so that the cache holds their activations
_HELD = MAX_WINDOWS  # the most values that one step holds at a time; one tile always fits


class LossyModel:
    """Analysis, synthesis and prior, built from a model file's tensors.

    ``description`` is that of the model file. It has ``tile`` (height, width), ``analysis`` and ``synthesis`` (lists of
    layers, see :mod:`aecodec.exact.chain`), and ``prior_units``.
    """

    def __init__(
        self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any], *, sound: bool = False
    ) -> None:
        """Build the model. Raises ModelError where tensors and description do not fit.

        If the tensors are known to be ``sound``, parts are built only when they are first used.
        """
        height, width = (whole(n) for n in description["tile"])
        self.tile = (height, width)
        self._tensors, self._description = tensors, description
        self.step = 1  # of quantization; symbols are its multiples
        self._at_step: dict[int, LossyModel] = {self.step: self}
        if not sound:
            _ = self.prior
        self.latents = len(take(tensors, "prior.low", np.int8))
        stated = "search.curvature" in tensors
        self._curvature = take(tensors, "search.curvature", np.int32, (self.latents,)) if stated else None
        if self._curvature is not None and self._curvature.min() < 1:
            raise ModelError("a latent's curvature is below 1")
        if not sound:
            _ = self._analysis, self.synthesis

    @cached_property
    def prior(self) -> Prior:
        """The prior, which predicts symbols."""
        return Prior(self._tensors, self._description["prior_units"])

    @cached_property
    def _analysis(self) -> Chain:
        return self._transform("analysis", (*self.tile, 1), PIXEL_MAX, (self.latents,), (-SYMBOL_MAX, SYMBOL_MAX))

    @cached_property
    def synthesis(self) -> Chain:
        """The chain from symbols to pixels."""
        return self._transform("synthesis", (self.latents,), SYMBOL_MAX, (*self.tile, 1), (0, PIXEL_MAX))

    def _transform(
        self, name: str, start: tuple[int, ...], largest: int, end: tuple[int, ...], clip: tuple[int, int]
    ) -> Chain:
        """Build the chain ``name`` from the shape ``start`` to the shape ``end``.

        Raises ModelError for a chain with another output shape, or with outputs beyond ``clip``.
        """
        chain = build_chain(self._tensors, name, self._description[name], start, largest)
        if chain.output_shape != end:
            raise ModelError(f"the model's {name} ends in {chain.output_shape}, expected {end}")
        low, high = clip
        if chain.output_range[0] < low or chain.output_range[1] > high:
            raise ModelError(f"the model's {name} gives {chain.output_range}, outside {low}..{high}")
        return chain

    @cached_property
    def curvature(self) -> Integers64:
        """How much one step of each latent changes the picture: the sum of squared grey levels, int64 ``[latents]``.

        A model may say what is typical of its training pictures. Else it is measured around symbols of zero.
        """
        if self._curvature is not None:
            return self._curvature.astype(np.int64)
        steps = np.concatenate([np.zeros((1, self.latents)), np.eye(self.latents)]).astype(np.int8)
        base, *moved = self.synthesise(steps).reshape(len(steps), -1).astype(np.int64)
        change: Integers64 = np.square(np.array(moved) - base).sum(1)
        return change.clip(1)

    def at_step(self, step: int) -> LossyModel:
        """Return the same model with symbols that are multiples of ``step``: fewer bits, more distortion."""
        if step == self.step:
            return self
        if step not in self._at_step:  # all copies share this dict, and so what each of them has computed
            coarse = copy.copy(self)
            coarse.step, coarse.prior = step, self.prior.at_step(step)
            self._at_step[step] = coarse
        return self._at_step[step]

    def analyse(self, tiles: Tiles) -> Symbols:
        """Turn tiles, uint8 ``[n, h, w]``, into symbols, int8 ``[n, latents]``, before any search."""
        symbols = np.empty((len(tiles), self.latents), np.int8)
        for part in _parts(self._analysis, len(tiles)):
            found = self._analysis(tiles[part][..., None].astype(np.float32))
            symbols[part] = nearest(found.astype(np.int64), self.step)
        return symbols

    @cached_property
    def gradient(self) -> Gradient:
        """The gradient of synthesis."""
        return Gradient(self.synthesis, PIXEL_MAX)

    def synthesise(self, symbols: Symbols) -> Tiles:
        """Turn symbols, int8 ``[n, latents]``, into tiles, uint8 ``[n, h, w]``."""
        tiles = np.empty((len(symbols), *self.tile), np.uint8)
        for part in _parts(self.synthesis, len(symbols)):
            tiles[part] = self.synthesis(symbols[part].astype(np.float32))[..., 0]
        return tiles


def _parts(chain: Chain, count: int) -> list[slice]:
    """Cut ``count`` tiles into parts that ``chain`` takes at a time."""
    size = max(1, min(STRIDE, _HELD // chain.widest))
    return [slice(at, at + size) for at in range(0, count, size)]
