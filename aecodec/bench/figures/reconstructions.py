"""The figure shows the same pictures through every model: each compressed to a container and decoded again."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aecodec.arrays import Picture, Pictures
from aecodec.bench.figures import style
from aecodec.bench.figures.material import Material, samples_of
from aecodec.bench.figures.reports import pretty
from aecodec.bench.figures.samples import Samples

NAME = "reconstructions"
PICTURES = 2_000  # in a container; few of them are shown
_GAP = 0.08  # between pictures, in widths of one


@dataclass(frozen=True)
class Line:
    """A line has ``pictures`` ``[k, H, W]`` or ``[k, H, W, 3]`` beside one another, and what is said of them."""

    name: str
    note: str
    pictures: Pictures


@dataclass(frozen=True)
class Data:
    """It holds the lines from the originals on."""

    title: str
    lines: tuple[Line, ...]


def gather(samples: Samples) -> Data:
    """Gather one picture of each label, through every lossy model and lossless.

    They are taken from containers of 2,000 pictures, or of all up to the last shown; what is said of bytes and MSE goes
    for all in them.
    """
    shown = samples.one_of_each
    count = max(samples.count(PICTURES), int(shown.max()) + 1)
    pictures = samples.collection.pictures
    lines = [Line("original", f"{pictures[0].size:,} bytes raw", pictures[shown])]
    for way in (*samples.lossy, samples.lossless):
        packed = samples.packed(way, count)
        error = "exact" if packed.mse == 0 else f"MSE {packed.mse:.3g}"
        lines.append(Line(way.label, f"{packed.share:.1f} bytes, {error}", packed.decoded[shown]))
    what = f"{pretty(samples.collection.name)}, decoded from containers of {samples.collection.described(count)}"
    return Data(what, tuple(lines))


def make(material: Material) -> list[Figure]:
    """Make it from the models and pictures at hand."""
    return [draw(gather(samples_of(material)))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw a row a line, its name and note at its left."""
    first = data.lines[0].pictures
    across, (height, width) = len(first), first.shape[1:3]
    cell = 5.3 / (across * (1 + _GAP))
    figure = style.new_figure(
        NAME, style.WIDTH, 0.35 + len(data.lines) * (1 + _GAP) * cell * height / width, data.title
    )
    axes = figure.subplots()
    dark = style.is_dark(first)
    for number, line in enumerate(data.lines):
        for place, picture in enumerate(line.pictures):
            left, top = place * width * (1 + _GAP), number * height * (1 + _GAP)
            _show(axes, 255 - picture if dark else picture, (left, left + width, top + height, top))
        axes.text(
            -0.25 * width, (number * (1 + _GAP) + 0.5) * height, f"{line.name}\n{line.note}", ha="right", va="center",
            linespacing=1.35,
        )  # fmt: skip
    axes.set_xlim(0, across * width * (1 + _GAP) - _GAP * width)
    axes.set_ylim(len(data.lines) * height * (1 + _GAP) - _GAP * height, 0)
    axes.set_aspect("equal", anchor="E")  # at the right, so that what is written at the left has its room
    axes.set_axis_off()
    return figure


def _show(axes: Axes, picture: Picture, extent: tuple[float, float, float, float]) -> None:
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, extent=extent, interpolation="none")
