"""Every figure looks like this: dark on white, 8 point type, thin lines, told apart without colour as well.

Colours are those of Okabe and Ito (2008), which people with any common colour blindness can tell apart, and parts of
viridis for what has an order; every line has a marker and a dash of its own besides. Nothing here touches pyplot,
or leaves matplotlib's settings changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from itertools import cycle
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aecodec.arrays import Pictures

WIDTH = 7.2  # inches: two columns of a journal
INK = "#1a1a1a"
FAINT = "#8a8a8a"
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
OURS = VERMILION  # aecodec, wherever peers are by
EXACT = INK  # lossless, wherever lossy models are by
PEERS = (BLUE, GREEN, PURPLE, ORANGE, SKY, "#666666", "#882255", "#117733")
LABELS = (BLUE, VERMILION, GREEN, ORANGE, SKY, PURPLE, INK, "#999999", "#882255", "#a6a400")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "p", "<", ">")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)), (0, (3, 1)), (0, (8, 2)))

_SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that layouts are the same everywhere
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.title_fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "figure.titlesize": 8.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#444444",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 1.8,
    "ytick.minor.size": 1.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.4,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "axes.formatter.useoffset": False,
    "svg.fonttype": "path",  # looks the same in every viewer and in print
    "pdf.fonttype": 42,
    "path.simplify": True,
}

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def settings(**more: Any) -> Iterator[None]:
    """Let these settings and ``more`` hold for a while."""
    both: Any = {**_SETTINGS, **more}
    with matplotlib.rc_context(both):
        yield


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run ``draw`` under :func:`settings`."""

    @wraps(draw)
    def under_settings(*args: P.args, **keys: P.kwargs) -> R:
        with settings():
            return draw(*args, **keys)

    return under_settings


def new_figure(name: str, width: float, height: float, title: str = "") -> Figure:
    """Make an empty figure of that size in inches. ``name`` becomes its label, which files and ids are named by."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.set_label(name)
    if title:
        figure.suptitle(title, x=0.008, ha="left", fontweight="bold")
    return figure


def log_ticks(axis: Any, low: float, high: float, steps: Sequence[int] = (1, 2, 5)) -> None:
    """Put plain numbers on a logarithmic axis whose data run from ``low`` to ``high``."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    ticks = [tick for tick in ticks if low * 0.75 <= tick <= high * 1.35]
    axis.set_ticks(ticks, [plain(tick) for tick in ticks])
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def count_axis(axes: Axes, low: float, high: float) -> None:
    """Make a logarithmic axis of numbers of pictures, with powers of ten and the largest on it: 1, 10 ... 70k."""
    axes.set_xscale("log")
    powers = 10.0 ** np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    ticks = [*powers[powers < high / 3], high]
    axes.set_xticks(ticks, [f"{tick / 1000:g}k" if tick >= 1000 else f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def directions() -> list[Line2D]:
    """Return what says in a legend what filled and hollow markers mean."""
    return [
        Line2D([], [], color=FAINT, marker="o", label="compress"),
        Line2D([], [], **hollow({"color": FAINT, "marker": "o"}), label="decompress"),
    ]


def hollow(look: Mapping[str, Any]) -> dict[str, Any]:
    """Return the look of the same line for the other direction."""
    return {**look, "markerfacecolor": "white", "linewidth": 0.7}


def latent_axis(axes: Axes, dims: Sequence[int]) -> None:
    """Make a base-2 axis with every latent dimension on it."""
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(dims), [str(dim) for dim in dims])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("latent_dim")


def plain(value: float) -> str:
    """Return a number without exponent: 0.002, 50, 20,000."""
    return f"{value:,.0f}" if value >= 1 else f"{value:.10f}".rstrip("0")


def ordered(count: int) -> list[str]:
    """Return ``count`` colours along viridis, dark to light, none too light for white paper."""
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.86, max(count, 1)))
    return [to_hex(shade) for shade in shades]


def lines(count: int, colours: Sequence[str]) -> list[dict[str, Any]]:
    """Return the colour, marker and dash of each of ``count`` lines, no two alike."""
    kinds = zip(cycle(colours), cycle(MARKERS), cycle(DASHES), range(count), strict=False)
    return [{"color": colour, "marker": marker, "linestyle": dash} for colour, marker, dash, _ in kinds]


def as_print(pictures: Pictures) -> Pictures:
    """Return pictures as they are printed: grey ones that are mostly black are turned to dark on white."""
    return 255 - pictures if is_dark(pictures) else pictures


def is_dark(pictures: Pictures) -> bool:
    """Return whether grey ``pictures`` ``[..., H, W]`` are mostly black."""
    return pictures.shape[-1] != 3 and bool(np.median(pictures) == 0)


def tinted(pictures: Pictures, colours: Sequence[str]) -> Pictures:
    """Return grey ``[n, H, W]`` as ``[n, H, W, 3]``: white where print is white, else each in its own colour."""
    shares = as_print(pictures)[..., None] / 255
    inks = np.array([to_rgb(colour) for colour in colours])[:, None, None]
    tinted: Pictures = np.rint(255 * (shares + (1 - shares) * inks)).astype(np.uint8)
    return tinted
