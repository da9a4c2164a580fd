"""What a run tells while it goes on: events for a log and a progress bar, and lines for people."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

Event = dict[str, Any]  # "event" says which it is, "step" how far the run has come
Report = Callable[[Event], None]
Progress = Callable[[str, int], AbstractContextManager[Report]]  # of a label and the number of steps
Tell = Callable[[str], None]  # a line


def both(first: Report, second: Report) -> Report:
    """Give every event to ``first`` and then to ``second``."""

    def report(event: Event) -> None:
        first(event)
        second(event)

    return report
