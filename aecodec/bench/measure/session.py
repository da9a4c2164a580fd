"""A whole benchmark measures every row in turn, whatever becomes of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Protocol, TypeVar

from aecodec.bench.records.album import AlbumRow
from aecodec.bench.records.rows import Row
from aecodec.errors import UnsupportedError, UsageError

NEEDED = ("skimage.metrics", "scipy", "bjontegaard", "jinja2", "oxipng")
FOR_FIGURES = ("matplotlib", "sklearn")


Found = TypeVar("Found", Row, AlbumRow)
Found_co = TypeVar("Found_co", Row, AlbumRow, covariant=True)
P_contra = TypeVar("P_contra", contravariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


class Entry(Protocol[Found_co, P_contra, T_contra]):
    """An entry is a row to be measured."""

    @property
    def row(self) -> Found_co:
        """Return what is known before."""

    def measure(self, pictures: P_contra, terms: T_contra) -> Found_co:
        """Measure the row; return it with its figures, or with the reason why it has none."""


def run(entries: Iterable[Entry[Found, P_contra, T_contra]], pictures: P_contra, terms: T_contra) -> Iterator[Found]:
    """Give a row for each of ``entries``. One that does not take such pictures, or fails, says so in ``missing``."""
    for entry in entries:
        try:
            yield entry.measure(pictures, terms)
        except UnsupportedError as error:
            yield replace(entry.row, missing=str(error))
        except Exception as error:  # a codec may raise anything, and the others are to be measured all the same
            yield replace(entry.row, missing=f"failed: {type(error).__name__}: {error}", failed=True)


def check_libraries(*, figures: bool) -> None:
    """Check before hours of work rather than after them: raises UsageError if a library of the extra is missing."""
    for name in (*NEEDED, *(FOR_FIGURES if figures else ())):
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            raise UsageError(f'{error.name} is missing; benchmarks need: pip install "aecodec[bench]"') from error


def has_failed(row: Row | AlbumRow) -> bool:
    """Return whether a row was tried in vain, or came back other than promised."""
    return row.failed or bool(row.bugs)
