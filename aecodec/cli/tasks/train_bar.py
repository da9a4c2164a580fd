"""A training run is shown by a progress bar, or lines, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import click

_MINUTE = 60  # seconds
Shown = Callable[[dict[str, Any]], str]
Progress = Callable[[str, int], AbstractContextManager[Any]]


def tell(line: str) -> None:
    """Print one line for people."""
    click.echo(line, err=True)


def bars(quiet: bool, describe: Shown) -> Progress:
    """Return what makes a progress bar of a label and a number of steps; ``describe`` puts an event into words.

    Where standard error is no terminal it prints a line a minute instead.
    """
    shown = Bar if sys.stderr.isatty() else Lines
    return lambda label, steps: shown(label, steps, quiet, describe)


def epoch_lines(quiet: bool, describe: Shown) -> Progress:
    """Return what prints a line an event in place of bars: for runs that are at work at the same time."""

    @contextmanager
    def line(label: str, steps: int) -> Iterator[Any]:
        yield lambda event: None if quiet else tell(f"{label}, step {event['step']} of {steps}: {describe(event)}")

    return line


class Lines:
    """Lines show progress: the first event, then one event a minute. A context manager like :class:`Bar`."""

    def __init__(self, label: str, steps: int, quiet: bool, describe: Shown) -> None:
        self._label, self._steps, self._quiet, self._describe = label, steps, quiet, describe
        self._began, self._next, self._first = time.monotonic(), 0.0, 0

    def __enter__(self) -> Any:
        return self._show

    def __exit__(self, *_: object) -> None:
        pass

    def _show(self, event: dict[str, Any]) -> None:
        now = time.monotonic()
        if self._quiet or now < self._next:
            return
        if not self._next:
            self._began, self._first = now, event["step"]
        self._next = now + _MINUTE
        done, left = event["step"] - self._first, self._steps - event["step"]
        minutes = (now - self._began) / _MINUTE * left / done if done > 0 else None
        to_go = "" if minutes is None else f", {minutes:.0f} minutes to go"
        tell(f"{self._label}: {100 * event['step'] // max(1, self._steps)} %{to_go}: {self._describe(event)}")


class Bar:
    """A bar shows progress on standard error. It is a context manager that gives a function of events."""

    def __init__(self, label: str, steps: int, quiet: bool, describe: Shown) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._label, self._describe = label, describe
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True, quiet=quiet))
        self._task = self._bar.add_task(label, total=steps)

    def __enter__(self) -> Any:
        self._bar.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _show(self, event: dict[str, Any]) -> None:
        text = self._describe(event)
        self._bar.update(self._task, completed=event["step"], description=f"{self._label}: {text}")
