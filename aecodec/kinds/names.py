"""The names of the kinds of models, and of the halves of a pair, in model files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TILES: Final = "tiles"
GRID: Final = "grid"
PIXELS: Final = "pixels"
PAIR: Final = "pair"
# The halves of a pair, and the kinds that each half may have.
HALVES: Final[Mapping[str, tuple[str, ...]]] = {"lossy": (GRID, TILES), "exact": (PIXELS,)}
