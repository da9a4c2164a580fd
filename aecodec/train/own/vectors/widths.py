"""How wide the networks of a small vector model are: by the size of the pictures, and how fine they are to be."""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_SIDE = 64  # pixels
USUAL_SHARE = 1 / 30  # of the pictures' variance: the error where nobody asks for another
_SMALL = 40  # up to so many pixels a side latents have a place every 4 pixels, beyond that every 8
_FINER, _MOST_FINER = 2.5, 3  # so many times less error takes more latents, up to three times


@dataclass(frozen=True)
class Widths:
    """``grid`` is the places (rows, columns) of latents, each with ``latents`` of them; ``halvings`` of a side lead to
    it. ``analysis`` has the channels of each halving; ``coarse`` are those at the places, and ``fine`` those after each
    doubling but the last.
    """

    grid: tuple[int, int]
    halvings: int
    latents: int
    analysis: tuple[int, ...]
    coarse: int
    fine: tuple[int, ...]

    @property
    def tile(self) -> tuple[int, int]:
        """Height and width of the pictures, up to the next multiple of a place's."""
        return self.grid[0] << self.halvings, self.grid[1] << self.halvings

    @property
    def latent_dim(self) -> int:
        """The latents of a picture."""
        return math.prod(self.grid) * self.latents


def widths_for(size: tuple[int, int], share: float) -> Widths:
    """Return the widths for pictures of ``size`` (height, width) whose error is to be ``share`` of their variance."""
    halvings = 2 if max(size) <= _SMALL else 3
    height, width = (-(-side >> halvings) for side in size)
    finer = min(_MOST_FINER, max(0, round(math.log(USUAL_SHARE / share, _FINER))))
    each = (4 + finer) * (1 if halvings == 2 else 2)
    analysis, fine = ((16, 32), (24,)) if halvings == 2 else ((12, 24, 32), (24, 12))
    return Widths((height, width), halvings, each, analysis, 48, fine)
