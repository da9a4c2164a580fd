"""A whole benchmark: every row of it measured in turn, whatever becomes of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Protocol

from aecodec.bench.peers import Peer
from aecodec.bench.rows import Row
from aecodec.bench.trial import Terms, run_trial
from aecodec.bench.way import Pictures
from aecodec.errors import AecError, UnsupportedError, UsageError

NEEDED = ("skimage.metrics", "scipy", "bjontegaard", "jinja2")
FOR_FIGURES = ("matplotlib", "sklearn")


class Entry(Protocol):
    """A row to be measured."""

    @property
    def row(self) -> Row:
        """What is known before."""

    def measure(self, pictures: Pictures, terms: Terms) -> Row:
        """The row with its figures, or with the reason why it has none."""


@dataclass(frozen=True)
class Rival:
    """A peer as an entry."""

    peer: Peer

    @property
    def row(self) -> Row:
        """See :class:`Entry`."""
        peer = self.peer
        return Row(peer.codec, peer.setting, peer.lossless, quality=peer.quality, missing=peer.missing)

    def measure(self, pictures: Pictures, terms: Terms) -> Row:
        """See :class:`Entry`."""
        if self.peer.missing:
            return self.row
        found = run_trial((self.peer.single, self.peer.bulk), pictures, terms, lossless=self.peer.lossless)
        single, bulk = found.forms
        return replace(self.row, single=single, bulk=bulk)


def run(entries: Iterable[Entry], pictures: Pictures, terms: Terms) -> Iterator[Row]:
    """A row for each of ``entries``.

    One that does not take such pictures says so in ``missing``; one that fails, too, which then begins with ``failed``.
    """
    for entry in entries:
        try:
            yield entry.measure(pictures, terms)
        except UnsupportedError as error:
            yield replace(entry.row, missing=str(error))
        except (AecError, OSError, ValueError, RuntimeError, BrokenProcessPool) as error:
            yield replace(entry.row, missing=f"failed: {type(error).__name__}: {error}")


def check_libraries(*, figures: bool) -> None:
    """Before hours of work rather than after them: raises UsageError where a library of the extra is missing."""
    for name in (*NEEDED, *(FOR_FIGURES if figures else ())):
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            raise UsageError(f'{name} is missing; benchmarks need: pip install "aecodec[bench]"') from error


def has_failed(row: Row) -> bool:
    """Whether it was tried in vain, or came back other than promised."""
    return bool(row.bugs) or (row.missing or "").startswith("failed")
