"""A benchmark leaves these files: JSON, CSV, Markdown and one page of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aecodec.bench.records.rows import Report
from aecodec.bench.report.document import Drawn, numbers, pages
from aecodec.errors import FileError
from aecodec.files import check_target, write_file

SUFFIXES = (".json", ".csv", ".md", ".html")


def check_outputs(folder: Path, name: str, *, force: bool) -> None:
    """Refuse before the work what would be refused after it; makes the folder.

    Raises UsageError if a file exists and ``force`` is not given, FileError if the folder cannot be made.
    """
    make_folder(folder)
    for suffix in SUFFIXES:
        check_target(str(folder / f"{name}{suffix}"), force=force)


def make_folder(folder: Path) -> None:
    """Make ``folder`` where it is missing; raises FileError if it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot make the folder {folder}: {error.strerror or error}") from error


def write_numbers(report: Report, folder: Path, *, force: bool) -> list[Path]:
    """Write ``folder``/DATASET.json and .csv, each whole or not at all; returns their paths.

    Raises UsageError if one exists and ``force`` is not given, FileError if writing fails.
    """
    return write_files(folder, report.about["dataset"], numbers(report), force=force)


def write_pages(report: Report, folder: Path, drawn: Drawn, *, force: bool) -> list[Path]:
    """Write .md and .html in the same way; raises UsageError if jinja2 is missing, too."""
    return write_files(folder, report.about["dataset"], pages(report, drawn), force=force)


def write_files(folder: Path, name: str, contents: Mapping[str, str], *, force: bool) -> list[Path]:
    """Write ``folder``/``name`` with each suffix of ``contents``; raises as :func:`write_numbers`."""
    paths = []
    for suffix, text in contents.items():
        paths.append(folder / f"{name}{suffix}")
        write_file(str(paths[-1]), text.encode(), force=force)
    return paths
