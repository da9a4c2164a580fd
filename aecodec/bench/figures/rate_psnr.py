"""The figure shows bits a pixel against PSNR and MS-SSIM, averaged over an album's pictures: aecodec and its peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aecodec.arrays import Points
from aecodec.bench.curves.album import HEADLINE, lossy_curves
from aecodec.bench.curves.bd import rising
from aecodec.bench.figures import style
from aecodec.bench.figures.material import Material
from aecodec.bench.figures.reports import pretty
from aecodec.bench.records.album import AlbumReport
from aecodec.bench.records.rows import AECODEC
from aecodec.data.collection import some_pictures
from aecodec.errors import UsageError

NAME = "rate_psnr"


@dataclass(frozen=True)
class Data:
    """Curves of bits a pixel and the measure, by name, aecodec's first.

    ``ms_ssim`` is in dB, -10 log10(1 - MS-SSIM), and there where all have it.
    """

    title: str
    psnr: Mapping[str, Points]
    ms_ssim: Mapping[str, Points]


def gather(report: AlbumReport) -> Data:
    """Gather the lossy rows of ``report``; raises UsageError if it has none."""
    curves = lossy_curves(report)
    if not curves:
        raise UsageError("the report has no lossy rows, so no rate against distortion")
    psnr = {name: np.array([(row.bpp, row.psnr) for row in rows], np.float64) for name, rows in curves.items()}
    ms_ssim = {}
    if all(row.ms_ssim is not None and row.ms_ssim < 1 for rows in curves.values() for row in rows):
        for name, rows in curves.items():
            ms_ssim[name] = np.array([(row.bpp, -10 * np.log10(1 - (row.ms_ssim or 0))) for row in rows], np.float64)
    count = max(len(row.shots) for rows in curves.values() for row in rows)
    pictures = some_pictures(count, str(report.about.get("split", "")))
    return Data(f"{pretty(str(report.about.get('dataset', '')))}, {pictures}: rate and distortion", psnr, ms_ssim)


def make(material: Material) -> list[Figure]:
    """Make it from the first report of an album."""
    if not material.albums:
        raise UsageError("needs a report of aecodec benchmark on pictures of any size: name one with --report")
    return [draw(gather(material.albums[0]))]


@style.styled
def draw(data: Data) -> Figure:
    """Draw PSNR to the left, MS-SSIM to the right where there is any; grey behind is where BD-rates are taken.

    A line goes through those points of a codec that no other of its points beats in both; the rest stand beside it.
    """
    panels = [("PSNR of RGB, dB", data.psnr)] + ([("MS-SSIM, dB", data.ms_ssim)] if data.ms_ssim else [])
    figure = style.new_figure(NAME, style.WIDTH if len(panels) > 1 else 0.7 * style.WIDTH, 3.6, data.title)
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    rates = np.concatenate([curve[:, 0] for curve in data.psnr.values()])
    for axes, (label, curves) in zip(grid, panels, strict=True):
        axes.set_xscale("log")
        axes.grid(which="major")
        _draw_curves(axes, curves)
        style.log_ticks(axes.xaxis, rates.min(), rates.max())
        axes.set(xlabel="bits a pixel, whole files", ylabel=label)
    bottom, top = grid[0].get_ylim()
    grid[0].axhspan(*HEADLINE, color=style.FAINT, alpha=0.08, linewidth=0)
    grid[0].set_ylim(bottom, top)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 6))
    return figure


def _draw_curves(axes: Axes, curves: Mapping[str, Points]) -> None:
    own = [name for name in curves if name.startswith(AECODEC)]
    peers = [name for name in curves if name not in own]
    looks = dict(zip(peers, style.lines(len(peers), style.PEERS), strict=True))
    for name, look in zip(own, style.lines(len(own), [style.OURS]), strict=True):
        looks[name] = {**look, "linewidth": 2, "zorder": 4}
    for name, curve in curves.items():
        best, look = rising(curve), {"markersize": 4, "linewidth": 1, **looks[name]}
        axes.plot(best[:, 0], best[:, 1], label=name, **look)
        beaten = curve[~(curve[:, None] == best).all(-1).any(-1)]
        axes.plot(beaten[:, 0], beaten[:, 1], alpha=0.4, **{**look, "linestyle": "none"})
