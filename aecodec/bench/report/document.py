"""A report is put for people: what stands in which section, as Markdown or as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aecodec.bench.records.rows import Report
from aecodec.bench.report import tables
from aecodec.bench.report.page import Section, html
from aecodec.data.collection import some_pictures

Drawn = Mapping[str, Mapping[str, str]]  # section title: caption: SVG
SIZES, SPEEDS, ESTIMATES, RATES, PICTURES, LATENTS = (
    "Size and distortion",
    "Speed and memory",
    "Estimated and actual bits",
    "Against lossy peers",
    "Pictures",
    "The latent space",
)


def sections(report: Report, drawn: Drawn) -> Iterator[Section]:
    """Give the sections that have something to show; figures by the title of their section."""
    yield Section(
        SIZES,
        "Bytes are a picture's share of whole files: a file a picture, and all in one (for a peer, a mosaic or a "
        "stream). MSE is that of samples in 0..1; a bug is a picture that came back other than promised.",
        [tables.sizes(report)],
        drawn.get(SIZES),
    )
    yield Section(
        SPEEDS,
        "Pictures a second with models loaded, medians; peaks are of a whole process.",
        [tables.speeds(report)],
        drawn.get(SPEEDS),
    )
    if (estimates := tables.estimates(report)).body:
        yield Section(
            ESTIMATES,
            "A picture's bits by the models' own tables, and those written. Deflated blocks have no estimate.",
            [estimates],
        )
    rates = [tables.bd_rates(report), tables.same_distortion(report)]
    if any(table.body for table in rates) or RATES in drawn:
        yield Section(
            RATES,
            "BD-rate is the mean difference of bytes at equal PSNR, over the range where both curves lie: negative is "
            "smaller. Curves go through the points of a codec that no other of its points beats in both.",
            [table for table in rates if table.body or table.missing],
            drawn.get(RATES),
        )
    for title in (PICTURES, LATENTS):
        if title in drawn:
            yield Section(title, figures=drawn[title])


def markdown(report: Report) -> str:
    """Return all tables, with a heading each."""
    return as_markdown(report.about, sections(report, {}))


def as_markdown(about: Mapping[str, Any], parts_of: Iterable[Section]) -> str:
    """Return the tables of sections, a heading each, between what they are about and how that was measured."""
    parts = [f"# aecodec on {about['dataset']}", f"{some_pictures(about['pictures'], about['split'])}."]
    for section in parts_of:
        parts += [f"## {section.title}", section.text]
        for table in section.tables:
            if table.body:
                parts.append(table.markdown.rstrip())
            parts += [f"{label}: {reason}" for label, reason in table.missing]
    parts += ["## How it was measured", "\n".join(f"- {key}: {_said(value)}" for key, value in about.items())]
    return "\n\n".join(part for part in parts if part) + "\n"


def numbers(report: Report) -> Mapping[str, str]:
    """Return the contents by suffix of the files for programs."""
    return {".json": report.json, ".csv": tables.csv_text(report)}


def pages(report: Report, drawn: Drawn) -> Mapping[str, str]:
    """Return the contents by suffix of the files for people; raises UsageError if jinja2 is missing."""
    return {".md": markdown(report), ".html": page(report, drawn)}


def page(report: Report, drawn: Drawn) -> str:
    """Return one HTML page; raises UsageError if jinja2 is missing."""
    return html(report, list(sections(report, drawn)))


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return " × ".join(map(str, value)) if isinstance(value, list) else str(value)
