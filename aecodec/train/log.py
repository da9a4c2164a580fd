"""A run's metrics: a JSON object a line, of steps and of validation."""

from __future__ import annotations

import json
from pathlib import Path

from aecodec.train.bare_files import append, new_folder, read, write_whole
from aecodec.train.reports import Event, Tell

METRICS = "metrics.jsonl"


class Log:
    """Appends to a file, from which lines after ``step`` and damaged ones are left out first: they come again."""

    def __init__(self, path: Path, step: int, tell: Tell) -> None:
        """Begin at ``step``; ``tell`` gets a line about what was damaged. Raises FileError."""
        self._path = path
        new_folder(path.parent)
        lines = (read(path) or b"").splitlines(keepends=True)
        steps = [_step(line) for line in lines]
        kept = [line for line, found in zip(lines, steps, strict=True) if found is not None and found <= step]
        if kept != lines:
            write_whole(path, b"".join(kept))
        if None in steps:
            tell(f"{path}: left out {steps.count(None)} damaged line(s)")
        append(path, b"")

    def __call__(self, event: Event) -> None:
        """Append a line. Raises FileError."""
        append(self._path, json.dumps(event).encode() + b"\n")


def _step(line: bytes) -> int | None:
    """Find the step of an event's line, or None if it is damaged."""
    try:
        found = json.loads(line)["step"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, int) and line.endswith(b"\n") else None
