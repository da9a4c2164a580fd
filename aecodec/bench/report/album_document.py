"""An album's report is put for people: what stands in which section, as Markdown or as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aecodec.bench.records.album import AlbumReport
from aecodec.bench.report import album_tables as tables
from aecodec.bench.report.document import Drawn, as_markdown
from aecodec.bench.report.page import Section, html

MEANS, RATES, EACH = "Rate and distortion", "Against other codecs", "Picture by picture"
CAPTION = "bits a pixel against PSNR, averaged over the pictures"


def sections(report: AlbumReport, drawn: Drawn) -> Iterator[Section]:
    """Give the sections that have something to show; figures by the title of their section."""
    yield Section(
        MEANS,
        "Every picture is a file of its own. Bits a pixel are those of whole files, a mean over pictures. PSNR is of "
        "8-bit RGB over all samples of a picture, then the mean over pictures; so are SSIM and MS-SSIM, over pictures "
        "that are large enough. MP/s are million pixels a second with models loaded; peaks are of a whole process. A "
        "bug is a picture that came back other than promised. JPEG XL is not made for PSNR.",
        [tables.means(report)],
        drawn.get(MEANS),
    )
    rates = tables.bd_rates(report)
    if rates.body or rates.missing or RATES in drawn:
        yield Section(
            RATES,
            "BD-rate is the mean difference of bits at equal PSNR (Akima's interpolation) on the averaged curves: "
            "negative is smaller. It is taken over the range that is stated; nothing is extrapolated.",
            [rates] if rates.body or rates.missing else [],
            drawn.get(RATES),
        )
    if (each := tables.by_picture(report)).body:
        yield Section(
            EACH, "BD-rate of each picture over the same range of PSNR, against aecodec's highest effort.", [each]
        )


def markdown(report: AlbumReport) -> str:
    """Return all tables, with a heading each."""
    return as_markdown(report.about, sections(report, {}))


def numbers(report: AlbumReport) -> Mapping[str, str]:
    """Return the contents by suffix of the files for programs."""
    return {".json": report.json, ".csv": tables.csv_text(report)}


def pages(report: AlbumReport, drawn: Drawn) -> Mapping[str, str]:
    """Return the contents by suffix of the files for people; raises UsageError if jinja2 is missing."""
    return {".md": markdown(report), ".html": html(report, list(sections(report, drawn)))}
