"""The benchmark is on pictures of one size: single files and all in one, by the models of tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from aecodec.bench.measure import session
from aecodec.bench.measure.about import about
from aecodec.bench.measure.trial import Terms
from aecodec.bench.ours import BASELINE, LATENT_DIMS, LOSSLESS, PROGRESSIVE, contenders
from aecodec.bench.peers.rivals import rivals
from aecodec.bench.records.rows import Report, Row
from aecodec.bench.report import document
from aecodec.bench.report.document import Drawn
from aecodec.bench.report.glance import ONE_SIZE
from aecodec.bench.sorts.asked import Asked
from aecodec.data import load
from aecodec.lossy.quality import BEST

MOST_SHOWN = 1_000  # pictures in any figure: a page is to be there within minutes
RUNS = 5


class CollectionBench:
    """It is a benchmark of a collection; see :class:`aecodec.bench.sorts.choice.Bench`."""

    glance = ONE_SIZE

    def __init__(self, asked: Asked) -> None:
        self._collection = load(asked.dataset, asked.data_dir, download=asked.download).first(asked.limit)
        self.name, self._effort = self._collection.name, asked.effort
        count, runs = len(self._collection), asked.runs or RUNS
        self._terms = Terms(at_most(asked.singles, count // 50), runs, at_most(asked.timed, count // 20))
        lossless = asked.lossless is not False
        exact = [
            (LOSSLESS, lossless), (PROGRESSIVE, lossless and asked.progressive), (BASELINE, lossless and asked.baseline)
        ]  # fmt: skip
        dims = LATENT_DIMS if asked.latent_dims is None else asked.latent_dims
        qualities = (BEST,) if asked.qualities is None else asked.qualities
        wanted = [name for name, is_wanted in exact if is_wanted]
        ours = contenders(dims, asked.models, qualities, asked.effort, asked.jobs, lossless=wanted)
        self._entries: list[Any] = [*ours, *rivals(asked.peers, asked.dataset, asked.data_dir)]
        self._facts = about(
            self._collection, {}, effort=asked.effort, runs=runs, timed=self._terms.timed, singles=self._terms.singles,
            jobs=asked.jobs,
        )  # fmt: skip

    @property
    def planned(self) -> Sequence[Row]:
        """See :class:`aecodec.bench.sorts.choice.Bench`; so of what follows."""
        return [entry.row for entry in self._entries]

    def run(self) -> Iterator[Row]:
        """Measure rows one by one."""
        return session.run(self._entries, self._collection.pictures, self._terms)

    def numbers(self, rows: Sequence[Row]) -> Mapping[str, str]:
        """Return JSON and CSV."""
        return document.numbers(self._report(rows))

    def markdown(self, rows: Sequence[Row]) -> str:
        """Return all tables."""
        return document.markdown(self._report(rows))

    def drawings(self, rows: Sequence[Row], tell: Callable[[str], object]) -> Drawn:
        """Draw from the report, and from some of the pictures."""
        from aecodec.bench.report.drawn import drawings

        shown = at_most(MOST_SHOWN, len(self._collection) // 10)
        return drawings(self._report(rows), self._collection, effort=self._effort, limit=shown, tell=tell)

    def pages(self, rows: Sequence[Row], drawn: Drawn) -> Mapping[str, str]:
        """Return Markdown and HTML."""
        return document.pages(self._report(rows), drawn)

    def _report(self, rows: Sequence[Row]) -> Report:
        return Report({**self._facts, "models": used(rows)}, tuple(rows))


def used(rows: Sequence[Any]) -> dict[str, str]:
    """Return the SHA-256 by id of the models of all ``rows``."""
    return {name: sha256 for row in rows for name, sha256 in row.models.items()}


def at_most(wanted: int, bound: int) -> int:
    """Return so many, but of few pictures fewer, and at least one."""
    return max(1, min(wanted, bound))
