"""The figure shows what effort buys and costs: bytes, MSE and pictures a second, at several efforts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aecodec.bench.figures import style
from aecodec.bench.figures.material import Material
from aecodec.bench.figures.reports import BEST_QUALITY, bulk_or_single, first_that_can, heading, quality
from aecodec.bench.records.rows import AECODEC, Form, Report, Row
from aecodec.errors import UsageError

NAME = "effort"


@dataclass(frozen=True)
class Data:
    """Each way of compressing has its forms by rising effort."""

    title: str
    ways: dict[str, list[tuple[int, Form]]]

    @property
    def lossy(self) -> dict[str, list[tuple[int, Form]]]:
        """Return those with distortion."""
        return {way: found for way, found in self.ways.items() if any(form.mse for _, form in found)}


def gather(report: Report) -> Data:
    """Gather aecodec's ways at two or more efforts; raises UsageError if there are none."""
    ways: dict[str, dict[int, Form]] = {}
    rows = [row for row in report.rows if row.codec == AECODEC and row.effort is not None and row.forms]
    for row in rows:
        if row.lossless or quality(row) == BEST_QUALITY:
            ways.setdefault(_way(row), {})[row.effort or 0] = bulk_or_single(row)
    several = {way: sorted(found.items()) for way, found in ways.items() if len(found) > 1}
    if not several:
        raise UsageError("the report has no way of compressing at two or more efforts")
    shown = [row for row in rows if _way(row) in several]
    return Data(heading(report, "what effort buys and costs", shown), several)


def _way(row: Row) -> str:
    return (row.setting or "lossless") if row.lossless else f"latent_dim {row.latent_dim}"


def make(material: Material) -> list[Figure]:
    """Make it from the first report with several efforts."""
    return [draw(first_that_can(material.reports, gather))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw a panel of bytes for each way, one of MSE, one of speeds; all over effort."""
    figure = style.new_figure(NAME, style.WIDTH, 2.9, data.title)
    looks = dict(zip(data.ways, style.lines(len(data.ways), (style.OURS, style.BLUE, style.GREEN)), strict=True))
    panels = [figure.add_subplot(1, 3, place) for place in (1, 2, 3)]
    for way, found in data.ways.items():
        _line(panels[0], found, lambda form: form.bytes, label=way, **looks[way])
        _line(panels[2], found, lambda form: form.compress_speed, **looks[way])
        _line(panels[2], found, lambda form: form.decompress_speed, **style.hollow(looks[way]))
    for way, found in data.lossy.items():
        _line(panels[1], found, lambda form: form.mse, **looks[way])
    panels[0].set_ylim(bottom=0)
    panels[0].set_ylabel("bytes a picture")
    panels[1].set_ylabel("MSE, samples in 0…1")
    if data.lossy:
        panels[1].set_ylim(bottom=0)
    panels[2].set_yscale("log")
    speeds = [s for found in data.ways.values() for _, f in found for s in (f.compress_speed, f.decompress_speed)]
    style.log_ticks(panels[2].yaxis, min(speeds), max(speeds), (1,))
    panels[2].set_ylabel("pictures a second")
    efforts = sorted({effort for found in data.ways.values() for effort, _ in found})
    for axes in panels:
        axes.set_xlabel("effort")
        axes.set_xticks(efforts)
        axes.grid()
    handles = [*panels[0].get_legend_handles_labels()[0], *style.directions()]
    figure.legend(handles=handles, loc="outside lower center", ncols=5)
    return figure


def _line(axes: Axes, found: list[tuple[int, Form]], value: Callable[[Form], float], **look: Any) -> None:
    axes.plot([effort for effort, _ in found], [value(form) for _, form in found], **look)
