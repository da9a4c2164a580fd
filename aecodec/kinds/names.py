"""What model files call the kinds of models, and the halves of a pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TILES: Final = "tiles"
GRID: Final = "grid"
PIXELS: Final = "pixels"
PAIR: Final = "pair"
HALVES: Final[Mapping[str, str]] = {"lossy": GRID, "exact": PIXELS}  # of a pair, and their kinds
