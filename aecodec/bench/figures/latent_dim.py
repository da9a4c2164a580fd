"""The figure shows bytes, ratio and MSE over the latent dimension, from a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aecodec.bench.figures import style
from aecodec.bench.figures.material import Material
from aecodec.bench.figures.reports import bulk_or_single, first_that_can, heading, lossless_row, own_points, raw_bytes
from aecodec.bench.records.rows import Form, Report, Row
from aecodec.errors import UsageError

NAME = "latent_dim"


@dataclass(frozen=True)
class Data:
    """Rows of rising latent_dim are drawn, and the lossless one to compare with."""

    title: str
    rows: tuple[Row, ...]
    lossless: Row | None


def gather(report: Report) -> Data:
    """Gather each lossy model's best row; raises UsageError for fewer than two models."""
    rows = own_points(report)
    if len(rows) < 2:
        raise UsageError("the report has no lossy rows of aecodec with two or more latent_dim")
    return Data(heading(report, "what latent_dim buys", rows), tuple(rows), lossless_row(report))


def make(material: Material) -> list[Figure]:
    """Make it from the first report with two models."""
    return [draw(first_that_can(material.reports, gather))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw three panels over one base-2 axis of latent_dim."""
    figure = style.new_figure(NAME, style.WIDTH, 2.75, data.title)
    sizes, ratios, errors = figure.subplots(1, 3)
    dims = [row.latent_dim or 0 for row in data.rows]
    _draw_forms(sizes, data, dims, lambda form: form.bytes)
    sizes.set_ylabel("bytes a picture")
    _draw_forms(ratios, data, dims, lambda form: raw_bytes(form) / form.bytes)
    ratios.set_ylabel(f"{raw_bytes(bulk_or_single(data.rows[0])):,.0f} raw bytes ÷ bytes")
    values = [bulk_or_single(row).mse for row in data.rows]
    errors.plot(dims, values, "o-", color=style.OURS)
    errors.set_yscale("log")
    errors.set_ylabel("MSE, samples in 0…1")
    style.log_ticks(errors.yaxis, min(values), max(values))
    for axes in (sizes, ratios, errors):
        style.latent_axis(axes, dims)
        axes.grid()
    handles, labels = sizes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _draw_forms(axes: Axes, data: Data, dims: Sequence[int], value: Callable[[Form], float]) -> None:
    looks = style.lines(2, (style.OURS, style.BLUE))
    names = ("one file for all", "single files")
    shown: list[float] = []
    for look, name, pick in zip(looks, names, (_bulk, _single), strict=True):
        forms = [pick(row) for row in data.rows]
        some = [(dim, value(form)) for dim, form in zip(dims, forms, strict=True) if form is not None]
        if some:
            axes.plot(*zip(*some, strict=True), label=name, **look)
            shown += [each for _, each in some]
        exact = None if data.lossless is None else pick(data.lossless)
        if exact is not None:
            axes.axhline(value(exact), color=look["color"], linewidth=0.8, linestyle=(0, (6, 2, 1, 2)),
                         label=f"lossless, {name}")  # fmt: skip
            shown.append(value(exact))
    axes.set_yscale("log")
    style.log_ticks(axes.yaxis, min(shown), max(shown))


def _bulk(row: Row) -> Form | None:
    return row.bulk


def _single(row: Row) -> Form | None:
    return row.single
