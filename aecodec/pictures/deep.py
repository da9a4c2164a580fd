"""Samples of 16 bits out of picture files: Pillow keeps them of grey pictures alone, and of others the higher bytes.

It can be made to give the other bytes, too: by calling two bytes of a sample two channels, or by calling the order of
bytes the other one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image

from aecodec.arrays import DeepPicture, Picture, Shallow
from aecodec.limits import DEEP_MAX

MODES: Final = ("I;16", "I;16L", "I;16B", "I;16N")  # of Pillow, all grey
_HIGH_FIRST, _LOW_FIRST = ";16B", ";16L"
_TURNS: Final[dict[int, Callable[[Picture], Picture]]] = {  # by EXIF's orientation
    2: lambda picture: picture[:, ::-1],
    3: lambda picture: picture[::-1, ::-1],
    4: lambda picture: picture[::-1],
    5: lambda picture: picture.swapaxes(0, 1),
    6: lambda picture: np.rot90(picture, -1),
    7: lambda picture: picture[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}
Guard = Callable[[], AbstractContextManager[None]]


def by_pairs(data: bytes, form: str) -> DeepPicture:
    """Return the samples of a file in which each stands as two channels of 8 bits, the higher first: one pair or two,
    ``[height, width]`` or ``[height, width, 2]``.
    """
    with Image.open(BytesIO(data), formats=(form,)) as image:
        pairs = np.array(image).view(">u2")
    return (pairs[..., 0] if pairs.shape[2] == 1 else pairs).astype(np.uint16)


def by_halves(data: bytes, form: str, guard: Guard = nullcontext) -> DeepPicture:
    """Return the samples of a file of RGB or RGBA, ``[height, width, 3 or 4]``: it is decoded for all higher bytes,
    then for all lower ones.
    """
    high, low = (_half(data, form, guard, other) for other in (False, True))
    found: DeepPicture = high.astype(np.uint16) * 256 + low
    return found


def of_grey(image: Image.Image) -> DeepPicture:
    """Return the samples of an image of one of ``MODES``, ``[height, width]``."""
    return np.asarray(image).astype(np.uint16)


def with_transparent(picture: DeepPicture, transparent: tuple[int, ...]) -> DeepPicture:
    """Return the picture with alpha, 0 where a pixel is ``transparent``."""
    pixels = np.atleast_3d(picture)
    alpha = np.where((pixels == np.array(transparent)).all(-1), 0, DEEP_MAX).astype(np.uint16)
    return np.concatenate([pixels, alpha[..., None]], -1)


def upright(picture: Picture, orientation: int) -> Picture:
    """Turn a picture as EXIF's orientation says."""
    turn = _TURNS.get(orientation)
    return picture if turn is None else np.ascontiguousarray(turn(picture))


def _half(data: bytes, form: str, guard: Guard, other: bool) -> Shallow:
    """Return the higher bytes, or the others."""
    with Image.open(BytesIO(data), formats=(form,)) as image:
        if other:
            image.tile = [_other(tile) for tile in image.tile]
        with guard():
            return np.array(image)


def _other(tile: Any) -> Any:
    """Return a part of an image that is not decoded yet, with the other order of bytes; to Pillow 10 it is a tuple."""
    swapped = _swapped(tile[3])
    return tile._replace(args=swapped) if hasattr(tile, "_replace") else (*tile[:3], swapped)


def _swapped(arguments: Any) -> Any:
    """Return the arguments of a decoder of Pillow, with the other order of bytes."""
    if isinstance(arguments, tuple):
        return (_swapped(arguments[0]), *arguments[1:])
    mode = str(arguments).replace(";16N", _LOW_FIRST if sys.byteorder == "little" else _HIGH_FIRST)
    if mode.endswith(_HIGH_FIRST):
        return mode.replace(_HIGH_FIRST, _LOW_FIRST)
    return mode.replace(_LOW_FIRST, _HIGH_FIRST)
