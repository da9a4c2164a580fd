"""One picture file, or one image of Pillow, to a uint8 or uint16 array, or a clear refusal.

Taken: PNG, JPEG, WebP, BMP, TIFF and PBM/PGM/PPM with 8 bits a sample or fewer, as grey, grey and alpha, RGB, RGB and
alpha, or a palette of these; PNG, TIFF and PGM/PPM also with 16 bits, which become uint16. A transparent colour (tRNS)
becomes alpha, EXIF orientation is applied; colour profiles and other metadata are not kept, and never looked at.
Whatever would lose samples silently is refused instead, or said in a remark. Each file is surveyed by the rules of its
format (``surveys``) before Pillow sees it. An image of Pillow goes the same way as the file that it was opened from.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image

from aecodec.arrays import DeepPicture, Picture, Shallow
from aecodec.errors import AecError, FormatError, LimitError, UnsupportedError, UsageError
from aecodec.limits import MAX_PIXELS
from aecodec.pictures import deep
from aecodec.pictures.loaded import (
    EXPECTED,
    as_exif_says,
    check_image,
    check_transparent_grey,
    scale_transparent_grey,
    to_array,
    upright,
)
from aecodec.pictures.surveys import SURVEYS, Survey
from aecodec.pictures.surveys.survey import Frame, SeveralError, check_size, several

_SIGNATURES = {
    "PNG": re.compile(rb"\x89PNG"),
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "BMP": re.compile(rb"BM"),
    "TIFF": re.compile(rb"II[*+]\0|MM\0[*+]"),
    "PPM": re.compile(rb"P[1-6][\s#]"),
    "GIF": re.compile(rb"GIF8[79]a"),
}
_ROOM = 1 << 25  # bytes; a decoder that fails where so many are free does not fail for lack of them


class Reading(NamedTuple):
    """A picture, and what of its file is not kept: lines for people, each with the file's name."""

    picture: Picture
    remarks: tuple[str, ...]


def decode_picture(data: bytes, name: str) -> Picture:
    """Return the picture in the bytes of a file: uint8 or uint16, ``[H, W]`` or ``[H, W, C]``, C 2 to 4.

    ``name`` is for messages.

    Raises UnsupportedError (no picture, or of a kind not taken), FormatError (damaged), LimitError (too large; found
    before pixels are decoded).
    """
    return decode_with_remarks(data, name).picture


def decode_shallow(data: bytes, name: str) -> Shallow:
    """Return the same of samples of 8 bits; raises UnsupportedError also for those of 16."""
    picture = decode_picture(data, name)
    if picture.dtype != np.uint8:
        raise UnsupportedError(f"{name} has 16-bit samples; {EXPECTED}")
    return picture.astype(np.uint8, copy=False)


def decode_with_remarks(data: bytes, name: str) -> Reading:
    """Return what :func:`decode_picture` does, with what is to be said."""
    if not data:
        raise FormatError(f"{name} is empty; expected a picture")
    with explained(name), _only_bombs():
        picture, remarks = _decode(data)
    return Reading(picture, tuple(f"{name}: {remark}" for remark in remarks))


def decode_frame(frame: Frame) -> tuple[Picture, Sequence[str]]:
    """Return a page as :func:`decode_picture` does, or the part of the canvas that a frame changes, ``[H, W, 4]``, and
    what is to be said. Raises as the decoders of Pillow do: let :func:`explained` surround it.
    """
    with _only_bombs():
        if frame.place is None:
            return _decode_surveyed(frame.form, frame.survey())
        with _loaded(frame.form, frame.survey()) as (image, remarks):
            if image.size != frame.place.size:
                raise FormatError("it is of another size than the file says")
            return np.array(image.convert("RGBA")), remarks


def convert_image(image: Image.Image) -> Picture:
    """Return the same for an image of Pillow: as opened, what :func:`decode_picture` makes of its file.

    What was loaded before has the samples that Pillow made of the file. What a program made of it, by a copy, a turn
    or a part, has those that the program sees, and is not turned by EXIF. The image stays open. Filters of warnings are
    left alone, which are one for all threads of a program.
    Raises UsageError for an image that is closed, and what :func:`decode_picture` raises.
    """
    name = "the PIL image"
    with explained(name, "give them as a list: [frame.copy() for frame in ImageSequence.Iterator(image)]"):
        try:
            data = _file_of(image)
            if data is not None:
                return _decode(data)[0]
            if image.mode in deep.MODES:
                return _loaded_deep(image)
            check_image(image)
            check_transparent_grey(image)
            image.load()
            return to_array(as_exif_says(image))
        except (AecError, MemoryError):
            raise
        except Exception as error:
            if _is_closed(image, error):
                raise UsageError(f"{name} is closed; load it, or keep its file open until it is compressed") from error
            raise


def _loaded_deep(image: Image.Image) -> Picture:
    """Return what is seen of a grey image of 16 bits."""
    frames = getattr(image, "n_frames", 1)
    if frames != 1:
        raise several(frames)
    check_size(*image.size)
    image.load()
    transparent = image.info.get("transparency")
    picture = deep.of_grey(as_exif_says(image))
    return deep.with_transparent(picture, (transparent,)) if isinstance(transparent, int) else picture


def _file_of(image: Image.Image) -> bytes | None:
    """Return the bytes of the file that ``image`` was opened from, where its samples are still there only, as they
    are.
    """
    file = getattr(image, "fp", None)
    if not _is_lazy(image) or file is None or getattr(file, "closed", False):
        return None
    place = file.tell()
    try:
        file.seek(0)
        data: bytes = file.read()
    finally:
        file.seek(place)
    if not any(_SIGNATURES[form].match(data) for form in SURVEYS):
        return None
    with Image.open(BytesIO(data)) as again:
        return data if again.size == image.size and again.mode == image.mode else None  # not a smaller draft


@contextmanager
def explained(name: str, about_several: str = "aecodec compress --frames takes them") -> Iterator[None]:
    """Raise errors of ours, which name the file, for what Pillow raises; ``about_several`` says what to do with a file
    of several frames or pages.
    """
    try:
        yield
    except (MemoryError, UsageError):
        raise
    except SeveralError as error:
        raise UnsupportedError(f"{name} {error}; {about_several}") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise LimitError(f"{name} has more than {MAX_PIXELS} pixels, the limit for a picture") from error
    except (UnsupportedError, LimitError) as error:
        raise type(error)(f"{name} {error}") from error
    except Exception as error:  # Pillow's decoders raise many kinds for damaged files
        _see_to_memory()
        raise FormatError(f"{name} is a damaged picture: {error}") from error


def _see_to_memory() -> None:
    """Raise MemoryError if next to none is left: Pillow then takes a sound picture for a damaged or unknown one."""
    np.empty(_ROOM, np.uint8)


def _is_lazy(image: Image.Image) -> bool:
    """Return whether samples are still in the file only."""
    return bool(getattr(image, "tile", ()))


def _is_closed(image: Image.Image, error: Exception) -> bool:
    """Return whether ``error`` is that the samples, or the file that they are still in, are gone."""
    if isinstance(error, ValueError) and "closed" in str(error):  # the words of Pillow, and of Python's files
        return True
    return _is_lazy(image) and getattr(image, "fp", None) is None


@contextmanager
def _only_bombs() -> Iterator[None]:
    """Let Pillow warn of nothing but pictures that are too large, and that as an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # remarks on metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _decode(data: bytes) -> tuple[Picture, Sequence[str]]:
    form = form_of(data)
    if form not in SURVEYS:
        raise SeveralError(f"is a {form}, and holds frames")
    return _decode_surveyed(form, SURVEYS[form](data))


def _decode_surveyed(form: str, survey: Survey) -> tuple[Picture, Sequence[str]]:
    if survey.deep is not None:
        return _deep(survey, survey.deep, form)
    with _loaded(form, survey) as (image, remarks):
        return to_array(upright(image, survey.orientation)), remarks


@contextmanager
def _loaded(form: str, survey: Survey) -> Iterator[tuple[Image.Image, Sequence[str]]]:
    """Open and check what is surveyed, and give the image with what is to be said."""
    try:
        image = Image.open(BytesIO(survey.data), formats=(form,))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise
    except Exception as error:
        if survey.refusal or survey.thorough:
            raise UnsupportedError(survey.refusal or f"is of a kind not taken; {EXPECTED}") from error
        raise
    with image:
        check_image(image)
        if survey.refusal:
            raise UnsupportedError(survey.refusal)
        scale_transparent_grey(image)
        with survey.guard():
            image.load()
        remarks = survey.check(image)
        yield image, (*survey.remarks, *remarks)


def _deep(survey: Survey, decode: Callable[[], DeepPicture], form: str) -> tuple[Picture, Sequence[str]]:
    """Decode samples of 16 bits."""
    remarks: Sequence[str] = ()
    if survey.data:
        with Image.open(BytesIO(survey.data), formats=(form,)) as image:
            remarks = survey.check(image)
    return deep.upright(decode(), survey.orientation), (*survey.remarks, *remarks)


def form_of(data: bytes) -> str:
    """Return Pillow's name of the format, by the first bytes."""
    for form, signature in _SIGNATURES.items():
        if signature.match(data):
            return form
    if data[:2] == b"\xae\xc1":
        raise UnsupportedError("is an .aec file, expected a picture; see aecodec decompress")
    raise UnsupportedError("is no known picture; expected PNG, JPEG, WebP, BMP, TIFF, PGM or PPM")
