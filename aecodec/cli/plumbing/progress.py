"""A progress bar counts pictures, and parts of a large one, for those who see it and have waited a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from aecodec.follow import follow

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE: Final = 1.0  # seconds; what takes less is done before a bar would be read
_AGAIN: Final = 0.1  # seconds from one look of the bar to the next


@contextmanager
def progress_bar(total: int, label: str, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Give a function to call with the number of pictures done, or None if nobody would see a bar."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar(total, label)
    try:
        with follow(bar.note_part):
            yield bar.note_done
    finally:
        bar.close()


class _Bar:
    """It appears when it is told something after PATIENCE."""

    def __init__(self, total: int, label: str) -> None:
        self._total, self._label = total, label
        self._done, self._part, self._pass = 0, 0.0, 0
        self._seen: list[int] = []  # passes that lasted long enough to be seen
        self._next = time.monotonic() + PATIENCE
        self._progress: Progress | None = None

    def note_done(self, done: int) -> None:
        """Take note of the number of pictures done."""
        self._done, self._part = done, 0.0
        self._draw()

    def note_part(self, number: int, share: float) -> None:
        """Take note of how much is done of pass ``number`` over the next picture, as :mod:`aecodec.follow` says it."""
        if number != self._pass:
            self._pass, self._part = number, 0.0
            self._done %= self._total  # all were done, and are tried in another way
        self._part = max(self._part, share)
        self._draw()

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()

    def _draw(self) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _AGAIN
        if self._pass not in self._seen[-1:]:
            self._seen.append(self._pass)
        if self._progress is None:
            self._progress = _shown(self._label, self._total)
        again = f", pass {len(self._seen)}" if len(self._seen) > 1 else ""
        done = min(self._done + self._part, self._total)
        words = f"{self._done}/{self._total}" if self._total > 1 else f"{done:.0%}{again}"
        self._progress.update(self._progress.task_ids[0], completed=done, words=words, refresh=True)


def _shown(label: str, total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    time_column = TimeRemainingColumn() if total > 1 else TimeElapsedColumn()
    columns = (TextColumn(label), BarColumn(), TextColumn("{task.fields[words]}"), time_column)
    progress = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    progress.add_task(label, total=total, words="")
    progress.start()
    return progress
