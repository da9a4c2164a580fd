"""Write the README's figures from ``benchmarks/results``; with ``--check``, only compare.

python benchmarks/update_readme.py [--check]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aecodec.bench.records.album import AlbumReport, read_any
from aecodec.bench.records.rows import AECODEC, Form, Report, Row, read_report
from aecodec.bench.report import album_tables, tables
from aecodec.bench.report.tables import Column, build, decibels
from aecodec.limits import GROUP_TILES

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
PHOTOGRAPHS = "<!-- photographs: python benchmarks/update_readme.py -->\n"
EXACT = "<!-- exact: python benchmarks/update_readme.py -->\n"
COLLECTIONS = "<!-- collections: python benchmarks/update_readme.py -->\n"
BEGIN, END = "<!-- figures: python benchmarks/update_readme.py -->\n", "<!-- end of figures -->"


def report(name: str) -> Report:
    """Read one results file."""
    return read_report(HERE / "results" / name)


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
    found: Sequence[dict[str, Any]] = json.loads((HERE / "results" / "mnist-growth.json").read_text())["rows"]
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
    found = json.loads((HERE / "results" / "speed.json").read_text())["start"]
    lossy, back, exact, exact_back, *_ = found["rows"]
    return [
        f"One digit as a whole process takes {lossy['ratio']} times as long to compress, and {back['ratio']} times to",
        'decompress, as `python -c "import numpy, PIL.Image"`;',
        f"lossless {exact['ratio']} and {exact_back['ratio']} times",
        f"(medians of {found['runs']} runs; [more](benchmarks/results/speed.md)).",
    ]


def figures() -> str:
    """Return the whole block between the markers."""
    main, fast, some = report("mnist.json"), report("mnist-effort0.json"), report("mnist-efforts.json")
    along, exact = report("mnist-qualities.json"), report("mnist-lossless-efforts.json")
    first, effort = ours(main)[0], main.about["settings"]["effort"]
    machine = f"{fast.about['processor']}, {fast.about['cores']} cores"
    quick = bulk(ours(fast)[0])
    failed = sum(row.failed for row in main.rows)
    bugs = sum(row.bugs for row in main.rows)
    lines = [
        f"MNIST, the {bulk(first).pictures:,} test pictures in one container a model, effort {effort},",
        f"in blocks of {GROUP_TILES:,} (`--block-pictures`; usual ones take "
        "[a little more](benchmarks/results/access.md)),",
        "written, read back by another process, decoded and compared ([protocol](benchmarks/protocol.md),",
        f"[everything](benchmarks/results/mnist.md)); *single file* is the mean of {single(first).pictures} files.",
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


def photographs() -> str:
    """Return the block about photographs: aecodec's rows, and how they compare."""
    found = read_any(HERE / "results" / "kodak.json")
    assert isinstance(found, AlbumReport)
    own = replace(found, rows=tuple(row for row in found.rows if row.codec == AECODEC))
    bugs, pictures = sum(row.bugs for row in found.rows), len(own.rows[0].shots)
    lines = [
        f"The {pictures} Kodak pictures, a file each, one core ({found.about['processor']});",
        "[everything](benchmarks/results/kodak.md). None of them was seen in training.",
        f"Of all codecs' pictures, {bugs} came back other than promised.",
        "",
        album_tables.means(own).markdown,
        "BD-rate on the averaged curves; negative is smaller:",
        "",
        album_tables.bd_rates(found).markdown,
        image("kodak", "Bits a pixel against PSNR, averaged over the Kodak pictures, all codecs"),
    ]
    return "\n".join(lines) + "\n"


def exact() -> str:
    """Return the block about exact files of pictures of any size."""
    found = json.loads((HERE / "results" / "exact.json").read_text(encoding="utf-8"))
    codecs = sorted(
        {codec for figures in found.values() for codec in figures}, key=lambda each: (AECODEC not in each, each)
    )
    lines = [
        "| bits a sample | " + " | ".join(f"{name}, {_pictures(figures)}" for name, figures in found.items()) + " |",
        "|:---" + "|---:" * len(found) + "|",
    ]
    for codec in codecs:
        cells = [f"{figures[codec]['bits_a_sample']:.3f}" if codec in figures else "-" for figures in found.values()]
        lines.append(f"| {codec} | {' | '.join(cells)} |")
    bugs = sum(figure["bugs"] for figures in found.values() for figure in figures.values())
    return "\n".join(
        [
            "Whole files, over all samples of a set; a dash is not measured yet. Every file was read back by another",
            f"process, and {bugs} pictures came back other than they were.",
            "",
            *lines,
            "",
        ]
    )


def _pictures(figures: dict[str, Any]) -> int:
    return int(next(iter(figures.values()))["pictures"])


def image(name: str, text: str) -> str:
    """Return what shows a figure of ``figures``."""
    return f"![{text}](benchmarks/figures/{name}.svg)"


def missing(found: Report) -> str:
    """Return a line for the rows without figures, or nothing."""
    return "".join(f"- {row.label}: {row.missing}\n" for row in found.rows if not row.forms)


def collections() -> str:
    """Return the bytes a picture of collections of small pictures."""
    found: dict[str, dict[str, float]] = json.loads((HERE / "results" / "icons.json").read_text())
    ways = list(dict.fromkeys(way for entry in found.values() for way in entry if way != "pictures"))
    head = ("bytes a picture", *(f"{name}, {int(entry['pictures'])}" for name, entry in found.items()))
    cells = [(way, *(f"{entry[way]:,.1f}" if way in entry else "-" for entry in found.values())) for way in ways]
    return "\n" + tables.Table(head, tuple(cells)).markdown + "\n"


def main() -> None:
    """Rewrite the blocks, or exit with 1 where it differs."""
    text = README.read_text(encoding="utf-8")
    new = text
    for begin, block in ((PHOTOGRAPHS, photographs), (EXACT, exact), (COLLECTIONS, collections), (BEGIN, figures)):
        before, rest = new.split(begin)
        new = before + begin + block() + END + rest.split(END, 1)[1]
    if "--check" in sys.argv[1:]:
        sys.exit(new != text and "README.md: the figures are not those of benchmarks/results; run update_readme.py")
    README.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
