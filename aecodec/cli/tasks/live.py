"""Rows of a benchmark are shown as they are found, on standard error: above a bar, or a line each in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from aecodec.bench.report.glance import ONE_SIZE, Glance, Labelled
from aecodec.cli.plumbing.lines import one_line, say

_FIRST = 34  # of the codec and its setting
R = TypeVar("R", bound=Labelled)


@contextmanager
def live_table(
    quiet: bool, rows: Sequence[R], console: Console | None = None, glance: Glance[Any] = ONE_SIZE
) -> Iterator[Callable[[R], None]]:
    """Give a function to call with each of ``rows`` when it is measured; ``glance`` is what is shown of it."""
    console = console or Console(stderr=True)
    if quiet:
        yield lambda row: None
    elif not console.is_terminal:
        yield lambda row: say(_sentence(row, glance))
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(_label(rows, 0), total=len(rows))
            console.print(_aligned(glance.title, [*glance.columns], glance), style="bold", **_AS_IT_IS)
            done = 0

            def add(row: R) -> None:
                nonlocal done
                done += 1
                console.print(_line(row, glance), markup=False, **_AS_IT_IS)
                progress.update(task, completed=done, description=_label(rows, done))

            yield add


_AS_IT_IS: Any = {"highlight": False, "soft_wrap": True}


def _label(rows: Sequence[R], done: int) -> str:
    return rows[done].label if done < len(rows) else "done"


def _line(row: R, glance: Glance[Any]) -> str:
    if not glance.measured(row):
        return f"{row.label:<{_FIRST}} {one_line(row.missing or '')}"
    return _aligned(row.label, glance.cells(row), glance)


def _aligned(first: str, cells: Sequence[str], glance: Glance[Any]) -> str:
    widths = [width for width, _ in glance.columns.values()]
    return f"{first:<{_FIRST}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _sentence(row: R, glance: Glance[Any]) -> str:
    if not glance.measured(row):
        return f"{row.label}: {row.missing}"
    named = zip(glance.columns, glance.cells(row), strict=True)
    return f"{row.label}: " + ", ".join(f"{name} {cell}" for name, cell in named if cell)
