"""Draw ``examples/digit.png``: a handwritten-looking three, 28×28, made by this script alone.

    python examples/draw_digit.py [OUT.png]

A pen of round tip follows two arcs at eight times the size; the picture is averaged down, its
centre of mass is put in the middle, and the ink saturates, as scanned digits do.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIZE, SCALE, SATURATION = 28, 8, 253


def pen_path() -> list[tuple[float, float]]:
    """Points (x, y) along the digit's two bows, in pixels of the small picture."""
    upper = [(13.4 + 4.6 * math.cos(t), 9.6 - 4.1 * math.sin(t)) for t in np.linspace(2.6, -1.4, 60)]
    lower = [(13.2 + 5.4 * math.cos(t), 18.2 - 4.6 * math.sin(t)) for t in np.linspace(1.5, -2.7, 80)]
    return upper + lower


def draw() -> Image.Image:
    """The digit as a grey picture."""
    large = Image.new("L", (SIZE * SCALE, SIZE * SCALE))
    pen = ImageDraw.Draw(large)
    for number, (x, y) in enumerate(pen_path()):
        radius = SCALE * (1.25 + 0.2 * math.sin(number / 17))
        pen.ellipse([x * SCALE - radius, y * SCALE - radius, x * SCALE + radius, y * SCALE + radius], fill=255)
    ink = np.asarray(large, float).reshape(SIZE, SCALE, SIZE, SCALE).mean((1, 3))
    row, column = (round(float((ink.sum(axis) * np.arange(SIZE)).sum() / ink.sum())) for axis in (1, 0))
    ink = np.roll(ink, (SIZE // 2 - row, SIZE // 2 - column), (0, 1))
    return Image.fromarray(np.minimum(ink * 1.25, SATURATION).astype(np.uint8))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("digit.png")
    draw().save(target, optimize=True)
