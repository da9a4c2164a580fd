"""Every part, by name; a module each with a function ``trials``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from tests.trust.trial import Size, Trial

PARTS = {
    "damage": "Damaged files",
    "hostile": "Hostile headers",
    "fuzzing": "Fuzzing",
    "determinism": "The same bits everywhere",
    "faults": "Faults while writing",
    "batch": "Batches with bad files",
    "models": "Bad models",
    "mutants": "Faults seeded in the code",
}


def trials(part: str, size: Size) -> Iterator[Trial]:
    """Run a part."""
    found: Iterator[Trial] = import_module(f"tests.trust.{part}").trials(size)
    return found
