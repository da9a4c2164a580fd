"""What model files call the kinds of models, and the halves of a pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TILES: Final = "tiles"
GRID: Final = "grid"
PIXELS: Final = "pixels"
PAIR: Final = "pair"
# Of a pair, and the kinds that each may have.
HALVES: Final[Mapping[str, tuple[str, ...]]] = {"lossy": (GRID, TILES), "exact": (PIXELS,)}
