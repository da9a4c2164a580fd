"""A decoded image of Pillow to an array: what of it is taken, which way is up, palettes and transparent colours."""

from __future__ import annotations

import re

import numpy as np
from PIL import Image, ImageFile, ImageOps

from aecodec.arrays import Picture
from aecodec.errors import UnsupportedError
from aecodec.limits import PIXEL_MAX
from aecodec.pictures.surveys.survey import check_size, several

_MODES = ("1", "L", "LA", "RGB", "RGBA", "P", "PA")
_MODE_WORDS = {
    "I;16": "grey of more than 8 bits",
    "I": "grey of more than 8 bits",
    "F": "floating point",
    "CMYK": "colours of print",
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
EXPECTED = "expected 8-bit grey, grey and alpha, RGB, RGB and alpha, or a palette; convert it first"
_SHALLOW_MAX = 15  # of 4 bits
_DEEP = re.compile(r"(?<!BGR);16")  # Pillow's raw modes of 16-bit samples; BGR;16 is 5-6-5
_SHALLOW_GREY = re.compile(r"L;([24])$")


def check_image(image: Image.Image) -> None:
    """Refuse by the header alone."""
    check_size(*image.size)
    if image.mode not in _MODES:
        words = _MODE_WORDS.get(image.mode)
        raise UnsupportedError(f"is of mode {image.mode}{f', {words}' if words else ''}; {EXPECTED}")
    if _is_deep(image):
        raise UnsupportedError(f"has 16-bit samples, of mode {image.mode}; {EXPECTED}")
    frames = getattr(image, "n_frames", 1)
    if frames != 1:
        raise several(frames)


def _is_deep(image: Image.Image) -> bool:
    """Return whether Pillow would cut samples to 8 bits while decoding."""
    for codec, _, _, arguments in getattr(image, "tile", ()):
        each = arguments if isinstance(arguments, tuple) else (arguments,)
        if any(isinstance(a, str) and _DEEP.search(a) for a in each):
            return True
        if codec.startswith("ppm") and any(isinstance(a, int) and a > PIXEL_MAX for a in each):
            return True
    return False


def scale_transparent_grey(image: Image.Image) -> None:
    """Widen the transparent grey of 2- and 4-bit grey to 8 bits, which Pillow does with the grey alone."""
    for tile in getattr(image, "tile", ()):
        found = _SHALLOW_GREY.match(tile[3]) if isinstance(tile[3], str) else None
        if image.format == "PNG" and found and "transparency" in image.info:
            image.info["transparency"] *= PIXEL_MAX // ((1 << int(found[1])) - 1)
            return


def check_transparent_grey(image: Image.Image) -> None:
    """Refuse what was loaded before it could be scaled: nothing says any more of how many bits the grey is."""
    grey = image.info.get("transparency")
    if image.mode != "L" or not isinstance(grey, int) or not 0 < grey <= _SHALLOW_MAX:
        return
    if not (np.asarray(image) % (PIXEL_MAX // _SHALLOW_MAX)).any():  # of 8 bits, no sample would be the transparent one
        raise UnsupportedError(
            f"has a transparent grey, {grey}, of 2, 4 or 8 bits, which cannot be told after loading; "
            "give it as opened, or convert it to LA"
        )


def as_exif_says(image: Image.Image) -> Image.Image:
    """Turn an image upright; EXIF that cannot be read says nothing, nor what was copied from the file's image."""
    if not isinstance(image, ImageFile.ImageFile):
        return image
    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    except Exception:
        return image


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn an image as EXIF orientation says."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def to_array(image: Image.Image) -> Picture:
    """Return the samples, uint8 ``[H, W]`` or ``[H, W, C]``; a palette is resolved, a transparent colour is alpha."""
    alpha = "transparency" in image.info
    if image.mode in ("P", "PA"):
        alpha = alpha or image.mode == "PA" or bool(image.palette and image.palette.mode.endswith("A"))
        return _without_equal_colours(np.array(image.convert("RGBA" if alpha else "RGB")))
    if image.mode in ("1", "L", "RGB"):
        image = image.convert(("RGB" if image.mode == "RGB" else "L") + "A" * alpha)
    return np.array(image)


def _without_equal_colours(picture: Picture) -> Picture:
    """Turn a palette of greys into a grey picture."""
    red = picture[..., 0]
    if (red != picture[..., 1]).any() or (red != picture[..., 2]).any():
        return picture
    return np.ascontiguousarray(picture[..., [0, 3]] if picture.shape[2] == 4 else red)
