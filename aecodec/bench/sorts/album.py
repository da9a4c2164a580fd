"""The benchmark is on pictures of any sizes: a file a picture, by a model for any picture, at many qualities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from aecodec.bench.measure import session
from aecodec.bench.measure.about import about
from aecodec.bench.measure.album_trial import Terms
from aecodec.bench.records.album import AlbumReport, AlbumRow
from aecodec.bench.report import album_document as document
from aecodec.bench.report.album_tables import GLANCE
from aecodec.bench.report.document import Drawn
from aecodec.bench.sorts.album_entries import QUALITIES, AlbumEntry, contenders, rivals
from aecodec.bench.sorts.asked import Asked
from aecodec.data import load_album

RUNS = 1
FIGURE = "rate_psnr"


class AlbumBench:
    """It is a benchmark of an album; see :class:`aecodec.bench.sorts.choice.Bench`."""

    glance = GLANCE

    def __init__(self, asked: Asked) -> None:
        self._album = load_album(asked.dataset, asked.data_dir).first(asked.limit)
        self.name, self._terms = self._album.name, Terms(asked.runs or RUNS)
        qualities = QUALITIES if asked.qualities is None else asked.qualities
        lossless = bool(asked.lossless)
        ours = contenders(asked.models, qualities, asked.effort, asked.jobs, lossless=lossless)
        self.entries: list[AlbumEntry] = [*ours, *rivals(asked.peers, lossless=lossless)]
        self._facts = about(self._album, {}, effort=asked.effort, runs=self._terms.runs, jobs=asked.jobs)

    @property
    def planned(self) -> Sequence[AlbumRow]:
        """See :class:`aecodec.bench.sorts.choice.Bench`; so of what follows."""
        return [entry.row for entry in self.entries]

    def run(self) -> Iterator[AlbumRow]:
        """Measure rows one by one."""
        return session.run(self.entries, self._album, self._terms)

    def numbers(self, rows: Sequence[AlbumRow]) -> Mapping[str, str]:
        """Return JSON and CSV."""
        return document.numbers(self.report(rows))

    def markdown(self, rows: Sequence[AlbumRow]) -> str:
        """Return all tables."""
        return document.markdown(self.report(rows))

    def drawings(self, rows: Sequence[AlbumRow], tell: Callable[[str], object]) -> Drawn:
        """Draw from the report alone."""
        from aecodec.bench.figures import Material, make
        from aecodec.bench.figures.saving import svg

        try:
            (figure,) = make(FIGURE, Material(albums=(self.report(rows),)))
            return {document.RATES: {f"{document.CAPTION} ({FIGURE})": svg(figure)}}
        except Exception as error:  # whatever it is, a page without it is better than none
            tell(f"{FIGURE} is left out: {error}")
            return {}

    def pages(self, rows: Sequence[AlbumRow], drawn: Drawn) -> Mapping[str, str]:
        """Return Markdown and HTML."""
        return document.pages(self.report(rows), drawn)

    def report(self, rows: Sequence[AlbumRow]) -> AlbumReport:
        """Return the report of these rows, with the models that they name."""
        models = {name: sha256 for row in rows for name, sha256 in row.models.items()}
        return AlbumReport({**self._facts, "models": models}, tuple(rows))
