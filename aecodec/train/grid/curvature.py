"""By how much the pixels change where one channel of the latents does: what the encoder's search weighs errors by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers32, Latents
from aecodec.grid.model import CURVATURE_BITS, MOST_CURVATURE, GridModel
from aecodec.grid.transforms import FRACTION

FACTORS = (2.0, 1.4, 1.0, 0.7, 0.5, 0.35)


def curvature(networks: GridModel, grids: Sequence[Latents], quality: int, seed: int = 1) -> Integers32:
    """Return squared grey levels for each squared unit of a latent, in 1/256, int32
    ``[channels]``: means over ``grids``.

    Every latent of a channel moves by half a step of ``quality``, up or down at random (Hutchinson 1990), so that what
    neighbours share cancels out on average.
    """
    random = np.random.default_rng(seed)
    steps = networks.prior.latent_steps(quality)
    found = np.zeros((len(grids), len(steps)))
    for row, grid in zip(found, grids, strict=True):
        before = networks.synthesis(grid, quality, map)
        for channel in range(len(steps)):
            size = max(4, int(steps[channel]) >> (CURVATURE_BITS + 1))
            moved = grid.copy()
            moved[..., channel] += random.choice(np.array([-size, size], np.int32), grid.shape[:2])
            change = (networks.synthesis(moved, quality, map) - before) / FRACTION
            row[channel] = np.square(change).sum() / (size**2 * grid.shape[0] * grid.shape[1])
    return _limited(found.mean(0) * (1 << CURVATURE_BITS))


def scaled(found: Integers32, cost: Callable[[Integers32], float]) -> tuple[Integers32, float]:
    """Return the curvature times that of FACTORS with which files ``cost`` least, and the factor.

    Errors that are measured one by one do not say how much they count together: a symbol that is chosen nearer to 0
    makes those after it cheaper, too, and synthesis mends a part of its error. So that is tried.
    """
    tried = {factor: _limited(found * factor) for factor in FACTORS}
    best = min(FACTORS, key=lambda factor: cost(tried[factor]))
    return tried[best], best


def _limited(values: NDArray[Any]) -> Integers32:
    limited: Integers32 = np.clip(np.rint(values), 1, MOST_CURVATURE).astype(np.int32)
    return limited
