"""A report becomes tables: of numbers for programs, of text for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from aecodec.bench.curves import bd
from aecodec.bench.records.rows import AECODEC, Form, Report, Row

PNG = "PNG"
_FORMS = {"single": "single files", "bulk": "all in one"}
_ROW_FIELDS = (
    "codec", "setting", "lossless", "latent_dim", "effort", "quality", "payload_bytes", "estimated_bits", "missing",
)  # fmt: skip


def csv_text(report: Report) -> str:
    """Return one line a row and form; a row without figures has one line with the reason."""
    out = io.StringIO()
    form_fields = [each.name for each in fields(Form)]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_ROW_FIELDS, "form", *form_fields[1:]])
    for row in report.rows:
        first = [getattr(row, name) for name in _ROW_FIELDS]
        for form in row.forms or (None,):
            rest = [None if form is None else getattr(form, name) for name in form_fields]
            writer.writerow(["" if cell is None else cell for cell in (*first, *rest)])
    return out.getvalue()


@dataclass(frozen=True)
class Column:
    """A column has a heading and what stands under it."""

    head: str
    cell: Callable[[Row], str]


@dataclass(frozen=True)
class Table:
    """A table is text in rows; ``missing`` are the rows that have no figures, with the reason."""

    head: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def markdown(self) -> str:
        """Return it as Markdown: the first column to the left, numbers to the right."""
        lines = [_line(self.head), "|:---" + "|---:" * (len(self.head) - 1) + "|"]
        return "\n".join([*lines, *map(_line, self.body)]) + "\n"


def build(rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    """Build a table of those rows that have figures."""
    shown = [row for row in rows if row.forms]
    missing = tuple((row.label, row.missing or "") for row in rows if not row.forms)
    return Table(tuple(c.head for c in columns), tuple(tuple(c.cell(r) for c in columns) for r in shown), missing)


def sizes(report: Report) -> Table:
    """Return a table of bytes of every row in both forms, and of how like the pictures are."""
    png = next((row for row in report.rows if row.codec == PNG and row.forms), Row(PNG, "", True))
    raw = _raw(report)
    columns = [
        Column("codec", lambda row: row.label),
        Column("single file, bytes", lambda row: _of(row.single, lambda form: f"{form.bytes:.1f}")),
        Column("all in one, bytes", lambda row: _of(row.bulk, lambda form: f"{form.bytes:.2f}")),
        Column("payload", lambda row: "" if row.payload_bytes is None else f"{row.payload_bytes:.2f}"),
        Column("bpp, single", lambda row: _of(row.single, lambda form: f"{form.bpp:.3f}")),
        Column("bpp, all", lambda row: _of(row.bulk, lambda form: f"{form.bpp:.3f}")),
        Column(f"{raw} ÷ bytes", lambda row: _of(row.bulk, lambda form: f"{raw / form.bytes:.1f}")),
        Column("PNG ÷ bytes, single", lambda row: _against(png.single, row.single)),
        Column("PNG ÷ bytes, all", lambda row: _against(png.bulk, row.bulk)),
        Column("MSE", lambda row: _of(row.bulk or row.single, lambda form: f"{form.mse:.6f}")),
        Column("PSNR, dB", lambda row: _of(row.bulk or row.single, decibels)),
        Column("SSIM", lambda row: _of(row.bulk or row.single, _ssim)),
        Column("bugs", lambda row: str(row.bugs)),
    ]
    return build(report.rows, columns)


def speeds(report: Report) -> Table:
    """Return a table of pictures a second and peaks of memory, all in one file; and single files."""
    columns = [
        Column("codec", lambda row: row.label),
        Column("in one file, in/s", lambda row: _of(row.bulk, lambda form: f"{form.compress_speed:,.0f}")),
        Column("in one file, out/s", lambda row: _of(row.bulk, lambda form: f"{form.decompress_speed:,.0f}")),
        Column("single files, in/s", lambda row: _of(row.single, lambda form: f"{form.compress_speed:,.0f}")),
        Column("single files, out/s", lambda row: _of(row.single, lambda form: f"{form.decompress_speed:,.0f}")),
        Column("peak in, MiB", lambda row: _of(row.bulk, lambda form: _mebibytes(form.compress_peak))),
        Column("peak out, MiB", lambda row: _of(row.bulk, lambda form: _mebibytes(form.decompress_peak))),
    ]
    return build(report.rows, columns)


def estimates(report: Report) -> Table:
    """Return a table of bits by the models' own tables against bits written."""
    columns = [
        Column("", lambda row: row.setting),
        Column("estimated bits", lambda row: f"{row.estimated_bits:.2f}"),
        Column("payload bits", lambda row: f"{8 * (row.payload_bytes or 0):.2f}"),
        Column("file bits", lambda row: _of(row.bulk, lambda form: f"{8 * form.bytes:.2f}")),
    ]
    return build([row for row in report.rows if row.codec == AECODEC and row.estimated_bits], columns)


def bd_rates(report: Report) -> Table:
    """Return the BD-rate against each lossy peer, in both forms."""
    found = bd.bd_rates(report)
    known = [each for each in found if each.percent is not None]
    body = [
        (each.codec, _FORMS[each.form], f"{each.percent:+.1f} %", f"{each.low:.1f} to {each.high:.1f}", each.method)
        for each in known
    ]
    missing = [(f"{each.codec}, {_FORMS[each.form]}", each.reason) for each in found if each.percent is None]
    return Table(("against", "form", "BD-rate", "range, dB", "interpolation"), tuple(body), tuple(missing))


def same_distortion(report: Report) -> Table:
    """Return the bytes a picture of every lossy codec, all in one file, at the MSEs of aecodec's models."""
    errors, known = bd.model_errors(report.rows), bd.curves(report, "bulk")
    if len(known) < 2 or not errors:
        return Table((), ())
    body = []
    for codec, curve in known.items():
        cells = bd.bytes_at(curve, errors)
        body.append((codec, *("–" if cell is None else f"{cell:.1f}" for cell in cells)))
    return Table(("bytes at an MSE of", *(f"{error:.5f}" for error in errors)), tuple(body))


def decibels(form: Form) -> str:
    """Return a PSNR for people."""
    return "exact" if form.psnr is None else f"{form.psnr:.2f}"


def _raw(report: Report) -> int:
    """Return how many samples a picture has."""
    samples = 1
    for side in report.about.get("shape", ()):
        samples *= int(side)
    return samples


def _of(form: Form | None, cell: Callable[[Form], str]) -> str:
    return "" if form is None else cell(form)


def _ssim(form: Form) -> str:
    return "–" if form.ssim is None else f"{form.ssim:.4f}"


def _mebibytes(peak: float | None) -> str:
    return "–" if peak is None else f"{peak:.0f}"


def _against(png: Form | None, form: Form | None) -> str:
    return "" if png is None or form is None else f"{png.bytes / form.bytes:.2f}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
