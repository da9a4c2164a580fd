"""Latents that are kept as differences from those of another picture, their reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Latents
from aecodec.limits import GRID_VALUE_MAX


def plus(difference: Latents, reference: Latents) -> Latents:
    """Return the latents of a picture, given their ``difference`` from ``reference``."""
    found: Latents = np.clip(difference + reference, -GRID_VALUE_MAX, GRID_VALUE_MAX)
    return found


def less(latents: Latents, reference: Latents) -> Latents:
    """Return the difference of ``latents`` from ``reference``."""
    found: Latents = np.clip(latents - reference, -GRID_VALUE_MAX, GRID_VALUE_MAX)
    return found


def shown(grids: Sequence[Latents], references: Sequence[int | None]) -> list[Latents]:
    """Return the latents of all pictures. A picture with a reference is kept as its difference from that one.

    ``references`` are numbers of pictures, or None; an empty list means that no picture has one.
    """
    if not references:
        return list(grids)
    return [grid if other is None else plus(grid, grids[other]) for grid, other in zip(grids, references, strict=True)]
