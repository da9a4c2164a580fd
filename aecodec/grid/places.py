"""How many places the grid of a picture has."""

from __future__ import annotations

from aecodec.limits import GRID_SIDE


def grid_size(height: int, width: int) -> tuple[int, int]:
    """Return how many there are, down and across."""
    return -(-height // GRID_SIDE), -(-width // GRID_SIDE)
