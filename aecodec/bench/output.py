"""The files that a benchmark leaves: JSON, CSV, Markdown and one page of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aecodec.bench.document import Drawn, markdown, page
from aecodec.bench.rows import Report
from aecodec.bench.tables import csv_text
from aecodec.files import check_target, write_file

SUFFIXES = (".json", ".csv", ".md", ".html")


def check_outputs(folder: Path, name: str, *, force: bool) -> None:
    """Refuse before the work what :func:`write_outputs` would refuse after it; makes the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in SUFFIXES:
        check_target(str(folder / f"{name}{suffix}"), force=force)


def write_outputs(report: Report, folder: Path, drawn: Drawn, *, force: bool) -> list[Path]:
    """Write the files, each whole or not at all, as ``folder``/DATASET and their suffixes; returns their paths.

    Raises UsageError where one exists and ``force`` is not given, or where jinja2 is missing; FileError where
    writing fails.
    """
    contents: Mapping[str, str] = {
        ".json": report.json,
        ".csv": csv_text(report),
        ".md": markdown(report),
        ".html": page(report, drawn),
    }
    paths = []
    for suffix, text in contents.items():
        paths.append(folder / f"{report.about['dataset']}{suffix}")
        write_file(str(paths[-1]), text.encode(), force=force)
    return paths
