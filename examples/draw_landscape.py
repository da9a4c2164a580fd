"""Draw ``landscape.png``, a picture like a photograph: sky, hills and water of random waves, with a camera's noise.

python examples/draw_landscape.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIGHT, WIDTH = 320, 480
Reals = NDArray[np.float64]


def clouds(rng: np.random.Generator, height: int, width: int, roughness: float) -> Reals:
    """Noise whose power falls with its frequency, 0 to 1, ``[height, width]``."""
    vertical, horizontal = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    frequency = np.hypot(vertical, horizontal)
    frequency[0, 0] = 1.0
    phase = np.exp(2j * np.pi * rng.random(frequency.shape))
    field = np.fft.irfft2(phase * frequency**-roughness, (height, width))
    return (field - field.min()) / np.ptp(field)


def ridge(rng: np.random.Generator, base: float, rise: float) -> Reals:
    """The height of a row of hills in each column, in pixels from the top."""
    line = clouds(rng, 8, WIDTH, 1.7)[0]
    return base - rise * (line - line.mean())


def drawn() -> NDArray[np.uint8]:
    """The picture, uint8 ``[HEIGHT, WIDTH, 3]``."""
    rng = np.random.default_rng(7)
    row = np.arange(HEIGHT)[:, None] / HEIGHT
    low, high = np.array([0.96, 0.82, 0.68]), np.array([0.25, 0.45, 0.75])
    sky = high + (low - high) * np.clip(row * 1.8, 0, 1)[..., None]
    veil = np.clip(clouds(rng, HEIGHT, WIDTH, 1.6) * 2.2 - 0.9, 0, 1)[..., None]
    picture = np.broadcast_to(sky, (HEIGHT, WIDTH, 3)) * (1 - 0.7 * veil) + 0.68 * veil
    rows = np.arange(HEIGHT)[:, None]
    for base, rise, colour in (
        (165, 90, (0.45, 0.52, 0.62)),
        (190, 120, (0.30, 0.40, 0.38)),
        (215, 60, (0.20, 0.28, 0.16)),
    ):
        grain = clouds(rng, HEIGHT, WIDTH, 1.1)[..., None]
        hill = np.array(colour) * (0.55 + 0.9 * grain)
        inside = np.clip(rows - ridge(rng, base, rise), 0, 1)[..., None]
        picture = picture * (1 - inside) + hill * inside
    shore = 235
    ripple = ((clouds(rng, HEIGHT - shore, WIDTH, 1.2) - 0.5) * 26).astype(int)
    mirrored = np.clip(2 * shore - np.arange(shore, HEIGHT)[:, None] + ripple, 0, shore - 1)
    picture[shore:] = 0.8 * picture[mirrored, np.arange(WIDTH)] + 0.04
    picture += rng.normal(0, 0.006, picture.shape)
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


if __name__ == "__main__":
    Image.fromarray(drawn()).save(Path(__file__).with_name("landscape.png"), optimize=True)
