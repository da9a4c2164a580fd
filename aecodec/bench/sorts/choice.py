"""A benchmark can be on two sorts of pictures, of one size and of any sizes. One protocol hides which.

A collection of one size is measured as single files and all in one, by the models of tiles; an album picture by
picture, by a model for any picture. What is shown follows from that, and none of it is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from aecodec.bench.records.album import AlbumRow
from aecodec.bench.records.rows import Row
from aecodec.bench.report.document import Drawn
from aecodec.bench.report.glance import Glance
from aecodec.bench.sorts.album import AlbumBench
from aecodec.bench.sorts.asked import Asked
from aecodec.bench.sorts.collection import CollectionBench
from aecodec.data import ALBUMS, NAMED
from aecodec.errors import AecError
from aecodec.zoo import Zoo

R = TypeVar("R", Row, AlbumRow)


class Bench(Protocol, Generic[R]):
    """It is a benchmark about to be run. ``name`` is that of its files."""

    name: str
    glance: Glance[Any]

    @property
    def planned(self) -> Sequence[R]:
        """Return every row, as far as it is known before."""

    def run(self) -> Iterator[R]:
        """Measure them one by one; a row that fails says so."""

    def numbers(self, rows: Sequence[R]) -> Mapping[str, str]:
        """Return the contents by suffix of the files for programs."""

    def markdown(self, rows: Sequence[R]) -> str:
        """Return what is shown when all is done."""

    def drawings(self, rows: Sequence[R], tell: Callable[[str], object]) -> Drawn:
        """Draw the figures of the page; one that cannot be drawn is told of and left out."""

    def pages(self, rows: Sequence[R], drawn: Drawn) -> Mapping[str, str]:
        """Return the contents by suffix of the files for people."""


def bench_for(asked: Asked) -> Bench[Any]:
    """Return the benchmark of what is asked for. Raises UsageError for options that do not go with its pictures.

    An album is one by its name, or a folder for which no model of tiles is asked; see :func:`aecodec.data.load` and
    :func:`aecodec.data.load_album` for what is raised of pictures.
    """
    return AlbumBench(asked) if _is_album(asked) else CollectionBench(asked)


def _is_album(asked: Asked) -> bool:
    if asked.dataset in ALBUMS:
        return True
    if asked.dataset in NAMED or not Path(asked.dataset).is_dir():
        return False
    return not asked.latent_dims and all(map(_is_general, asked.models))


def _is_general(name: str) -> bool:
    try:
        return Zoo().by_id(name).native is None
    except AecError:  # a row will say so
        return False
