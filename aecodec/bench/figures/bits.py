"""The figure maps where the bits of exact files go: what each pixel costs, of a scan and of a residual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from aecodec.arrays import Floats64, Pictures
from aecodec.bench.figures import style
from aecodec.bench.figures.material import Material, samples_of
from aecodec.bench.figures.reports import pretty
from aecodec.bench.figures.samples import Samples
from aecodec.bench.measure.information import find_scans, latent_bits, residual_bits, scan_bits, size_bits
from aecodec.errors import UsageError
from aecodec.ink.network import InkNetwork
from aecodec.zoo import Model

NAME = "bits"
PICTURES = 300  # of the mean map
LATENT_DIM = 784
_COLUMNS = 8
_MOST = 8.0  # bits, at the end of the scale


@dataclass(frozen=True)
class Data:
    """Some ``pictures`` uint8 ``[k, H, W]`` are drawn, and what they cost.

    ``ink`` are maps of scans, or None if none was found; empty where no model knows scans. ``residual`` float64
    ``[k, H, W]``. ``beside`` of each are the bits ``[k]`` of sizes, and of the base's symbols. ``mean`` is a map of
    ``count`` pictures.
    """

    title: str
    pictures: Pictures
    ink: tuple[Floats64 | None, ...]
    residual: Floats64
    beside: tuple[Floats64, Floats64]
    mean: Floats64
    mean_latents: float
    count: int


def gather(samples: Samples) -> Data:
    """Gather what the model for exact pixels, and that of latent_dim 784, say.

    Raises UsageError if pictures are coloured, or not of the models' native size, ModelError if there is no
    residual coder.
    """
    pictures, exact = samples.collection.pictures, samples.zoo.for_exact(LATENT_DIM)
    baseline = samples.zoo.by_latent_dim(LATENT_DIM)
    if pictures.shape[1:] != baseline.native or (exact is not None and exact.native != baseline.native):
        raise UsageError(f"pictures of {pictures.shape[1:]}; the map of bits is for grey ones of {baseline.native}")
    count = samples.count(PICTURES)
    samples.tell(f"bits of {count:,} pictures")
    shown = pictures[samples.one_of_each[:_COLUMNS]]
    ink, sizes = _ink(exact, shown, samples.effort)
    what = f"{pretty(samples.collection.name)}, where the bits of exact files go (above each map, all of the picture's)"
    every = pictures[:count]
    return Data(
        what,
        shown,
        ink,
        residual_bits(baseline, shown),
        (sizes, latent_bits(baseline, shown)),
        residual_bits(baseline, every).mean(axis=0),
        float(latent_bits(baseline, every).mean()),
        count,
    )


def _ink(model: Model | None, pictures: Pictures, effort: int) -> tuple[tuple[Floats64 | None, ...], Floats64]:
    if model is None or model.ink is None or not isinstance(model.ink.best, InkNetwork):
        return (), np.zeros(len(pictures))
    scans = find_scans(pictures, effort)
    return tuple(scan_bits(model, scans)), size_bits(model, scans)


def make(material: Material) -> list[Figure]:
    """Make it from the models and pictures at hand."""
    return [draw(gather(samples_of(material)))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw rows of pictures, of scans' maps, of residuals' maps; at the right the mean map and the scale."""
    names = ("picture", "scan", "residual") if data.ink else ("picture", "residual")
    figure = style.new_figure(NAME, style.WIDTH, 0.35 + 0.76 * len(names), data.title)
    left, right = np.asarray(figure.subfigures(1, 2, width_ratios=[4.2, 1.3]))
    grid = left.subplots(len(names), len(data.pictures), squeeze=False)
    for name, row in zip(names, grid, strict=True):
        row[0].set_ylabel(name)
        for axes in row:
            _frame(axes)
    for axes, picture in zip(grid[0], style.as_print(data.pictures), strict=True):
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="none")
        axes.set_title(" ")
    if data.ink:
        for axes, bits, size in zip(grid[1], data.ink, data.beside[0], strict=True):
            axes.set_title("no scan" if bits is None else f"{bits.sum() + size:.0f} bits")
            if bits is not None:
                _map(axes, bits)
    for axes, bits, latents in zip(grid[-1], data.residual, data.beside[1], strict=True):
        axes.set_title(f"{bits.sum() + latents:,.0f} bits")
        _map(axes, bits)
    axes = _frame(right.subplots())
    axes.set_title(f"residual, mean of {data.count:,}:\n{data.mean.sum() + data.mean_latents:,.0f} bits")
    bar = figure.colorbar(_map(axes, data.mean), ax=axes, location="bottom", aspect=14)
    bar.set_ticks([0, 0.5, 1, 2, 4, 8], labels=["0", "½", "1", "2", "4", "8"])
    bar.set_label("bits a pixel")
    return figure


def _map(axes: Axes, bits: Floats64) -> AxesImage:
    """Colour a map: white where nothing was to be said, then viridis from light to dark."""
    shades = LinearSegmentedColormap.from_list("bits", ["white", *colormaps["viridis_r"](np.linspace(0.1, 1, 8))])
    return axes.imshow(bits, cmap=shades, norm=PowerNorm(0.5, 0, _MOST), interpolation="none")


def _frame(axes: Axes) -> Axes:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(visible=True, color="#bbbbbb")
    axes.set_box_aspect(1)
    return axes
