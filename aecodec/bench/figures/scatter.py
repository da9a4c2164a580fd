"""The figure shows latent symbols of many pictures in the plane, a panel a model: principal components, and t-SNE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from aecodec.arrays import Integers64, Points
from aecodec.bench.figures import style
from aecodec.bench.figures.embedding import apart, medians, neighbours, principal
from aecodec.bench.figures.material import Material, samples_of
from aecodec.bench.figures.registry import labels
from aecodec.bench.figures.reports import pretty
from aecodec.bench.figures.samples import Samples

NAME = "scatter"
PICTURES = 2_000
_ACROSS = 4  # panels
_APART = 0.065  # in widths of a panel are labels at least


@dataclass(frozen=True)
class Panel:
    """A panel has one model's pictures in the plane, ``points`` ``[n, 2]``."""

    name: str
    note: str
    points: Points


@dataclass(frozen=True)
class Data:
    """Its panels show the same pictures; ``classes`` ``[n]`` are places in ``names``, of which there may be none."""

    label: str
    title: str
    panels: tuple[Panel, ...]
    classes: Integers64
    names: tuple[str, ...]


def gather(samples: Samples) -> list[Data]:
    """Gather principal components, then t-SNE, of the symbols in each lossy model's container."""
    count = samples.count(PICTURES)
    found: dict[str, list[Panel]] = {"pca": [], "tsne": []}
    for way in samples.lossy:
        symbols = samples.symbols(way, count)
        points, explained = principal(symbols)
        found["pca"].append(Panel(way.label, f"{explained[0]:.1%} + {explained[1]:.1%} of variance", points))
        samples.tell(f"{way.label}: t-SNE of {count:,} pictures")
        found["tsne"].append(Panel(way.label, "", neighbours(symbols)))
    what = f"{pretty(samples.collection.name)}, symbols of {samples.collection.described(count)}"
    titles = {"pca": f"{what}: two principal components", "tsne": f"{what}: t-SNE"}
    classes, names = samples.classes[:count], samples.collection.label_names
    each = zip(labels(NAME, samples.alone), found, strict=True)
    return [Data(label, titles[part], tuple(found[part]), classes, names) for label, part in each]


def make(material: Material) -> list[Figure]:
    """Make it from the models and pictures at hand: two figures."""
    return [draw(data) for data in gather(samples_of(material))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw up to four panels a row, and what the labels are called behind the last."""
    count = len(data.panels)
    keyed = len(data.names) > 1
    across = min(count, _ACROSS)
    rows = -(-count // across)
    spare = keyed and rows * across > count
    width = style.WIDTH if count > 1 else 5.2
    side = width / across if count > 1 else 4.2
    below = 0.35 if keyed and not spare and count > 1 else 0
    figure = style.new_figure(data.label, width, rows * (side + 0.12) + 0.25 + below, data.title)
    cells: NDArray[np.object_] = figure.subplots(rows, across, squeeze=False).reshape(-1)
    for axes, panel in zip(cells, data.panels, strict=False):
        _draw_panel(axes, panel, data, small=count > 1)
    for axes in cells[count:]:
        axes.set_axis_off()
    if spare:
        cells[-1].legend(handles=_key(data), loc="center", ncols=2 if len(data.names) > 8 else 1)
    elif keyed and count == 1:
        figure.legend(handles=_key(data), loc="outside right center")
    elif keyed:
        figure.legend(handles=_key(data), loc="outside lower center", ncols=min(len(data.names), 10), columnspacing=1)
    return figure


def _draw_panel(axes: Axes, panel: Panel, data: Data, *, small: bool) -> None:
    for each in np.unique(data.classes):
        own = panel.points[data.classes == each]
        look = _look(int(each))
        axes.scatter(own[:, 0], own[:, 1], s=3 if small else 7, linewidths=0, alpha=0.75, rasterized=True, **look)
    if len(data.names) > 1:
        places = apart(medians(panel.points, data.classes), _APART * float(np.ptp(panel.points, axis=0).max()))
        for each, place in zip(np.unique(data.classes).tolist(), places, strict=True):
            axes.annotate(
                _short(data.names[each], each), place, ha="center", va="center", fontweight="bold",
                fontsize=8 if small else 10, path_effects=[withStroke(linewidth=2, foreground="white")],
            )  # fmt: skip
    axes.set_title(f"{panel.name}\n{panel.note}" if panel.note else panel.name, loc="left", fontsize=7.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(visible=True, color="#bbbbbb")
    _square(axes, panel.points)
    axes.set_box_aspect(1)


def _square(axes: Axes, points: Points) -> None:
    """Give both axes one scale: distances mean something."""
    middle, half = (points.min(axis=0) + points.max(axis=0)) / 2, 0.53 * float(np.ptp(points, axis=0).max())
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half, middle[1] + half)


def _key(data: Data) -> Sequence[Line2D]:
    shown = np.unique(data.classes)
    return [
        Line2D([], [], linestyle="none", markersize=4, label=_entry(data.names[each], int(each)), **_look(int(each)))
        for each in shown
    ]


def _look(each: int) -> dict[str, Any]:
    markers = style.MARKERS
    return {"color": style.LABELS[each % len(style.LABELS)], "marker": markers[each % len(markers)]}


def _short(name: str, each: int) -> str:
    """Return what stands in a cluster: torchvision's MNIST calls its digits "7 - seven"."""
    return name.split(" - ")[0] if len(name.split(" - ")[0]) <= 2 else str(each)


def _entry(name: str, each: int) -> str:
    short = _short(name, each)
    return short if name.startswith(f"{short} - ") or name == short else f"{short} {name}"
