"""The figure shows bytes and MSE of every model along its qualities, and their hull."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from aecodec.bench.curves.hull import along, lower_hull
from aecodec.bench.figures import style
from aecodec.bench.figures.material import Material
from aecodec.bench.figures.reports import bulk_or_single, first_that_can, heading, lossy_rows
from aecodec.bench.records.rows import Report
from aecodec.errors import UsageError

NAME = "qualities"


@dataclass(frozen=True)
class Data:
    """Each latent_dim has its (bytes a picture, MSE), by falling quality."""

    title: str
    models: dict[int, list[tuple[float, float]]]


def gather(report: Report) -> Data:
    """Gather models with rows at two or more qualities; raises UsageError if there are none."""
    rows = lossy_rows(report)
    models: dict[int, list[tuple[float, float]]] = {}
    for row in rows:
        form = bulk_or_single(row)
        models.setdefault(row.latent_dim or 0, []).append((form.bytes, form.mse))
    several = {dim: points for dim, points in models.items() if len(points) > 1}
    if not several:
        raise UsageError("the report has no model of aecodec at two or more qualities")
    return Data(heading(report, "one model, many qualities", rows), several)


def make(material: Material) -> list[Figure]:
    """Make it from the first report with several qualities."""
    return [draw(first_that_can(material.reports, gather))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw a line a model, and their hull as a broad band below them."""
    figure = style.new_figure(NAME, 5.2, 3.9, data.title)
    axes = figure.subplots()
    every = np.array([point for points in data.models.values() for point in points])
    axes.plot(*along(lower_hull(every)), color="#c8c8c8", linewidth=5, label="hull", solid_capstyle="round", zorder=1)
    looks = style.lines(len(data.models), style.ordered(len(data.models)))
    for (dim, points), look in zip(data.models.items(), looks, strict=True):
        axes.plot(*zip(*points, strict=True), label=str(dim), linewidth=1, **look)
        top = max(points)
        last = dim == max(data.models)  # which the one before may be near
        axes.annotate(
            str(dim), top, (5, -3) if last else (-4, -4), textcoords="offset points", fontsize=7,
            ha="left" if last else "right", va="center" if last else "top",
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="bytes a picture, whole container", ylabel="MSE, samples in 0…1")
    style.log_ticks(axes.xaxis, every[:, 0].min(), every[:, 0].max())
    style.log_ticks(axes.yaxis, every[:, 1].min(), every[:, 1].max())
    axes.set_xlim(right=every[:, 0].max() * 1.6)
    axes.grid()
    axes.legend(title="latent_dim", ncols=2)
    return figure
