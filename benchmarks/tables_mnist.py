"""The tables of MNIST, as Markdown, from ``results/mnist*.json`` and ``results/start.json``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from table_parts import (
    BPP,
    BYTES,
    EFFORT,
    IN,
    LATENT_DIM,
    MSE,
    OUT,
    RESULTS,
    bulk,
    image,
    ours,
    report,
    single,
    table,
)

from aecodec.bench.records.rows import Report
from aecodec.bench.report import tables
from aecodec.bench.report.tables import Column, decibels
from aecodec.limits import GROUP_TILES


def page() -> str:
    """Return all that was measured on MNIST."""
    main, fast, some = report("mnist.json"), report("mnist-effort0.json"), report("mnist-efforts.json")
    along, exact = report("mnist-qualities.json"), report("mnist-lossless-efforts.json")
    first, effort = ours(main)[0], main.about["settings"]["effort"]
    machine = f"{fast.about['processor']}, {fast.about['cores']} cores"
    quick = bulk(ours(fast)[0])
    failed = sum(row.failed for row in main.rows)
    bugs = sum(row.bugs for row in main.rows)
    lines = [
        f"MNIST, the {bulk(first).pictures:,} test pictures in one container a model, effort {effort},",
        f"in blocks of {GROUP_TILES:,} (`--block-pictures`; usual ones take [a little more](access.md)),",
        "written, read back by another process, decoded and compared ([protocol](../protocol.md),",
        f"[everything](mnist.md)); *single file* is the mean of {single(first).pictures} files.",
        f"Of all codecs' pictures, {bugs} came back other than promised; {failed} of {len(main.rows)} rows failed.",
        "",
        sizes(),
        image("rate_distortion", "Bytes a picture against MSE, all codecs, single files and all in one"),
        "",
        "Bytes a picture, all in one file, at the MSEs of these models (interpolated; – is outside of what a codec's",
        "ladder reaches):",
        "",
        tables.same_distortion(main).markdown,
        "BD-rate of aecodec's points that no other of its points beats, against those of each lossy peer;",
        "negative is smaller:",
        "",
        tables.bd_rates(main).markdown,
        "Every codec that keeps every pixel: bytes a picture, and pictures a second in one file and out of it",
        f"(one core, {main.about['processor']}; medians of {bulk(first).runs} runs over {bulk(first).timed} pictures):",
        "",
        exact_peers(),
        missing(main),
        image("reconstructions", "Ten digits as each model keeps them"),
        "",
        image("latent_dim", "Bytes, ratio and MSE over latent_dim"),
        "",
        f"At effort {fast.about['settings']['effort']} (no search for symbols, the narrowest for scans;",
        f"{machine}; medians of {quick.runs} runs over {quick.timed:,} pictures; exact ones go faster by the ten",
        "thousand, see below):",
        "",
        speeds(),
        f"What the search buys, latent_dim {some.rows[0].latent_dim},",
        f"the first {bulk(some.rows[0]).pictures:,} test pictures (one core, one run over {bulk(some.rows[0]).timed}):",
        "",
        efforts(),
        f"Lossless at rising effort, the first {bulk(exact.rows[0]).pictures:,} test pictures",
        f"(one core, medians of {bulk(exact.rows[0]).runs} runs over {bulk(exact.rows[0]).timed};",
        "of more at a time, more a second):",
        "",
        lossless_efforts(),
        f"One model, many qualities: bytes a picture / MSE, effort {along.about['settings']['effort']},",
        f"the first {bulk(along.rows[0]).pictures} test pictures",
        "(a container of so few has 0.1 bytes a picture around its payload):",
        "",
        qualities(),
        image("qualities", "Bytes and MSE of every model along its qualities, and their hull"),
        "",
        "More pictures in one container, at effort 0 and by one process: bytes a picture; seconds to compress /",
        "decompress; its peaks of memory then:",
        "",
        growth(),
        *start(),
    ]
    return "\n".join(lines) + "\n"


def sizes() -> str:
    """Return bytes and distortion of aecodec."""
    found = report("mnist.json")
    png = next(row for row in found.rows if row.codec == tables.PNG)
    return table(
        ours(found),
        LATENT_DIM,
        BYTES,
        Column("payload", lambda row: f"{row.payload_bytes:.2f}"),
        Column("single file", lambda row: f"{single(row).bytes:.1f}"),
        BPP,
        MSE,
        Column("PSNR, dB", lambda row: decibels(bulk(row))),
        Column("SSIM", lambda row: f"{bulk(row).ssim:.4f}"),
        Column("784 ÷ bytes", lambda row: f"{8 / bulk(row).bpp:.1f}"),
        Column("PNG ÷ single file", lambda row: f"{single(png).bytes / single(row).bytes:.1f}"),
    )


def exact_peers() -> str:
    """Return the bytes of every codec that keeps every pixel, the smallest first."""
    rows = [row for row in report("mnist.json").rows if row.lossless and row.forms]
    return table(
        sorted(rows, key=lambda row: bulk(row).bytes),
        Column("codec", lambda row: row.label),
        Column("all in one file", lambda row: f"{bulk(row).bytes:.1f}"),
        Column("as", lambda row: bulk(row).name),
        Column("single file", lambda row: f"{single(row).bytes:.1f}"),
        Column("in/s", lambda row: f"{bulk(row).compress_speed:,.0f}"),
        Column("out/s", lambda row: f"{bulk(row).decompress_speed:,.0f}"),
    )


def speeds() -> str:
    """Return a table of pictures a second at effort 0, and peaks of memory."""
    columns = LATENT_DIM, BYTES, MSE, IN, OUT, Column("peak in, MiB", lambda row: f"{bulk(row).compress_peak:.0f}")
    return table(ours(report("mnist-effort0.json")), *columns)


def efforts() -> str:
    """Return a table of what the search buys."""
    return table(ours(report("mnist-efforts.json")), EFFORT, BYTES, MSE, IN)


def lossless_efforts() -> str:
    """Return a table of what the search for scans, and ink by network, buy."""
    return table(ours(report("mnist-lossless-efforts.json")), EFFORT, BYTES, BPP, IN, OUT)


def qualities() -> str:
    """Return a table with a line a model: bytes and distortion along its qualities."""
    found = report("mnist-qualities.json").rows
    shown = sorted({row.quality for row in found if row.quality is not None}, reverse=True)[::2]
    body = []
    for dim in sorted({row.latent_dim for row in found if row.latent_dim}):
        line = {row.quality: bulk(row) for row in found if row.latent_dim == dim}
        cells = [f"{line[each].bytes:.1f} / {line[each].mse:.4f}" for each in shown]
        body.append((str(dim), *cells, f"{line[shown[0]].bytes / line[shown[-1]].bytes:.1f}"))
    head = ("latent_dim", *(f"quality {each:g}" for each in shown), "factor in bytes")
    return tables.Table(head, tuple(body)).markdown


def growth() -> str:
    """Return a table of what more pictures cost."""
    found: Sequence[dict[str, Any]] = json.loads((RESULTS / "mnist-growth.json").read_text())["rows"]
    ways = list(dict.fromkeys(row["way"] for row in found))
    body = []
    for count in sorted({row["pictures"] for row in found}):
        cells = []
        for way in ways:
            (row,) = (row for row in found if row["way"] == way and row["pictures"] == count)
            seconds = f"{row['compress_seconds']:.2f} / {row['decompress_seconds']:.2f}"
            peaks = f"{row['compress_peak']:.0f} / {row['decompress_peak']:.0f}"
            cells.append(f"{row['bytes'] / count:.2f} B, {seconds} s, {peaks} MiB")
        body.append((f"{count:,}", *cells))
    return tables.Table(("pictures", *ways), tuple(body)).markdown


def start() -> list[str]:
    """Return what whole processes take, beside one that only imports NumPy and Pillow."""
    found = json.loads((RESULTS / "start.json").read_text())
    lossy, back, exact, exact_back, *_ = found["rows"]
    return [
        f"One digit as a whole process takes {lossy['ratio']} times as long to compress, and {back['ratio']} times to",
        'decompress, as `python -c "import numpy, PIL.Image"`;',
        f"lossless {exact['ratio']} and {exact_back['ratio']} times",
        f"(medians of {found['runs']} runs; [more](start.md)).",
    ]


def missing(found: Report) -> str:
    """Return a line for the rows without figures, or nothing."""
    return "".join(f"- {row.label}: {row.missing}\n" for row in found.rows if not row.forms)
