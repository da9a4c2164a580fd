"""What figures are made from: reports, records of growth, models and pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aecodec.bench.rows import Report
from aecodec.errors import UsageError

if TYPE_CHECKING:
    from aecodec.bench.figures.samples import Samples


@dataclass(frozen=True)
class GrowthRow:
    """One way of compressing so many ``pictures`` into one container of ``bytes``; peaks of a process, in MiB."""

    way: str
    pictures: int
    bytes: float
    compress_seconds: float
    decompress_seconds: float
    compress_peak: float
    decompress_peak: float


@dataclass(frozen=True)
class Growth:
    """Files of ever more pictures. ``about`` as in a report."""

    about: Mapping[str, Any]
    rows: tuple[GrowthRow, ...]


@dataclass(frozen=True)
class Material:
    """What is at hand; a figure raises UsageError for what it lacks. Of ``reports`` it takes the first that serves."""

    reports: tuple[Report, ...] = ()
    growth: Growth | None = None
    samples: Samples | None = None


def read_growth(path: Path) -> Growth:
    """``{"about": {...}, "rows": [{"way": ..., "pictures": ..., ...}, ...]}``; raises UsageError for anything else."""
    known = {each.name for each in fields(GrowthRow)}
    try:
        record = json.loads(path.read_text())
        rows = [GrowthRow(**{key: row[key] for key in known}) for row in record["rows"]]
        return Growth(dict(record["about"]), tuple(rows))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} holds no records of growth: {type(error).__name__}: {error}") from error


def samples_of(material: Material) -> Samples:
    """The models and pictures; raises UsageError where there are none."""
    if material.samples is None:
        raise UsageError("needs pictures: name a data set with --dataset and its folder with --data-dir")
    return material.samples
