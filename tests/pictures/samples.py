"""Samples from which the tests make picture files, and what is read of them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from tests.made_pictures import COLOUR, GREY, saved

LARGE = np.kron(COLOUR, np.ones((8, 8, 1), np.uint8))
PALETTE = np.array([[9, 9, 9], [50, 60, 50], [200, 3, 4]], np.uint8)
INDICES = GREY % 3


def jpeg_pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image)


BELOW = {256: 7, 257: 5, 258: 8, 259: 1, 262: 1, 277: 1, 278: 5}
RGB_JPEG, GREY_JPEG = saved(COLOUR, "JPEG"), saved(GREY, "JPEG")
