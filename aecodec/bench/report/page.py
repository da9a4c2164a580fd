"""A report becomes one HTML page that needs no other file and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aecodec.bench.report.tables import Table
from aecodec.data.collection import some_pictures
from aecodec.errors import UsageError


@dataclass(frozen=True)
class Section:
    """A section has a heading, a text, tables, and figures as SVG by their captions."""

    title: str
    text: str = ""
    tables: Sequence[Table] = ()
    figures: Mapping[str, str] | None = None


class Counted(Protocol):
    """It is a row of either sort of report."""

    @property
    def bugs(self) -> int:
        """Return how many pictures came back other than promised."""


class Reported(Protocol):
    """It is a report of either sort."""

    @property
    def about(self) -> Mapping[str, Any]:
        """Return on what, where and how it was measured."""

    @property
    def rows(self) -> Sequence[Counted]:
        """Return the rows of all codecs."""


def html(report: Reported, sections: Sequence[Section]) -> str:
    """Return the page. Text is escaped; figures are taken as they are. Raises UsageError if jinja2 is missing."""
    try:
        from jinja2 import Environment, PackageLoader
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; the page needs: pip install "aecodec[bench]"') from error
    environment = Environment(
        loader=PackageLoader("aecodec.bench.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html").render(
        about=report.about,
        pictures=some_pictures(report.about["pictures"], report.about["split"]),
        sections=sections,
        bugs=bugs(report),
    )


def bugs(report: Reported) -> int:
    """Return how many pictures of the whole report came back other than promised."""
    return sum(row.bugs for row in report.rows)
