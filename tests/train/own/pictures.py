"""Made pictures, as people have them: of several sizes, in colour and grey, some with alpha, and files of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def icon(seed: int, height: int = 40, width: int = 32) -> NDArray[np.uint8]:
    """Rectangles of a few colours on a ground that is seen through, RGBA; what is hidden is noise."""
    random = np.random.default_rng(seed)
    picture = random.integers(0, 256, (height, width, 4), np.uint8)
    picture[..., 3] = 0
    for _ in range(5):
        top, left = int(random.integers(height - 12)), int(random.integers(width - 12))
        picture[top : top + 12, left : left + 12] = [*random.choice([0, 90, 200, 255], 3), 255]
    return picture


def collection(folder: Path, count: int = 8) -> Path:
    """Write icons, one without alpha, one grey, one of another size, a damaged one, and a text."""
    folder.mkdir()
    for seed in range(count):
        Image.fromarray(icon(seed)).save(folder / f"{seed}.png")
    Image.fromarray(icon(90)[..., :3].copy()).save(folder / "colour.png")
    Image.fromarray(icon(91)[..., 0].copy()).save(folder / "grey.png")
    Image.fromarray(icon(92, 70, 50)).save(folder / "large.png")
    (folder / "broken.png").write_bytes(b"\x89PNG")
    (folder / "notes.txt").write_text("not a picture")
    return folder
