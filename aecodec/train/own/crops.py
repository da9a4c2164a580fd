"""Crops of a collection for lossy training: pixels, and which of them are visible."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aecodec.arrays import Floats32, Picture
from aecodec.codec.hidden import filled
from aecodec.limits import GRID_SIDE

PIXELS = 4 * 128 * 128  # of a step
MOST_SIDE = 128
_PLANES = 3


class Crops:
    """Random crops of ``pictures`` ``[height, width, planes]``, all of one ``side``. Smaller pictures are extended by
    their edges, and these pixels do not count.
    """

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self._pictures = pictures
        middle = float(np.median([max(picture.shape[:2]) for picture in pictures]))
        self.side = min(MOST_SIDE, max(1, -(-int(middle) // GRID_SIDE)) * GRID_SIDE)
        self.count = max(1, PIXELS // self.side**2)
        areas = np.array([min(picture.shape[0] * picture.shape[1], 4 * self.side**2) for picture in pictures])
        self._until = np.cumsum(areas / areas.sum())

    def __call__(self, count: int, random: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return ``count`` crops: uint8 ``[count, side, side, 3]``, and float32 ``[count, 1, side, side]``, 1 where a
        pixel counts, else 0.
        """
        pixels = np.empty((count, self.side, self.side, _PLANES), np.uint8)
        counts = np.zeros((count, 1, self.side, self.side), np.float32)
        chosen = np.searchsorted(self._until, random.random(count)).clip(0, len(self._pictures) - 1)
        for number, place in enumerate(chosen):
            pixels[number], counts[number, 0] = self._crop(self._pictures[place], random)
        return torch.from_numpy(pixels), torch.from_numpy(counts)

    def _crop(self, picture: Picture, random: np.random.Generator) -> tuple[Picture, Floats32]:
        height, width, planes = picture.shape
        top, left = (int(random.integers(max(1, length - self.side + 1))) for length in (height, width))
        piece = picture[top : top + self.side, left : left + self.side]
        below, beyond = self.side - piece.shape[0], self.side - piece.shape[1]
        seen = np.zeros((self.side, self.side), np.float32)
        seen[: piece.shape[0], : piece.shape[1]] = piece[..., -1] > 0 if planes in (2, 4) else 1
        colour = filled(piece)[..., : 1 if planes <= 2 else _PLANES]
        return np.pad(colour, ((0, below), (0, beyond), (0, 0)), mode="edge"), seen
