"""One picture file to a uint8 array, by Pillow, or a clear refusal.

Taken: PNG, JPEG, WebP, BMP, TIFF and PBM/PGM/PPM with 8 bits a sample or fewer, as grey, grey and alpha,
RGB, RGB and alpha, or a palette of these. A transparent colour (tRNS) becomes alpha, EXIF
orientation is applied; colour profiles and other metadata are not kept. Whatever would lose
samples silently is refused instead.
"""

from __future__ import annotations

import re
import warnings
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from aecodec.errors import AecError, FormatError, LimitError, UnsupportedError
from aecodec.files.read import read_bytes, shown
from aecodec.limits import MAX_PIXELS, MAX_SIDE, PIXEL_MAX

Picture = NDArray[np.uint8]

PILLOW_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "PPM")
_SIGNATURES = re.compile(rb"\x89PNG|\xff\xd8\xff|RIFF....WEBP|BM|II\*\0|MM\0\*|P[1-6]\s", re.DOTALL)
_MODES = ("1", "L", "LA", "RGB", "RGBA", "P", "PA")
_MODE_WORDS = {
    "I;16": "16-bit grey",
    "I;16B": "16-bit grey",
    "I": "grey of more than 8 bits",
    "F": "floating point",
    "CMYK": "CMYK",
}
_ROOM = 1 << 25  # bytes; a decoder that fails where so many are free does not fail for want of them
_EXPECTED = "expected 8-bit grey, grey and alpha, RGB, RGB and alpha, or a palette; convert it first"
_DEEP = re.compile(r"(?<!BGR);16")  # Pillow's raw modes of 16-bit samples; BGR;16 is 5-6-5
_SHALLOW_GREY = re.compile(r"L;([24])$")


def read_picture(path: str) -> Picture:
    """The picture in ``path``, or on standard input for ``-``: uint8 ``[H, W]`` or ``[H, W, C]``, C 2 to 4.

    Raises FileError (cannot be read), UnsupportedError (no picture, or of a kind not taken), FormatError
    (damaged), LimitError (too large; found before pixels are decoded).
    """
    return decode_picture(read_bytes(path), shown(path))


def decode_picture(data: bytes, name: str) -> Picture:
    """What :func:`read_picture` does, for the bytes of a file; ``name`` is for messages."""
    if not data:
        raise FormatError(f"{name} is empty; expected a picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on metadata
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _decode(data, name)
    except (AecError, MemoryError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise LimitError(f"{name} has more than {MAX_PIXELS} pixels, the limit for a picture") from error
    except UnidentifiedImageError as error:
        _see_to_memory()
        raise _unknown(data, name) from error
    except Exception as error:  # Pillow's decoders raise many kinds for damaged files
        _see_to_memory()
        raise FormatError(f"{name} is a damaged picture: {error}") from error


def _see_to_memory() -> None:
    """Raise MemoryError where next to none is left: Pillow then takes a sound picture for a damaged or unknown one."""
    np.empty(_ROOM, np.uint8)


def _decode(data: bytes, name: str) -> Picture:
    with Image.open(BytesIO(data), formats=PILLOW_FORMATS) as image:
        _check(image, name)
        if image.format == "PNG":
            with Image.open(BytesIO(data), formats=("PNG",)) as again:
                again.verify()  # every chunk's CRC-32, which decoding does not look at
        _scale_transparent_grey(image)
        image.load()
        return _to_array(_upright(image))


def _check(image: Image.Image, name: str) -> None:
    """Refuse by the header alone."""
    width, height = image.size
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise LimitError(
            f"{name} has {width}x{height} pixels; the limits are {MAX_SIDE} a side and {MAX_PIXELS} in all"
        )
    if image.mode not in _MODES:
        words = _MODE_WORDS.get(image.mode)
        raise UnsupportedError(f"{name} is of mode {image.mode}{f' ({words})' if words else ''}; {_EXPECTED}")
    if _is_deep(image):
        raise UnsupportedError(f"{name} has 16-bit samples, of mode {image.mode}; {_EXPECTED}")
    frames = getattr(image, "n_frames", 1)
    if frames != 1:
        raise UnsupportedError(f"{name} has {frames} frames or pages, expected one; save them apart first")


def _is_deep(image: Image.Image) -> bool:
    """Whether Pillow would cut samples to 8 bits while decoding."""
    for codec, _, _, arguments in getattr(image, "tile", ()):
        each = arguments if isinstance(arguments, tuple) else (arguments,)
        if any(isinstance(a, str) and _DEEP.search(a) for a in each):
            return True
        if codec.startswith("ppm") and any(isinstance(a, int) and a > PIXEL_MAX for a in each):
            return True
    return False


def _scale_transparent_grey(image: Image.Image) -> None:
    """Pillow widens 2- and 4-bit grey to 8 bits, but not the transparent grey given with it."""
    for tile in getattr(image, "tile", ()):
        found = _SHALLOW_GREY.match(tile[3]) if isinstance(tile[3], str) else None
        if image.format == "PNG" and found and "transparency" in image.info:
            image.info["transparency"] *= PIXEL_MAX // ((1 << int(found[1])) - 1)
            return


def _upright(image: Image.Image) -> Image.Image:
    """As EXIF orientation says; EXIF that cannot be read says nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    except Exception:
        return image


def _to_array(image: Image.Image) -> Picture:
    alpha = "transparency" in image.info
    if image.mode in ("P", "PA"):
        alpha = alpha or image.mode == "PA" or bool(image.palette and image.palette.mode.endswith("A"))
        return _without_equal_colours(np.array(image.convert("RGBA" if alpha else "RGB")))
    if image.mode in ("1", "L", "RGB"):
        image = image.convert(("RGB" if image.mode == "RGB" else "L") + "A" * alpha)
    return np.array(image)


def _without_equal_colours(picture: Picture) -> Picture:
    """A palette of greys makes a grey picture."""
    red = picture[..., 0]
    if (red != picture[..., 1]).any() or (red != picture[..., 2]).any():
        return picture
    return np.ascontiguousarray(picture[..., [0, 3]] if picture.shape[2] == 4 else red)


def _unknown(data: bytes, name: str) -> AecError:
    if _SIGNATURES.match(data):
        return FormatError(f"{name} is a damaged picture: its header cannot be read")
    if data[:2] == b"\xae\xc1":
        return UnsupportedError(f"{name} is an .aec file, expected a picture; see aecodec decompress")
    return UnsupportedError(f"{name} is no known picture; expected PNG, JPEG, WebP, BMP, TIFF, PGM or PPM")
