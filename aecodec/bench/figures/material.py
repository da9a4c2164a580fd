"""Figures are made from this: reports of both sorts, records of growth, models and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aecodec.bench.records.album import AlbumReport
from aecodec.bench.records.costs import Growth
from aecodec.bench.records.rows import Report
from aecodec.errors import UsageError

if TYPE_CHECKING:
    from aecodec.bench.figures.samples import Samples


@dataclass(frozen=True)
class Material:
    """It is what is at hand; a figure raises UsageError for what it lacks. It takes the first report that serves."""

    reports: tuple[Report, ...] = ()
    growth: Growth | None = None
    samples: Samples | None = None
    albums: tuple[AlbumReport, ...] = ()


def samples_of(material: Material) -> Samples:
    """Return the models and pictures; raises UsageError if there are none."""
    if material.samples is None:
        raise UsageError("needs pictures: name a data set with --dataset and its folder with --data-dir")
    return material.samples
