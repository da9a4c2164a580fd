"""TIFF: the first page's directory, rewritten without metadata, and what else a file holds; or all its pages.

Pillow leaves out samples beyond those it knows, takes signed ones for unsigned, and leaves black what no strip covers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Final

from PIL import Image

from aecodec.arrays import DeepPicture
from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.limits import MAX_FRAMES
from aecodec.pictures.deep import by_halves, of_grey
from aecodec.pictures.surveys import jpeg
from aecodec.pictures.surveys.libtiff import heard
from aecodec.pictures.surveys.png import check_deflated
from aecodec.pictures.surveys.survey import Film, Frame, Survey, check_size, orientation_of, refuse_another, several
from aecodec.pictures.surveys.tiff_pages import (
    BELOW,
    COMPRESSION,
    HEIGHT,
    JPEG,
    KIND,
    LAYERS,
    MEANING,
    OLD_JPEG,
    ORIENTATION,
    SAMPLES,
    TABLES,
    WIDTH,
    XMP,
    Page,
    Reader,
)

_MOST_SAMPLES: Final = 6
_MOST_PAGES: Final = 1 << 12
_LITTLE: Final = 1 << 12  # bytes that no page names and nobody misses
_DEFLATE: Final = (8, 32946)


def survey(data: bytes) -> Survey:
    """Return the survey of a file that begins as a TIFF does."""
    reader = Reader(data)
    page, further = reader.page(reader.number(reader.place, reader.first))
    _check_sides(page)
    remarks = [*_other_pages(reader, page, further), *_inner(page)]
    found = _survey(page)
    return replace(found, remarks=tuple(remarks or _unclaimed(page)))


def film(data: bytes) -> Film | None:
    """Return the pages of a TIFF, without reduced copies, or None if it has no more than one."""
    reader = Reader(data)
    try:
        pages = len(list(islice(_pages(reader), 2)))
    except FormatError:
        pages = 2  # at least, and the second is damaged; or the first is, which is found again
    return Film(Frame("TIFF", partial(_page_survey, page)) for page in _pages(reader)) if pages > 1 else None


def _pages(reader: Reader) -> Iterator[Page]:
    """Yield the pages; raises FormatError if it cannot be known whether there are more."""
    at, seen, last = reader.number(reader.place, reader.first), set[int](), None
    while at and at not in seen:
        if len(seen) == MAX_FRAMES:
            raise LimitError(f"it is one of more than {MAX_FRAMES}, the limit for a file")
        seen.add(at)
        page, at = reader.page(at)
        if last is None or not _is_copy(page, last):
            last = page
            yield page


def _page_survey(page: Page) -> Survey:
    _check_sides(page)
    return replace(_survey(page), remarks=tuple(_inner(page)))


def _check_sides(page: Page) -> None:
    width, height = page.one(WIDTH), page.one(HEIGHT)
    if not (width and height):
        raise FormatError(f"its size is {width}x{height}")
    check_size(width, height)


def _is_copy(page: Page, whole: Page) -> bool:
    """Return whether ``page`` says that it is a reduced copy of another, as ``whole`` may be."""
    return bool(page.one(KIND, 0) & 1) and page.one(WIDTH) < whole.one(WIDTH)


def _inner(page: Page) -> list[str]:
    """Return remarks on what belongs to a page."""
    remarks = []
    if BELOW in page.entries:
        remarks.append("pictures below its page (SubIFDs) are not kept")
    if LAYERS in page.entries:
        remarks.append("its layers are not kept, only what they show together")
    return remarks


def _survey(page: Page) -> Survey:
    """Return the survey of a page, as if it were the only one."""
    refusal = page.refusal() or page.check_colours()
    if page.one(SAMPLES, 1) > _MOST_SAMPLES:  # of which Pillow would write lines of its own
        raise UnsupportedError(refusal)
    strips = [] if refusal or page.one(COMPRESSION, 1) == OLD_JPEG else page.strips()
    tables = page.text(TABLES)

    def check(image: Image.Image) -> Sequence[str]:
        compression = page.one(COMPRESSION, 1)
        for strip, length in strips:
            if compression == JPEG:
                _check_jpeg(tables[:-2] + bytes(strip[2:]) if tables else bytes(strip))
            if compression in _DEFLATE:
                check_deflated([strip], length)
        return ()

    deep = partial(_deep, page) if page.is_deep and not refusal else None
    return Survey(page.rebuilt(), (), _orientation(page), refusal, guard=_guard(page), check=check, deep=deep)


def _deep(page: Page) -> DeepPicture:
    """Decode samples of 16 bits."""
    data, guard = page.rebuilt(), _guard(page)
    if page.one(SAMPLES, 1) > 1:
        return by_halves(data, "TIFF", guard)
    with Image.open(BytesIO(data), formats=("TIFF",)) as image, guard():
        picture = of_grey(image)
    return ~picture if page.one(MEANING, 0) == 0 else picture


def _guard(page: Page) -> Callable[[], AbstractContextManager[None]]:
    """Return what is to surround decoding."""
    return nullcontext if page.one(COMPRESSION, 1) == 1 else heard


def _other_pages(reader: Reader, page: Page, further: int) -> list[str]:
    """Return remarks on reduced copies. Raises UnsupportedError if other pages are more than that, or the first
    is less.
    """
    if page.one(KIND, 0) & 1:
        raise UnsupportedError("begins with a reduced copy of its picture, as raw files do; convert it first")
    seen, others, copies = {reader.number(reader.place, reader.first)}, 0, 0
    while further and further not in seen and len(seen) < _MOST_PAGES:
        seen.add(further)
        other, further = reader.page(further)
        copies += _is_copy(other, page)
        others += 1
    if others > copies:
        raise several(1 + others)
    return [f"{copies} reduced copies of its picture are not kept"] if copies else []


def _unclaimed(page: Page) -> list[str]:
    """Return a remark where as much as a picture takes belongs to no page, as in stacks of which only the first has
    one.

    Raises UnsupportedError if another file follows.
    """
    data = page.reader.data
    end, strips, values = page.claims()
    refuse_another(data, max(end, page.end))
    rest = len(data) - strips - values
    return [f"{rest} bytes of it belong to no page, and are not kept"] if rest > max(strips, _LITTLE) else []


def _orientation(page: Page) -> int:
    if ORIENTATION in page.entries:
        try:
            found = page.one(ORIENTATION)
        except FormatError:
            return 1
        return found if 1 <= found <= 8 else 1
    return orientation_of({"xmp": page.text(XMP)})


def _check_jpeg(strip: bytes) -> None:
    """Raise FormatError if a strip's data are not whole."""
    found = jpeg.survey(strip)
    with Image.open(BytesIO(found.data), formats=("JPEG",)) as image:
        found.check(image)
