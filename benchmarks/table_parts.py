"""What the scripts that write tables share: results files, the two forms of a row, and columns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aecodec.bench.records.album import AlbumReport, read_any
from aecodec.bench.records.rows import AECODEC, Form, Report, Row, read_report
from aecodec.bench.report.tables import Column, build

RESULTS = Path(__file__).resolve().parent / "results"


def report(name: str) -> Report:
    """Read one results file of pictures of one size."""
    return read_report(RESULTS / name)


def album(name: str) -> AlbumReport:
    """Read one results file of pictures of any size."""
    found = read_any(RESULTS / name)
    assert isinstance(found, AlbumReport)
    return found


def ours(found: Report) -> list[Row]:
    """Return the rows of aecodec."""
    return [row for row in found.rows if row.codec == AECODEC]


def bulk(row: Row) -> Form:
    """Return the form of all pictures in one file."""
    assert row.bulk is not None
    return row.bulk


def single(row: Row) -> Form:
    """Return the form of a file a picture."""
    assert row.single is not None
    return row.single


def label(row: Row) -> str:
    """Return the first column."""
    return row.setting.removeprefix("latent_dim ")


LATENT_DIM = Column("latent_dim", label)
EFFORT = Column("effort", lambda row: str(row.effort))
BYTES = Column("bytes a picture", lambda row: f"{bulk(row).bytes:.2f}")
MSE = Column("MSE", lambda row: f"{bulk(row).mse:.6f}")
BPP = Column("bpp", lambda row: f"{bulk(row).bpp:.3f}")
IN = Column("compressed a second", lambda row: f"{bulk(row).compress_speed:,.0f}")
OUT = Column("decompressed a second", lambda row: f"{bulk(row).decompress_speed:,.0f}")


def table(rows: Iterable[Row], *columns: Column) -> str:
    """Return a table as Markdown."""
    return build(list(rows), columns).markdown


def image(name: str, text: str) -> str:
    """Show a figure of ``figures``, in a page of ``results``."""
    return f"![{text}](../figures/{name}.svg)"
