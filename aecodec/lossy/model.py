"""A lossy model: tiles to symbols and symbols to tiles, both in exact integers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import ModelError
from aecodec.exact import Gradient, build_chain
from aecodec.exact.chain import take, whole
from aecodec.limits import PIXEL_MAX, SYMBOL_MAX
from aecodec.lossy.prior import Prior, Symbols, nearest

Tiles = NDArray[np.uint8]
STRIDE = 64  # tiles whose activations are held at once; keeps them in the cache


class LossyModel:
    """Analysis, synthesis and prior, built from a model file's tensors.

    ``description`` is the model's metadata: ``tile`` (height, width), ``analysis`` and
    ``synthesis`` (layer lists of :mod:`aecodec.exact.chain`) and ``prior_units``.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> None:
        """Raises ModelError where tensors and description do not fit."""
        height, width = (whole(n) for n in description["tile"])
        self.tile = (height, width)
        self.prior = Prior(tensors, description["prior_units"])
        latents = (self.prior.latents,)
        self._at_step: dict[int, LossyModel] = {self.step: self}
        stated = "search.curvature" in tensors
        self._curvature = take(tensors, "search.curvature", np.int32, latents) if stated else None
        if self._curvature is not None and self._curvature.min() < 1:
            raise ModelError("a latent's curvature is below 1")
        self._analysis = build_chain(tensors, "analysis", description["analysis"], (height, width, 1), PIXEL_MAX)
        self.synthesis = build_chain(tensors, "synthesis", description["synthesis"], latents, SYMBOL_MAX)
        ends = self._analysis.output_shape, self.synthesis.output_shape
        if ends != (latents, (height, width, 1)):
            raise ModelError(f"the model's transforms end in {ends}, expected {(latents, (height, width, 1))}")
        for chain, low, high in (
            (self._analysis, -SYMBOL_MAX, SYMBOL_MAX),
            (self.synthesis, 0, PIXEL_MAX),
        ):
            if chain.output_range[0] < low or chain.output_range[1] > high:
                raise ModelError(f"a transform gives {chain.output_range}, outside {low}..{high}")

    @cached_property
    def curvature(self) -> NDArray[np.int64]:
        """Squared grey levels by which one step of each latent changes synthesis, ``[latents]``: as the model
        says, typical of its training pictures, or else around symbols of zero.
        """
        if self._curvature is not None:
            return self._curvature.astype(np.int64)
        steps = np.concatenate([np.zeros((1, self.prior.latents)), np.eye(self.prior.latents)]).astype(np.int8)
        base, *moved = self.synthesise(steps).reshape(len(steps), -1).astype(np.int64)
        change: NDArray[np.int64] = np.square(np.array(moved) - base).sum(1)
        return change.clip(1)

    @property
    def step(self) -> int:
        """Of quantization; symbols are its multiples."""
        return self.prior.step

    def at_step(self, step: int) -> LossyModel:
        """The same model with symbols that are multiples of ``step`` only: fewer bits, more distortion."""
        if step == self.step:
            return self
        if step not in self._at_step:  # shared by all copies, with whatever they have worked out
            coarse = copy.copy(self)
            coarse.prior = self.prior.at_step(step)
            self._at_step[step] = coarse
        return self._at_step[step]

    def analyse(self, tiles: Tiles) -> Symbols:
        """``[n, h, w]`` uint8 to symbols ``[n, latents]``, before any search."""
        pixels = tiles[..., None].astype(np.float32)
        parts = [self._analysis(pixels[at : at + STRIDE]) for at in range(0, len(tiles), STRIDE)]
        return nearest(_joined(parts, (self.prior.latents,)).astype(np.int64), self.step).astype(np.int8)

    @cached_property
    def gradient(self) -> Gradient:
        """Of synthesis."""
        return Gradient(self.synthesis, PIXEL_MAX)

    def synthesise(self, symbols: Symbols) -> Tiles:
        """Symbols ``[n, latents]`` to ``[n, h, w]`` uint8."""
        inputs = symbols.astype(np.float32)
        parts = [self.synthesis(inputs[at : at + STRIDE]) for at in range(0, len(symbols), STRIDE)]
        return _joined(parts, (*self.tile, 1))[..., 0].astype(np.uint8)


def _joined(parts: list[NDArray[np.float32]], shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.concatenate(parts) if parts else np.empty((0, *shape), np.float32)
