"""Rows of a benchmark as they are found, on standard error: lines of a table above a bar, or a line each in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from aecodec.bench.rows import Form, Row
from aecodec.cli.shared import one_line, say

_COLUMNS = ("single", "in one", "payload", "MSE", "PSNR, dB", "SSIM", "in/s", "out/s", "bugs")
_WIDTHS = (8, 8, 8, 9, 9, 7, 10, 10, 5)
_FIRST = 34  # of the codec and its setting


@contextmanager
def live_table(quiet: bool, rows: Sequence[Row], console: Console | None = None) -> Iterator[Callable[[Row], None]]:
    """A function to call with each of ``rows`` when it is measured."""
    console = console or Console(stderr=True)
    if quiet:
        yield lambda row: None
    elif not console.is_terminal:
        yield lambda row: say(_sentence(row))
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(_label(rows, 0), total=len(rows))
            console.print(_aligned("bytes a picture", _COLUMNS), style="bold", highlight=False, soft_wrap=True)
            done = 0

            def add(row: Row) -> None:
                nonlocal done
                done += 1
                console.print(_line(row), highlight=False, markup=False, soft_wrap=True)
                progress.update(task, completed=done, description=_label(rows, done))

            yield add


def _label(rows: Sequence[Row], done: int) -> str:
    return rows[done].label if done < len(rows) else "done"


def _line(row: Row) -> str:
    if not row.forms:
        return f"{row.label:<{_FIRST}} {one_line(row.missing or '')}"
    return _aligned(row.label, _cells(row))


def _aligned(first: str, cells: Sequence[str]) -> str:
    return f"{first:<{_FIRST}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))


def _cells(row: Row) -> list[str]:
    form = row.forms[-1]
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


def _sentence(row: Row) -> str:
    if not row.forms:
        return f"{row.label}: {row.missing}"
    named = zip(_COLUMNS, _cells(row), strict=True)
    return f"{row.label}: " + ", ".join(f"{name} {cell}" for name, cell in named if cell)
