"""A uint8 or uint16 array to the bytes of a picture file; the suffix of its name chooses the format.

All but JPEG keep every pixel. WebP has no grey: it keeps grey pictures as RGB with equal planes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import field
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from aecodec.arrays import Picture
from aecodec.errors import UnsupportedError
from aecodec.files.deep import deep_png, deep_pnm, deep_tiff
from aecodec.frozen import dataclass

_KINDS = {1: "grey", 2: "grey and alpha", 3: "RGB", 4: "RGB and alpha"}


@dataclass(frozen=True)
class Format:
    """A way to save pictures: Pillow's name and options, the channel counts it can hold, and, where it can hold samples
    of 16 bits, what makes the bytes of a file of them.
    """

    name: str
    pillow: str
    channels: tuple[int, ...] = (1, 2, 3, 4)
    exact: bool = True
    deep: Callable[[Picture], bytes] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def check(self, channels: int, target: str, *, deep: bool = False) -> None:
        """Raise UnsupportedError if the format cannot hold a picture of so many channels, or ``deep`` samples."""
        if deep and self.deep is None:
            raise UnsupportedError(
                f"{self.name} cannot hold samples of 16 bits, as {target} would have; choose another suffix, "
                "such as .png"
            )
        if channels not in self.channels:
            raise UnsupportedError(
                f"{self.name} cannot hold a picture of {_KINDS[channels]}, as {target} would be; "
                "choose another suffix, such as .png"
            )


_PNG = Format("PNG", "PNG", deep=deep_png)
_PPM = Format("PPM", "PPM", (1, 3), deep=deep_pnm)  # grey as PGM inside: readers of PPM take that by definition
_BMP = Format("BMP", "BMP", (1, 3))
_TIFF = Format("TIFF", "TIFF", deep=deep_tiff)
_JPEG = Format("JPEG", "JPEG", (1, 3), False, options={"quality": 95, "subsampling": 0})
FORMATS: Mapping[str, Format] = {
    ".png": _PNG,
    ".pgm": Format("PGM", "PPM", (1,), deep=deep_pnm),
    ".ppm": _PPM,
    ".pnm": _PPM,
    ".bmp": _BMP,
    ".dib": _BMP,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".webp": Format("WebP", "WEBP", options={"lossless": True, "exact": True}),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".jpe": _JPEG,
    ".jfif": _JPEG,
}


class _Named(BytesIO):
    """Bytes with a name. By its suffix Pillow finds the one module that writes them, and waits for no other."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def format_of(target: str) -> Format:
    """Return the format that ``target``'s suffix means; PNG where there is none, as for ``-``.

    Raises UnsupportedError for an unknown suffix.
    """
    suffix = os.path.splitext(target)[1].lower()
    if suffix and suffix not in FORMATS:
        raise UnsupportedError(f"{target}: no picture format {suffix}; expected one of {', '.join(FORMATS)}")
    return FORMATS[suffix] if suffix else _PNG


def encode_picture(picture: Picture, target: str) -> bytes:
    """Return the bytes of ``picture`` (uint8 or uint16, ``[H, W]`` or ``[H, W, C]``) as a file named ``target``.

    Raises UnsupportedError if that format cannot hold it.
    """
    form = format_of(target)
    deep = picture.dtype == np.uint16
    form.check(picture.shape[2] if picture.ndim == 3 else 1, target, deep=deep)
    if deep and form.deep is not None:
        return form.deep(picture)
    out = _Named(f"picture.{form.pillow.lower()}")
    try:
        Image.fromarray(np.ascontiguousarray(picture)).save(out, **form.options)
    except (OSError, ValueError) as error:  # a side longer than the format allows
        raise UnsupportedError(f"{form.name} cannot hold {target}: {error}; choose another suffix") from error
    return out.getvalue()
