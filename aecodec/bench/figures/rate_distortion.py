"""The figure shows bytes a picture against MSE, of every codec of a report: a file each, and all in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aecodec.bench.curves.bd import frontier
from aecodec.bench.curves.hull import along, lower_hull
from aecodec.bench.figures import style
from aecodec.bench.figures.material import Material
from aecodec.bench.figures.reports import BEST_QUALITY, first_that_can, heading, lossy_rows, quality
from aecodec.bench.records.rows import AECODEC, Form, Report, Row
from aecodec.errors import UsageError

NAME = "rate_distortion"
PANELS = ("single files", "one file for all")


@dataclass(frozen=True)
class Point:
    """A point is one setting: bytes a picture, MSE, and what it is called on paper, if anything."""

    bytes: float
    mse: float
    label: str = ""


@dataclass
class Panel:
    """A panel is one form of files: ``curves`` of lossy codecs by rising bytes; ``exact`` ones with their bytes.

    ``pictures``: of how many these were measured.
    """

    name: str
    pictures: set[int] = field(default_factory=set)
    curves: dict[str, list[Point]] = field(default_factory=dict)
    exact: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Data:
    """It is what is drawn."""

    title: str
    panels: tuple[Panel, ...]


def gather(report: Report) -> Data:
    """Gather the panels that ``report`` has rows for; raises UsageError if none is lossy."""
    panels = [_panel(report, number, name) for number, name in enumerate(PANELS)]
    panels = [panel for panel in panels if panel.curves or panel.exact]
    if not any(panel.curves for panel in panels):
        raise UsageError("the report has no lossy rows, so no rate against distortion")
    return Data(heading(report, "rate and distortion of whole files", counted=False), tuple(panels))


def _panel(report: Report, number: int, name: str) -> Panel:
    panel = Panel(name)
    ours = {id(row) for row in lossy_rows(report)}
    for row in report.rows:
        form = (row.single, row.bulk)[number]
        if form is None:
            continue
        panel.pictures.add(form.pictures)
        if row.lossless or form.mse == 0:
            panel.exact[_exact_label(row, form)] = form.bytes
        elif row.codec != AECODEC or id(row) in ours:
            best = row.latent_dim is not None and quality(row) == BEST_QUALITY
            panel.curves.setdefault(row.codec, []).append(
                Point(form.bytes, form.mse, str(row.latent_dim) if best else "")
            )
    for points in panel.curves.values():
        points.sort(key=lambda point: point.bytes)
    return panel


def _count(panel: Panel) -> str:
    few, many = min(panel.pictures), max(panel.pictures)
    return f"{many:,} pictures" if few == many else f"{few:,} to {many:,} pictures"


def _exact_label(row: Row, form: Form) -> str:
    return f"{row.label} ({form.bugs} came back wrong)" if form.bugs else row.label


def make(material: Material) -> list[Figure]:
    """Make it from the first report that has rows."""
    return [draw(first_that_can(material.reports, gather))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw curves on logarithmic axes above; below, the exact codecs on the same axis of bytes, a line each.

    A peer's line goes through those of its points that no other beats in both; the rest stand beside it, faintly.
    """
    names = _exact_order(data.panels)
    heights = [3.0, 0.17 * len(names) + 0.25] if names else [3.0]
    figure = style.new_figure(NAME, style.WIDTH, 0.5 + sum(heights), data.title)
    grid = figure.subplots(
        len(heights), len(data.panels), sharex=True, sharey="row", squeeze=False, height_ratios=heights
    )
    looks = _looks(data.panels)
    for axes, panel in zip(grid[0], data.panels, strict=True):
        _draw_curves(axes, panel, looks)
        axes.set_title(f"{panel.name} ({_count(panel)})", loc="left")
    for lower in grid[1:]:
        for axes, panel in zip(lower, data.panels, strict=True):
            _draw_exact(axes, panel, names)
            axes.set_title("exact (MSE 0)", loc="left")
    points = [point for panel in data.panels for point in _points(panel)]
    sizes = [point.bytes for point in points] + _exact_bytes(data.panels)
    low, high = min(sizes), max(sizes)
    for axes in grid[-1]:
        axes.set_xlabel("bytes a picture")
        axes.set_xlim(low / 1.5, high * 2.4)
        style.log_ticks(axes.xaxis, low, high, (1,))
    errors = [point.mse for point in points]
    wide = max(errors) > 100 * min(errors)
    style.log_ticks(grid[0, 0].yaxis, min(errors), max(errors), (1,) if wide else (1, 2, 5))
    grid[0, 0].set_ylabel("MSE, samples in 0…1")
    handles = {
        label: handle for axes in grid[0] for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=min(len(handles), 4) or 1)
    return figure


def _draw_curves(axes: Axes, panel: Panel, looks: Mapping[str, dict[str, Any]]) -> None:
    axes.set(xscale="log", yscale="log")
    axes.grid(which="major")
    for codec in sorted(panel.curves, key=lambda codec: (codec == AECODEC, codec)):
        points = panel.curves[codec]
        xy = np.array([(point.bytes, point.mse) for point in points])
        if codec != AECODEC:
            best, look = frontier(xy), {"markersize": 3, **looks[codec]}
            axes.plot(best[:, 0], best[:, 1], label=codec, linewidth=1, **look)
            beaten = xy[~(xy[:, None] == best).all(-1).any(-1)]
            axes.plot(beaten[:, 0], beaten[:, 1], alpha=0.4, **{**look, "linestyle": "none"})
            continue
        hull = lower_hull(xy)
        axes.plot(*along(hull), color=style.OURS, linewidth=2, label="aecodec's hull", zorder=4)
        own = [point for point in points if point.label]
        rest = [point for point in points if not point.label]
        axes.plot([p.bytes for p in rest], [p.mse for p in rest], ".", color=style.OURS, markersize=3, alpha=0.6)
        axes.plot(
            [p.bytes for p in own], [p.mse for p in own], "o", color=style.OURS, markeredgecolor="white",
            markersize=6, markeredgewidth=0.6, label="aecodec, by latent_dim", zorder=5,
        )  # fmt: skip
        for point in own:
            last = point is own[-1] and len(own) > 1  # below: the one before is often close
            axes.annotate(
                point.label, (point.bytes, point.mse), (2, -5) if last else (-4, -3), textcoords="offset points",
                ha="center" if last else "right", va="top", fontsize=7, color=style.OURS,
            )  # fmt: skip


def _draw_exact(axes: Axes, panel: Panel, names: Sequence[str]) -> None:
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="both")
    for place, name in enumerate(names):
        if name not in panel.exact:
            continue
        ours = name.startswith(AECODEC)
        look = {"color": style.OURS, "marker": "o", "markersize": 5} if ours else {"color": style.INK, "marker": "|"}
        axes.plot([panel.exact[name]], [place], linestyle="none", markeredgewidth=1.2, **look)
        axes.annotate(
            f"{panel.exact[name]:.4g}", (panel.exact[name], place), (5, 0), textcoords="offset points", va="center",
            fontsize=7, color=style.OURS if ours else style.INK,
        )  # fmt: skip
    for text in axes.get_yticklabels():
        if text.get_text().startswith(AECODEC):
            text.set_color(style.OURS)


def _looks(panels: Sequence[Panel]) -> dict[str, dict[str, Any]]:
    peers = sorted({codec for panel in panels for codec in panel.curves if codec != AECODEC})
    return dict(zip(peers, style.lines(len(peers), style.PEERS), strict=True))


def _exact_order(panels: Sequence[Panel]) -> list[str]:
    """Order exact codecs by bytes in the last panel that has them, aecodec's and the smallest first."""
    size = {name: each for panel in panels for name, each in panel.exact.items()}
    return sorted(size, key=lambda name: (size[name], name))


def _points(panel: Panel) -> list[Point]:
    return [point for points in panel.curves.values() for point in points]


def _exact_bytes(panels: Sequence[Panel]) -> list[float]:
    return [size for panel in panels for size in panel.exact.values()]
