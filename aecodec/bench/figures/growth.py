"""The figure shows bytes a picture, seconds and memory over the number of pictures, from records of growth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aecodec.bench.figures import style
from aecodec.bench.figures.material import Material
from aecodec.bench.figures.reports import pretty
from aecodec.bench.records.costs import Cost, Growth
from aecodec.errors import UsageError

NAME = "growth"


def make(material: Material) -> list[Figure]:
    """Make it from the records given; raises UsageError if there are none."""
    if material.growth is None or not material.growth.rows:
        raise UsageError("needs records of files of ever more pictures: name their JSON with --growth")
    return [draw(material.growth)]


@style.styled
def draw(growth: Growth) -> Figure:
    """Draw three panels over a logarithmic axis of pictures in one file."""
    dataset = pretty(str(growth.about.get("dataset", "")))
    title = f"{dataset}: files of ever more pictures" if dataset else "Files of ever more pictures"
    figure = style.new_figure(NAME, style.WIDTH, 2.9, title)
    sizes, seconds, peaks = figure.subplots(1, 3)
    ways = list(dict.fromkeys(row.way for row in growth.rows))
    for way, look in zip(ways, style.lines(len(ways), (style.OURS, style.BLUE, style.GREEN)), strict=True):
        rows = sorted((row for row in growth.rows if row.way == way), key=lambda row: row.pictures)
        _line(sizes, rows, lambda row: row.bytes / row.pictures, label=way, **look)
        _line(seconds, rows, lambda row: row.compress_seconds, **look)
        _line(seconds, rows, lambda row: row.decompress_seconds, **style.hollow(look))
        _line(peaks, rows, lambda row: row.compress_peak, **look)
        _line(peaks, rows, lambda row: row.decompress_peak, **style.hollow(look))
    sizes.set_ylabel("bytes a picture")
    seconds.set_ylabel("seconds")
    peaks.set_ylabel("peak memory of the process, MiB")
    counts = [row.pictures for row in growth.rows]
    for axes, values in zip(
        (sizes, seconds),
        (
            [row.bytes / row.pictures for row in growth.rows],
            [s for row in growth.rows for s in (row.compress_seconds, row.decompress_seconds)],
        ),
        strict=True,
    ):
        axes.set_yscale("log")
        wide = max(values) > 100 * min(values)
        style.log_ticks(axes.yaxis, min(values), max(values), (1,) if wide else (1, 2, 5))
    peaks.set_ylim(bottom=0)
    for axes in (sizes, seconds, peaks):
        axes.set_xlabel("pictures in the file")
        style.count_axis(axes, min(counts), max(counts))
        axes.grid()
    handles = [*sizes.get_legend_handles_labels()[0], *style.directions()]
    figure.legend(handles=handles, loc="outside lower center", ncols=5)
    return figure


def _line(axes: Axes, rows: Sequence[Cost], value: Callable[[Cost], float | None], **look: Any) -> None:
    values = [value(row) for row in rows]
    axes.plot([row.pictures for row in rows], [math.nan if each is None else each for each in values], **look)
