"""One picture file, or one image of Pillow, to a uint8 array, or a clear refusal.

Taken: PNG, JPEG, WebP, BMP, TIFF and PBM/PGM/PPM with 8 bits a sample or fewer, as grey, grey and alpha,
RGB, RGB and alpha, or a palette of these. A transparent colour (tRNS) becomes alpha, EXIF
orientation is applied; colour profiles and other metadata are not kept. Whatever would lose
samples silently is refused instead. An image of Pillow goes the same way as the file that it was opened from.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from aecodec.errors import AecError, FormatError, LimitError, UnsupportedError, UsageError
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
_SHALLOW_MAX = 15  # of 4 bits
_SHALLOW_GREY = re.compile(r"L;([24])$")


def decode_picture(data: bytes, name: str) -> Picture:
    """The picture in the bytes of a file: uint8 ``[H, W]`` or ``[H, W, C]``, C 2 to 4; ``name`` is for messages.

    Raises UnsupportedError (no picture, or of a kind not taken), FormatError (damaged), LimitError (too large; found
    before pixels are decoded).
    """
    if not data:
        raise FormatError(f"{name} is empty; expected a picture")
    with _explained(name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(BytesIO(data), formats=PILLOW_FORMATS)
        except UnidentifiedImageError as error:
            _see_to_memory()
            raise _unknown(data, name) from error
        with image:
            return _decode(image, name)


def convert_image(image: Image.Image) -> Picture:
    """The same for an image of Pillow: as opened, the samples that :func:`decode_picture` takes from its file.

    What was loaded before has the samples that Pillow made of the file. What a program made of it, by a copy, a turn
    or a part, has those that the program sees, and is not turned by EXIF. The image is loaded, and stays open. Filters
    of warnings are left alone, which are one for all threads of a program.
    Raises UsageError for an image that is closed, and what :func:`decode_picture` raises.
    """
    name = "the PIL image"
    with _explained(name):
        try:
            return _decode(image, name)
        except (AecError, MemoryError):
            raise
        except Exception as error:
            if _is_closed(image, error):
                raise UsageError(f"{name} is closed; load it, or keep its file open until it is compressed") from error
            raise


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """What Pillow raises, as errors of ours."""
    try:
        yield
    except (AecError, MemoryError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise LimitError(f"{name} has more than {MAX_PIXELS} pixels, the limit for a picture") from error
    except Exception as error:  # Pillow's decoders raise many kinds for damaged files
        _see_to_memory()
        raise FormatError(f"{name} is a damaged picture: {error}") from error


def _see_to_memory() -> None:
    """Raise MemoryError where next to none is left: Pillow then takes a sound picture for a damaged or unknown one."""
    np.empty(_ROOM, np.uint8)


def _decode(image: Image.Image, name: str) -> Picture:
    _check(image, name)
    if image.format == "PNG" and _is_lazy(image):
        with Image.open(image.fp, formats=("PNG",)) as again:  # type: ignore[attr-defined] # of a file, so it has one
            again.verify()  # every chunk's CRC-32, which decoding does not look at
    if _is_lazy(image):
        _scale_transparent_grey(image)
    else:
        _check_transparent_grey(image, name)
    image.load()
    return _to_array(_upright(image))


def _is_lazy(image: Image.Image) -> bool:
    """Whether samples are still in the file only."""
    return bool(getattr(image, "tile", ()))


def _is_closed(image: Image.Image, error: Exception) -> bool:
    """Whether ``error`` is that the samples, or the file that they are still in, are gone."""
    if isinstance(error, ValueError) and "closed" in str(error):  # the words of Pillow, and of Python's files
        return True
    return _is_lazy(image) and getattr(image, "fp", None) is None


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


def _check_transparent_grey(image: Image.Image, name: str) -> None:
    """Refuse what was loaded before it could be scaled: nothing says any more of how many bits the grey is."""
    grey = image.info.get("transparency")
    if image.mode != "L" or not isinstance(grey, int) or not 0 < grey <= _SHALLOW_MAX:
        return
    if not (np.asarray(image) % (PIXEL_MAX // _SHALLOW_MAX)).any():  # of 8 bits, no sample would be the transparent one
        raise UnsupportedError(
            f"{name} has a transparent grey, {grey}, of 2, 4 or 8 bits, which cannot be told after loading; "
            "give it as opened, or convert it to LA"
        )


def _upright(image: Image.Image) -> Image.Image:
    """As EXIF orientation says; EXIF that cannot be read says nothing, nor what was copied from the file's image."""
    if not isinstance(image, ImageFile.ImageFile):
        return image
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
