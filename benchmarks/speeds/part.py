"""What every part is told and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Found = dict[str, Any]  # what JSON can hold


@dataclass(frozen=True)
class Asked:
    """What the command line says.

    ``runs`` and ``limit`` are None where each part has its own; ``tools`` is where programs of others lie.
    """

    data_dir: Path
    runs: int | None = None
    limit: int | None = None
    photograph: Path | None = None
    tools: Path | None = None


class Part(Protocol):
    """A part is a module."""

    def measure(self, asked: Asked) -> Found:
        """Measure; raises UsageError where pictures are not there."""

    def page(self, found: Found) -> list[str]:
        """Return the lines that show what was measured, under a heading."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> list[str]:
    """Return the lines of a table in Markdown, whose first columns, so many, are ``words``, and the others numbers."""
    under = ["---"] * words + ["---:"] * (len(head) - words)
    return [f"| {' | '.join(head)} |", f"|{'|'.join(under)}|", *(f"| {' | '.join(row)} |" for row in rows)]
