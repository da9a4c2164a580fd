"""What a run tells while it goes on: events for a log and a progress bar, and lines for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]  # "event" says which it is, "step" how far the run has come
Report = Callable[[Event], None]
Progress = Callable[[str, int], AbstractContextManager[Report]]  # of a label and the number of steps
Tell = Callable[[str], None]  # a line


@dataclass(frozen=True)
class Console:
    """Where a run shows how far it has come, and says what it has to say."""

    progress: Progress
    tell: Tell

    @contextmanager
    def gathering(self, count: int) -> Iterator[Callable[[int], None]]:
        """Show of how many of ``count`` pictures samples have been taken."""
        with self.progress("gathering", count) as show:
            yield lambda done: show({"event": "gathered", "step": done})


def both(first: Report, second: Report) -> Report:
    """Give every event to ``first`` and then to ``second``."""

    def report(event: Event) -> None:
        first(event)
        second(event)

    return report
