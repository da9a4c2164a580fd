"""The tables of MNIST, as Markdown, from ``results/mnist*.json``."""

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
        f"The {bulk(first).pictures:,} test pictures were compressed into one container for each model, at effort",
        f"{effort}, with blocks of {GROUP_TILES:,} pictures (`--block-pictures`; usual blocks take",
        "[a little more](access.md)). Another process read the files, decoded them, and compared the pictures.",
        f"Of all codecs' pictures, {bugs} came back other than promised. Of {len(main.rows)} rows {failed} failed.",
        "[The page on MNIST](mnist.md) has every row.",
        "",
        "### Size and error",
        "",
        f"*Single file* is the mean of {single(first).pictures} files of one picture each. *Payload* leaves out",
        "header, index and checksums. A raw picture has 784 bytes: the last two columns say how many times smaller",
        "than that, and than PNG, a file is.",
        "",
        sizes(),
        image("rate_distortion", "Bytes a picture against MSE, all codecs, single files and all in one"),
        "",
        "### Against other lossy codecs",
        "",
        "Bytes a picture, all in one file, at the errors (MSE) of these models. Values are interpolated. A dash is",
        "outside of what a codec was measured at.",
        "",
        tables.same_distortion(main).markdown,
        "BD-rate against each lossy codec; negative means that aecodec is smaller. It is taken over those points of",
        "aecodec that no other of its points beats.",
        "",
        tables.bd_rates(main).markdown,
        "### Against other exact codecs",
        "",
        "Bytes a picture, and how many pictures a second go into one file (*in/s*) and out of it (*out/s*). One core",
        f"({main.about['processor']}), medians of {bulk(first).runs} runs over {bulk(first).timed} pictures.",
        "",
        exact_peers(),
        missing(main),
        "### What the models keep",
        "",
        image("reconstructions", "Ten digits as each model keeps them"),
        "",
        image("latent_dim", "Bytes, ratio and MSE over latent_dim"),
        "",
        f"### Speed at effort {fast.about['settings']['effort']}",
        "",
        f"No search for symbols, and the narrowest one for scans. {machine}, medians of {quick.runs} runs over",
        f"{quick.timed:,} pictures. Exact pictures go faster where there are ten thousand: see the last table.",
        "",
        speeds(),
        "### What more effort buys",
        "",
        f"Lossy, latent_dim {some.rows[0].latent_dim}, the first {bulk(some.rows[0]).pictures:,} test pictures;",
        f"one core, one run over {bulk(some.rows[0]).timed} of them:",
        "",
        efforts(),
        f"Exact, the first {bulk(exact.rows[0]).pictures:,} test pictures; one core, medians of",
        f"{bulk(exact.rows[0]).runs} runs over {bulk(exact.rows[0]).timed} of them.",
        "With more pictures at a time, more are done in a second.",
        "",
        lossless_efforts(),
        "### One model, many qualities",
        "",
        f"Bytes a picture / MSE, at effort {along.about['settings']['effort']}, the first",
        f"{bulk(along.rows[0]).pictures} test pictures.",
        "A container of so few has 0.1 bytes a picture around its payload.",
        "",
        qualities(),
        image("qualities", "Bytes and MSE of every model along its qualities, and their hull"),
        "",
        "### More pictures in one container",
        "",
        "At effort 0, by one process: bytes a picture; seconds to compress / to decompress; the most memory for each.",
        "",
        growth(),
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


def missing(found: Report) -> str:
    """Return a line for the rows without figures, or nothing."""
    return "".join(f"- {row.label}: {row.missing}\n" for row in found.rows if not row.forms)
