"""The figure shows pictures at their t-SNE places, snapped to a grid so that none covers another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aecodec.arrays import Integers64, Pictures, Points
from aecodec.bench.figures import style
from aecodec.bench.figures.embedding import neighbours
from aecodec.bench.figures.material import Material, samples_of
from aecodec.bench.figures.reports import pretty
from aecodec.bench.figures.samples import Samples

NAME = "manifold"
PICTURES = 900
LATENT_DIM = 32
_ROOM = 1.7  # cells a picture: what is left open shows where clusters end


@dataclass(frozen=True)
class Data:
    """``pictures`` ``[n, H, W]`` or ``[n, H, W, 3]`` have a cell ``[n, 2]`` (row, column) each, and a class."""

    title: str
    pictures: Pictures
    cells: Integers64
    classes: Integers64


def gather(samples: Samples) -> Data:
    """Gather the pictures decoded from the container of latent_dim 32, or of the last model chosen."""
    count, way = samples.count(PICTURES), samples.only(LATENT_DIM)
    packed = samples.packed(way, count)
    samples.tell(f"{way.label}: t-SNE of {count:,} pictures")
    cells = snap(neighbours(samples.symbols(way, count)))
    what = f"{pretty(samples.collection.name)}, {samples.collection.described(count)}, decoded"
    return Data(
        f"{what}, at the t-SNE places of their symbols, {way.label}", packed.decoded, cells, samples.classes[:count]
    )


def snap(points: Points) -> Integers64:
    """Return cells ``[n, 2]`` (row, column) of a square grid, all different, with the least sum of squared ways."""
    from scipy.optimize import linear_sum_assignment

    side = int(np.ceil(np.sqrt(_ROOM * len(points))))
    low, high = points.min(axis=0), points.max(axis=0)
    spread = (points - low) / np.maximum(high - low, 1e-9) * (side - 1)
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)
    place = linear_sum_assignment(np.square(spread[:, None] - grid).sum(axis=-1))[1]
    return np.stack([side - 1 - grid[place, 1], grid[place, 0]], axis=1).astype(np.int64)


def make(material: Material) -> list[Figure]:
    """Make it from the models and pictures at hand."""
    return [draw(gather(samples_of(material)))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw one picture of all, grey ones in the colours of their labels."""
    figure = style.new_figure(NAME, 5.6, 5.85, data.title)
    axes = figure.subplots()
    axes.imshow(mosaic(data), interpolation="none")
    axes.set_axis_off()
    return figure


def mosaic(data: Data) -> NDArray[np.uint8]:
    """Return all pictures in their cells on white, uint8 ``[rows * H, columns * W, 3]``."""
    pictures = data.pictures
    if pictures.ndim == 3:
        pictures = style.tinted(pictures, [style.LABELS[each % len(style.LABELS)] for each in data.classes])
    rows, columns = data.cells.max(axis=0) + 1
    height, width = pictures.shape[1:3]
    sheet = np.full((rows, height, columns, width, 3), 255, np.uint8)
    for (row, column), picture in zip(data.cells, pictures, strict=True):
        sheet[row, :, column] = picture
    return sheet.reshape(rows * height, columns * width, 3)
