"""The figures of a report have this in common: which rows they show, and how they are headed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from aecodec.bench.records.rows import AECODEC, Form, Report, Row
from aecodec.data.collection import some_pictures
from aecodec.errors import UsageError

T = TypeVar("T")
BEST_QUALITY = 100.0


def first_that_can(reports: Sequence[Report], gather: Callable[[Report], T]) -> T:
    """Return what ``gather`` finds in the first report that has it.

    Raises UsageError if there is no report, or what ``gather`` raised for the last one.
    """
    if not reports:
        raise UsageError("needs a report of aecodec benchmark: name one with --report")
    for report in reports[:-1]:
        try:
            return gather(report)
        except UsageError:
            continue
    return gather(reports[-1])


def lossy_rows(report: Report) -> list[Row]:
    """Return aecodec's own, by latent_dim, then falling quality: of each pair the row of the highest effort."""
    rows = [row for row in report.rows if row.codec == AECODEC and not row.lossless and row.forms]
    rows = [row for row in rows if row.latent_dim is not None]
    best: dict[tuple[int, str, float], Row] = {}
    for row in sorted(rows, key=lambda row: row.effort or 0):
        best[row.latent_dim or 0, row.way, quality(row)] = row
    return [best[key] for key in sorted(best, key=lambda key: (key[0], key[1], -key[2]))]


def own_points(report: Report) -> list[Row]:
    """Return of each lossy model the row of the highest quality; by latent_dim."""
    best: dict[str, Row] = {}
    for row in lossy_rows(report):
        best.setdefault(row.way, row)
    return list(best.values())


def lossless_row(report: Report) -> Row | None:
    """Return aecodec's smallest exact row, of those measured at the highest effort."""
    rows = [row for row in report.rows if row.codec == AECODEC and row.lossless and row.forms]
    return min(rows, key=lambda row: (-(row.effort or 0), bulk_or_single(row).bytes), default=None)


def quality(row: Row) -> float:
    """Return the quality of a lossy row; none stated is the best."""
    return BEST_QUALITY if row.quality is None else row.quality


def bulk_or_single(row: Row) -> Form:
    """Return the form of all pictures in one file where that was measured, else of a file each."""
    return row.forms[-1]


def heading(report: Report, what: str, rows: Sequence[Row] = (), *, counted: bool = True) -> str:
    """Return a figure's title: data set, split, how many pictures ``rows`` are of, and what is shown."""
    dataset, split = pretty(str(report.about.get("dataset", ""))), str(report.about.get("split", ""))
    counts = {bulk_or_single(row).pictures for row in (rows or report.rows) if row.forms}
    if counted and counts:
        split = some_pictures(max(counts), split)
    elif split == "all":
        split = ""
    elif split:
        split += " split"
    named = ", ".join(part for part in (dataset, split) if part)
    return f"{named}: {what}" if named else what


def raw_bytes(form: Form) -> float:
    """Return what a picture takes at a byte a pixel."""
    return 8 * form.bytes / form.bpp


def pretty(dataset: str) -> str:
    """Return a data set's name as people write it."""
    names = {
        "mnist": "MNIST",
        "fashion-mnist": "Fashion-MNIST",
        "kmnist": "KMNIST",
        "kodak": "Kodak",
        "cbsd68": "CBSD68",
    }
    return names.get(dataset, dataset)
