"""Other formats, for ``benchmarks/own.py``: what they make of pictures, one by one and as one mosaic."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

AVIF_QUALITIES = (1, 3, 6, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80)
WITH_ALPHA = (2, 4)  # planes
Picture = NDArray[Any]  # uint8 or uint16, [H, W] or [H, W, planes]


def is_deep(picture: Picture) -> bool:
    """Return whether samples have 16 bits."""
    return picture.dtype != np.uint8


def error(picture: Picture, other: Picture) -> float:
    """Return the mean squared error of two pictures: of their visible colours where alpha is the same."""
    squares = np.square(np.atleast_3d(picture).astype(np.float64) - np.atleast_3d(other))
    if squares.shape[2] in WITH_ALPHA and not squares[..., -1].any() and np.any(picture[..., -1]):
        return float(squares[..., :-1][picture[..., -1] > 0].mean())
    return float(squares.mean())


def psnr(mse: float) -> float:
    """Return dB of a mean squared error of samples of 8 bits."""
    return math.inf if mse == 0 else -10 * math.log10(mse / 255**2)


def mosaic(pictures: Sequence[Picture]) -> Picture:
    """Return pictures of one size as one, in rows; what is left of the last one is white."""
    across = math.ceil(math.sqrt(len(pictures)))
    down = math.ceil(len(pictures) / across)
    spare = [np.full_like(pictures[0], np.iinfo(pictures[0].dtype).max)] * (across * down - len(pictures))
    every = [*pictures, *spare]
    return np.concatenate([np.concatenate(every[row * across :][:across], 1) for row in range(down)])


def avif(pictures: Sequence[Picture], quality: int) -> tuple[float, float]:
    """Return bytes a picture and dB of one mosaic."""
    whole, content = mosaic(pictures), io.BytesIO()
    layout = "4:4:4" if whole.ndim > 2 else "4:0:0"
    Image.fromarray(whole).save(
        content, "AVIF", quality=quality, speed=2, subsampling=layout, advanced={"tune": "psnr"}
    )
    back = np.asarray(Image.open(io.BytesIO(content.getvalue())).convert("RGB" if whole.ndim > 2 else "L"))
    height, width = pictures[0].shape[:2]
    errors = []
    for place, picture in enumerate(pictures):
        row, column = divmod(place, whole.shape[1] // width)
        errors.append(error(picture, back[row * height :, column * width :][:height, :width]))
    return len(content.getvalue()) / len(pictures), psnr(float(np.mean(errors)))


def png(picture: Picture) -> bytes:
    """Return a PNG file."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG", optimize=True)
    return content.getvalue()


def others() -> Mapping[str, Callable[[Picture], bytes]]:
    """Return other formats that keep pictures exactly."""
    found = {"PNG": png}
    try:
        import imagecodecs
    except ImportError:
        return found

    def jpeg_xl(picture: Picture) -> bytes:
        content = bytes(imagecodecs.jpegxl_encode(picture, lossless=True, effort=7))
        if not np.array_equal(imagecodecs.jpegxl_decode(content), picture):
            raise SystemExit("JPEG XL changed a picture")
        return content

    return found | {"JPEG XL": jpeg_xl}


def exact_of(encode: Callable[[Picture], bytes], pictures: Sequence[Picture]) -> dict[str, float]:
    """Return bytes a picture of another format."""
    found = {}
    if not is_deep(pictures[0]) and len({picture.shape for picture in pictures}) == 1:
        found["one container"] = len(encode(mosaic(pictures))) / len(pictures)
    return found | {"a file each": sum(len(encode(picture)) for picture in pictures) / len(pictures)}
