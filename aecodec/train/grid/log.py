"""A run's metrics: a JSON object a line, of steps and of validation. No Pillow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aecodec.errors import FileError

METRICS = "metrics.jsonl"


class Log:
    """Appends to a file, from which lines after ``step`` and damaged ones are left out first: they come again."""

    def __init__(self, path: Path, step: int) -> None:
        """Raises FileError."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
            kept = [line for line in lines if _is_until(line, step)]
            if kept != lines:
                temporary = path.with_suffix(".new")
                temporary.write_bytes(b"".join(kept))
                temporary.replace(path)
            path.open("ab").close()
        except OSError as error:
            raise FileError(f"cannot write {path}: {error.strerror or error}") from error

    def __call__(self, event: dict[str, Any]) -> None:
        """Append a line. Raises FileError."""
        try:
            with self._path.open("ab") as file:
                file.write(json.dumps(event).encode() + b"\n")
        except OSError as error:
            raise FileError(f"cannot write {self._path}: {error.strerror or error}") from error


def _is_until(line: bytes, step: int) -> bool:
    try:
        found = json.loads(line)["step"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return isinstance(found, int) and found <= step and line.endswith(b"\n")
