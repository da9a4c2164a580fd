"""What is known of a picture file before it is decoded, the same for all formats.

A survey walks through the bytes of one format by that format's own rules. It raises errors that do not name the file:
FormatError and UnsupportedError say what the file does, as ``its palette is missing`` or ``has 3 frames``.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from PIL import ExifTags, Image

from aecodec.arrays import DeepPicture
from aecodec.errors import LimitError, UnsupportedError
from aecodec.frozen import dataclass
from aecodec.limits import MAX_PIXELS, MAX_SIDE

_PADDING: Final = b"\0\t\n\v\f\r "
_BEGINNING: Final = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP|GIF8[79]a|II[*+]\0|MM\0[*+]|P[1-6]\s+[\d#]|P7\n|"
    rb"BM.{8}...\0[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    re.DOTALL,
)


def _nothing_more(image: Image.Image) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Survey:
    """What a survey found.

    ``data`` is what Pillow is to see: one picture, without metadata. ``remarks`` say what of the file is not kept,
    each as the end of a sentence that begins with the file's name and a colon. ``orientation`` is EXIF's, 1 to 8.
    ``refusal`` is of samples that are sound and not taken, for where Pillow does not refuse them. After a ``thorough``
    survey, what Pillow cannot open is sound, too, and of a kind that it does not know. ``guard`` is to surround
    decoding, and may raise FormatError at its end. ``check`` is given the decoded picture, before it is turned; it
    raises FormatError if samples were made up, or returns more remarks. ``deep`` is there where samples have 16
    bits: it decodes them, and Pillow's own images of ``data`` do not matter.
    """

    data: bytes
    remarks: tuple[str, ...] = ()
    orientation: int = 1
    refusal: str = ""
    thorough: bool = True
    guard: Callable[[], AbstractContextManager[None]] = nullcontext
    check: Callable[[Image.Image], Sequence[str]] = _nothing_more
    deep: Callable[[], DeepPicture] | None = None


def check_size(width: int, height: int) -> None:
    """Raise LimitError if a picture is larger than any may be."""
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise LimitError(f"has {width}x{height} pixels; the limits are {MAX_SIDE} a side and {MAX_PIXELS} in all")


def what_follows(data: bytes, end: int) -> tuple[str, ...]:
    """Return remarks on what lies behind the picture's ``end``; padding is none.

    Raises UnsupportedError if another picture begins there.
    """
    refuse_another(data, end)
    rest = data[end:].strip(_PADDING)
    return (f"{len(rest)} bytes behind the picture's end are not kept",) if rest else ()


def refuse_another(data: bytes, end: int) -> None:
    """Raise UnsupportedError if another picture begins behind the picture's ``end``."""
    while data[end : end + 1] and data[end] in _PADDING:
        end += 1
    if _BEGINNING.match(data, end):
        raise UnsupportedError("holds several pictures, one behind the other, expected one; save them separately first")


class SeveralError(UnsupportedError):
    """The refusal of a file of several frames or pages; what to do depends on who asks."""


def several(count: int) -> SeveralError:
    """Return the refusal of a file of many pictures."""
    return SeveralError(f"has {count} frames or pages, expected one")


class Disposal(enum.Enum):
    """What becomes of a frame's part of the canvas before the next frame comes."""

    KEEP = "it stays"
    CLEAR = "it becomes transparent"
    RESTORE = "it is again as it was before the frame"


@dataclass(frozen=True)
class Place:
    """Where a frame of an animation lies on the canvas, in pixels, and how it comes and goes.

    ``size`` is the width and height that it is to have.

    ``over``: it is drawn over what is there, as its alpha says; otherwise it takes that part's place.
    """

    left: int
    top: int
    size: tuple[int, int]
    over: bool
    disposal: Disposal


@dataclass(frozen=True)
class Frame:
    """A frame or page that is not decoded yet: ``form`` is Pillow's name of the format of a file of it alone, and
    ``survey`` gives the survey of that. ``place`` is None of a page, which is a picture by itself.
    """

    form: str
    survey: Callable[[], Survey]
    place: Place | None = None


@dataclass(frozen=True)
class Film:
    """The frames or pages of a file. Where one is damaged in a way that hides the next ones, iterating raises.

    ``size`` is the canvas of an animation, width and height; None of pages.
    """

    frames: Iterator[Frame]
    size: tuple[int, int] | None = None


def orientation_of(metadata: dict[str, bytes | str]) -> int:
    """Return the EXIF orientation, by Pillow's names for metadata; 1 where they say nothing, or cannot be read."""
    if not metadata:
        return 1
    probe = Image.new("1", (1, 1))
    probe.info.update(metadata)
    try:
        found = probe.getexif().get(ExifTags.Base.Orientation, 1)
    except MemoryError:
        raise
    except Exception:  # whatever strangers' bytes lead to
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1
