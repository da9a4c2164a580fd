"""What runs in other processes have come to, as their metrics say, which lie in their folders."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from aecodec.errors import FileError
from aecodec.train.bare_files import read
from aecodec.train.log import METRICS
from aecodec.train.reports import Console, Event, Report
from aecodec.train.study_record import Run

_LOOK: Final = 1.0  # seconds


@contextmanager
def following(runs: Sequence[Run], console: Console) -> Iterator[None]:
    """Show the newest event of each run while it is at work, by a thread that looks once a second."""
    seen = {run.name: _newest(run.folder / METRICS) for run in runs}
    shown: dict[str, Report] = {}
    end = threading.Event()
    with ExitStack() as stack:

        def look() -> None:
            for run in runs:
                event = _newest(run.folder / METRICS)
                if event is None or event == seen[run.name]:
                    continue
                seen[run.name] = event
                if run.name not in shown:
                    shown[run.name] = stack.enter_context(console.progress(run.name, event["steps"]))
                shown[run.name](event)

        def follow() -> None:
            while not end.wait(_LOOK):
                look()

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()
            look()


def _newest(path: Path) -> Event | None:
    """Return the last event that is whole, or None if there is none, or the file cannot be read now."""
    with suppress(FileError, ValueError, IndexError):
        content = read(path) or b""
        event: Event = json.loads(content[: content.rindex(b"\n")].splitlines()[-1])
        return event
    return None
