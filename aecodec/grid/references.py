"""Latents that are kept as what they differ from those of another picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Latents
from aecodec.limits import GRID_VALUE_MAX


def plus(difference: Latents, reference: Latents) -> Latents:
    """Return the latents of a picture that differs so from ``reference``."""
    found: Latents = np.clip(difference + reference, -GRID_VALUE_MAX, GRID_VALUE_MAX)
    return found


def less(latents: Latents, reference: Latents) -> Latents:
    """Return what ``latents`` differ from ``reference``."""
    found: Latents = np.clip(latents - reference, -GRID_VALUE_MAX, GRID_VALUE_MAX)
    return found


def shown(grids: Sequence[Latents], references: Sequence[int | None]) -> list[Latents]:
    """Return the latents of all pictures, of which some are kept as what they differ from another one; without
    ``references`` none is.
    """
    if not references:
        return list(grids)
    return [grid if other is None else plus(grid, grids[other]) for grid, other in zip(grids, references, strict=True)]
