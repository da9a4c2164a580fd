"""Rows of a benchmark as they are found, on standard error: a table that grows, or a line each where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from aecodec.bench.rows import Form, Row
from aecodec.cli.shared import say

_COLUMNS = ("single", "all in one", "payload", "MSE", "PSNR, dB", "SSIM", "in/s", "out/s", "bugs")


@contextmanager
def live_table(quiet: bool, rows: Sequence[Row]) -> Iterator[Callable[[Row], None]]:
    """A function to call with each of ``rows`` when it is measured."""
    if quiet:
        yield lambda row: None
    elif not sys.stderr.isatty():
        yield lambda row: say(_line(row))
    else:
        table, progress = _table(), _progress()
        task = progress.add_task(rows[0].label if rows else "", total=len(rows))
        done: list[Row] = []

        def add(row: Row) -> None:
            done.append(row)
            table.add_row(row.label, *_cells(row))
            progress.update(task, completed=len(done), description=_next(rows, len(done)))

        with Live(Group(table, progress), console=Console(stderr=True), refresh_per_second=4, transient=True):
            yield add


def _next(rows: Sequence[Row], done: int) -> str:
    return rows[done].label if done < len(rows) else "done"


def _table() -> Table:
    table = Table("codec", box=None, header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def _cells(row: Row) -> list[str]:
    form = row.bulk or row.single
    if form is None:
        return [row.missing or ""]
    return [
        _bytes(row.single),
        _bytes(row.bulk),
        "" if row.payload_bytes is None else f"{row.payload_bytes:.2f}",
        f"{form.mse:.6f}",
        "exact" if form.psnr is None else f"{form.psnr:.2f}",
        "" if form.ssim is None else f"{form.ssim:.4f}",
        f"{form.compress_speed:,.0f}",
        f"{form.decompress_speed:,.0f}",
        str(row.bugs),
    ]


def _bytes(form: Form | None) -> str:
    return "" if form is None else f"{form.bytes:.2f}"


def _line(row: Row) -> str:
    if not row.forms:
        return f"{row.label}: {row.missing}"
    named = zip(_COLUMNS, _cells(row), strict=True)
    return f"{row.label}: " + ", ".join(f"{name} {cell}" for name, cell in named if cell)
