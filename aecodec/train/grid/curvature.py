"""By how much the pixels change where one channel of the latents does: what the encoder's search weighs errors by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Integers32, Latents
from aecodec.grid.model import CURVATURE_BITS, MOST_CURVATURE, GridModel
from aecodec.grid.transforms import FRACTION


def curvature(networks: GridModel, grids: Sequence[Latents], quality: int, seed: int = 1) -> Integers32:
    """Return squared grey levels for each squared unit of a latent, in 1/256, int32
    ``[channels]``: means over ``grids``.

    Every latent of a channel moves by half a step of ``quality``, up or down at random (Hutchinson 1990), so that what
    neighbours share cancels out on average.
    """
    random = np.random.default_rng(seed)
    steps = networks.prior.gains.steps(quality)
    found = np.zeros((len(grids), len(steps)))
    for row, grid in zip(found, grids, strict=True):
        before = networks.synthesis(grid, quality, map)
        for channel in range(len(steps)):
            size = max(4, int(steps[channel]) >> (CURVATURE_BITS + 1))
            moved = grid.copy()
            moved[..., channel] += random.choice(np.array([-size, size], np.int32), grid.shape[:2])
            change = (networks.synthesis(moved, quality, map) - before) / FRACTION
            row[channel] = np.square(change).sum() / (size**2 * grid.shape[0] * grid.shape[1])
    scaled = np.rint(found.mean(0) * (1 << CURVATURE_BITS))
    limited: Integers32 = np.clip(scaled, 1, MOST_CURVATURE).astype(np.int32)
    return limited
