"""An album's report becomes tables: of numbers for programs, of text for people."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import fields

from aecodec.bench.curves import bd
from aecodec.bench.curves.album import HEADLINE, rates, rates_by_picture
from aecodec.bench.records.album import AlbumReport, AlbumRow, Shot
from aecodec.bench.report.glance import Glance
from aecodec.bench.report.tables import Table

_ROW_FIELDS = ("codec", "setting", "lossless", "effort", "quality", "missing")


def csv_text(report: AlbumReport) -> str:
    """Return one line a row and picture; a row without figures has one line with the reason."""
    out = io.StringIO()
    names = [each.name for each in fields(Shot)]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_ROW_FIELDS, "picture", "bpp", *names[1:]])
    for row in report.rows:
        first = [getattr(row, name) for name in _ROW_FIELDS]
        for shot in row.shots or (None,):
            rest = [] if shot is None else [shot.name, shot.bpp, *(getattr(shot, name) for name in names[1:])]
            writer.writerow(["" if cell is None else cell for cell in (*first, *rest)])
    return out.getvalue()


def means(report: AlbumReport) -> Table:
    """Return a table of every row over all pictures: rate, distortion, speed, memory."""
    columns: dict[str, Callable[[AlbumRow], str]] = {
        "codec": lambda row: row.label,
        "bytes": lambda row: f"{sum(shot.bytes for shot in row.shots):,}",
        "bpp": lambda row: f"{row.bpp:.4f}",
        "PSNR, dB": lambda row: "exact" if row.psnr is None else f"{row.psnr:.2f}",
        "MS-SSIM": lambda row: _or_dash(row.ms_ssim, "{:.4f}"),
        "SSIM": lambda row: _or_dash(row.ssim, "{:.4f}"),
        "in, MP/s": lambda row: f"{row.compress_speed:.3g}",
        "out, MP/s": lambda row: f"{row.decompress_speed:.3g}",
        "peak in, MiB": lambda row: _or_dash(row.compress_peak, "{:.0f}"),
        "peak out, MiB": lambda row: _or_dash(row.decompress_peak, "{:.0f}"),
        "bugs": lambda row: str(row.bugs),
    }
    if any(row.alpha_mse is not None for row in report.rows):
        columns["MSE of alpha"] = lambda row: _or_dash(row.alpha_mse, "{:.6f}")
    shown = [row for row in report.rows if row.shots]
    body = tuple(tuple(cell(row) for cell in columns.values()) for row in shown)
    missing = tuple((row.label, row.missing or "") for row in report.rows if not row.shots)
    return Table(tuple(columns), body, missing)


def bd_rates(report: AlbumReport) -> Table:
    """Return the BD-rate against each peer on averaged curves: where photographs are kept, and wherever both curves
    lie.
    """
    head = ("", "against", f"BD-rate, {HEADLINE[0]:.0f} to {HEADLINE[1]:.0f} dB", "covered", "all that both reach")
    narrow, wide = list(rates(report, *HEADLINE)), list(rates(report, -math.inf, math.inf))
    body, missing = [], []
    for (name, some), (_, whole) in zip(narrow, wide, strict=True):
        if some.percent is None and whole.percent is None:
            missing.append((f"{name} against {some.codec}", some.reason))
        else:
            body.append((name, some.codec, _percent(some), _range(some), f"{_percent(whole)} ({_range(whole)})"))
    return Table(head, tuple(body), tuple(missing))


def by_picture(report: AlbumReport) -> Table:
    """Return the BD-rate picture by picture, where photographs are kept, against each peer."""
    found = rates_by_picture(report, *HEADLINE)
    peers = list(next(iter(found.values()), {}))
    body = tuple((name, *(_percent(each[peer]) for peer in peers)) for name, each in found.items())
    return Table(("picture", *peers), body) if peers else Table((), ())


def _percent(found: bd.BdRate) -> str:
    return "–" if found.percent is None else f"{found.percent:+.1f} %"


def _range(found: bd.BdRate) -> str:
    return "–" if found.percent is None else f"{found.low:.1f} to {found.high:.1f}"


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


GLANCE: Glance[AlbumRow] = Glance(
    "pictures of any size",
    {
        "bpp": (9, lambda row: f"{row.bpp:.4f}"),
        "PSNR, dB": (9, lambda row: "exact" if row.psnr is None else f"{row.psnr:.2f}"),
        "MS-SSIM": (9, lambda row: "" if row.ms_ssim is None else f"{row.ms_ssim:.4f}"),
        "in MP/s": (10, lambda row: f"{row.compress_speed:.3g}"),
        "out MP/s": (10, lambda row: f"{row.decompress_speed:.3g}"),
        "bugs": (5, lambda row: str(row.bugs)),
    },
    lambda row: bool(row.shots),
)
