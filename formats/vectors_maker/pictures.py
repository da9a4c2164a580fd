"""Pictures that show something, each from its seed."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Shallow
from aecodec.zoo import Model
from tests.made import strokes


def noise(seed: int, *shape: int) -> Shallow:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def stroke(seed: int, height: int, width: int, channels: int = 1) -> Shallow:
    planes = strokes(channels, height, width, seed)
    return planes[0] if channels == 1 else np.stack(list(planes), -1)


def equal(picture: Shallow, alpha: Shallow | None = None) -> Shallow:
    return np.stack([picture] * 3 + ([] if alpha is None else [alpha]), -1)


def near_base(model: Model, count: int, seed: int) -> Shallow:
    """Tiles near what ``model`` synthesises, which its residual coder suits."""
    rng = np.random.default_rng(seed)
    symbols = rng.integers(-2, 3, (count, model.tiles.networks.prior.latents)).astype(np.int8)
    moved = model.tiles.networks.synthesise(symbols).astype(np.int64) + rng.integers(-1, 2, (count, *model.tiles.tile))
    return moved.clip(0, 255).astype(np.uint8)


def ring(side: int, seed: int) -> Shallow:
    """A bilevel picture of 0 and 1, ``[side, side]``."""
    away = np.hypot(*(np.mgrid[:side, :side] - (side - 1) / 2)) / side
    bits: Shallow = ((away > 0.2 + seed / 50) & (away < 0.5)).astype(np.uint8)
    bits[: side // 3, : side // 3] = 0
    return bits


def slope(height: int, width: int) -> Shallow:
    y, x = np.mgrid[:height, :width]
    picture: Shallow = (3 * y + 5 * x + (y * x) % 2).astype(np.uint8)
    return picture


def make_mixed() -> list[Shallow]:
    """Of each kind, and of several sizes."""
    mixed = [stroke(1, 8, 8), noise(2, 3, 5, 2), stroke(3, 9, 17, 3), noise(4, 4, 4, 4), equal(stroke(5, 10, 6))]
    return [*mixed, equal(stroke(6, 5, 9), noise(7, 5, 9)), noise(8, 1, 1), noise(9, 1, 1)]
