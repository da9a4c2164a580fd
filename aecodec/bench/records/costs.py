"""These records tell how cost grows with the number of pictures in one container."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aecodec.errors import UsageError


@dataclass(frozen=True)
class Cost:
    """One container of ``pictures`` costs whole bytes, seconds with the model loaded, peaks of a process in MiB.

    Peaks are None where the system does not say.
    """

    way: str
    pictures: int
    bytes: int
    compress_seconds: float
    decompress_seconds: float
    compress_peak: float | None
    decompress_peak: float | None


@dataclass(frozen=True)
class Growth:
    """It holds the costs of files of ever more pictures. ``about`` as in a report."""

    about: Mapping[str, Any]
    rows: tuple[Cost, ...]

    @property
    def json(self) -> str:
        """Return the text of a file that :func:`read_growth` reads."""
        record = {"about": dict(self.about), "rows": [asdict(row) for row in self.rows]}
        return json.dumps(record, indent=1, allow_nan=False) + "\n"


def read_growth(path: Path) -> Growth:
    """Read the records whose ``json`` was written there; raises UsageError for anything else."""
    try:
        record = json.loads(path.read_text())
        return Growth(dict(record["about"]), tuple(Cost(**row) for row in record["rows"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} holds no records of growth: {type(error).__name__}: {error}") from error
