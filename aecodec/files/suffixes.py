"""Suffixes of the names of picture files, in lower case."""

from __future__ import annotations

import os
from typing import Final

TAKEN: Final = (
    ".png",
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".webp",
    ".bmp",
    ".dib",
    ".tif",
    ".tiff",
    ".pbm",
    ".pgm",
    ".ppm",
    ".pnm",
)
WITH_FRAMES: Final = (*TAKEN, ".apng", ".gif")  # where frames are asked for
_FOREIGN: Final = (
    ".apng",
    ".avif",
    ".gif",
    ".heic",
    ".heif",
    ".ico",
    ".j2k",
    ".jp2",
    ".jxl",
    ".pcx",
    ".pfm",
    ".qoi",
    ".svg",
    ".tga",
)


def is_picture_name(name: str) -> bool:
    """Return whether whoever sees the file name ``name`` takes it for a picture's, of a format known here or not."""
    return os.path.splitext(name)[1].lower() in (*TAKEN, *_FOREIGN)
