"""The size of a picture's grid in places."""

from __future__ import annotations

from aecodec.limits import GRID_SIDE


def grid_size(height: int, width: int) -> tuple[int, int]:
    """Return how many rows and columns of places a picture of ``height`` x ``width`` pixels has."""
    return -(-height // GRID_SIDE), -(-width // GRID_SIDE)
