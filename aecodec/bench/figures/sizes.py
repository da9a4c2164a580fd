"""The figure shows how many bytes a picture takes in a file of its own: a histogram for each model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from aecodec.arrays import Integers64
from aecodec.bench.figures import style
from aecodec.bench.figures.material import Material, samples_of
from aecodec.bench.figures.reports import pretty
from aecodec.bench.figures.samples import Samples

NAME = "sizes"
PICTURES = 500
_BINS = 160  # at most; of whole bytes
_SHOWN = 0.98  # of the files of every way have a bar of their own


@dataclass(frozen=True)
class Data:
    """Each way has the bytes of every file, int64 ``[n]``."""

    title: str
    sizes: Mapping[str, Integers64]


def gather(samples: Samples) -> Data:
    """Gather files of one picture each by every lossy model, and lossless."""
    count = samples.count(PICTURES)
    sizes = {way.label: samples.single_sizes(way, count) for way in (*samples.lossy, samples.lossless)}
    dataset = pretty(samples.collection.name)
    return Data(f"{dataset}, {samples.collection.described(count)}: bytes of single files", sizes)


def make(material: Material) -> list[Figure]:
    """Make it from the models and pictures at hand."""
    return [draw(gather(samples_of(material)))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw a row a way, all on one axis of bytes; a triangle marks each mean."""
    figure = style.new_figure(NAME, 5.2, 0.5 + 0.55 * len(data.sizes), data.title)
    rows = figure.subplots(len(data.sizes), 1, sharex=True, squeeze=False)[:, 0]
    largest = max(int(sizes.max()) for sizes in data.sizes.values())
    end = max(int(np.ceil(np.quantile(sizes, _SHOWN))) for sizes in data.sizes.values())
    width = -(-end // _BINS)  # bytes a bar
    edges = np.arange(0, end + 2 * width, width) - 0.5
    colours = [*style.ordered(len(data.sizes) - 1), style.FAINT]
    for axes, (way, sizes), colour in zip(rows, data.sizes.items(), colours, strict=True):
        axes.hist(np.minimum(sizes, end), edges, weights=np.full(len(sizes), 1 / len(sizes)), color=colour)
        axes.plot(sizes.mean(), 1.04, "v", color=style.INK, clip_on=False, transform=axes.get_xaxis_transform())
        axes.text(
            1, 0.9, f"{way}: mean {sizes.mean():.1f}, {sizes.min()} to {sizes.max()}", transform=axes.transAxes,
            ha="right", va="top", fontsize=7.5,
        )  # fmt: skip
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="x", length=2)
    together = f", {width} to a bar" if width > 1 else ""
    beyond = f", those above {end} in the last bar" if largest > end else ""
    rows[-1].set_xlabel(f"bytes of a file{together}{beyond}")
    rows[-1].set_xlim(0, 1.35 * end)  # what is said of them stands at the right
    rows[-1].xaxis.set_major_locator(MaxNLocator(10, integer=True, steps=[1, 2, 5, 10]))
    figure.supylabel("share of files", fontsize=8)
    return figure
