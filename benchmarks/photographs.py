"""Measure the general model and other codecs on a set of photographs, into ``benchmarks/results`` and ``figures``.

    python benchmarks/photographs.py --data-dir data                          # Kodak: effort 0, all peers but slow ones
    python benchmarks/photographs.py --data-dir data --effort 3 --peers none  # more rows; the others stay
    python benchmarks/photographs.py --data-dir data --qualities "" --peers avif-slow  # a quarter of an hour more
    python benchmarks/photographs.py --data-dir data --dataset cbsd68         # another set
    python benchmarks/photographs.py --dataset cbsd68 --figures               # its tables, page and figure anew

The pictures of a set lie in ``data``, in the folder of its name, as PNG files. There are ``kodak`` (24 pictures),
``crops256`` (40 pieces of photographs of 256 x 256) and ``cbsd68`` (68 pictures of the Berkeley segmentation data set).
All runs on one core. What is measured is written after every row, and a row that is there is not measured again: a run
that was stopped goes on where it was. Rows of aecodec by other models than the present ones are dropped, and so are a
peer's that are no longer on its ladder. Nothing else is noticed: after a change of the encoder ``--anew`` measures all
that is asked for again. Nothing is mixed with figures from other pictures or another processor: such a file is refused.

On Kodak a peer's row takes some 20 seconds of a quiet core, all its rows ten minutes. A row of aecodec takes what 24
times ``aecodec compress`` and ``decompress`` do, half a minute or more at effort 0; with the effort that grows.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aecodec.bench.figures import Material, make
from aecodec.bench.figures.saving import save, svg
from aecodec.bench.records.album import AlbumReport, AlbumRow, read_any
from aecodec.bench.records.rows import AECODEC
from aecodec.bench.report import album_document as document
from aecodec.bench.report.output import write_files
from aecodec.bench.sorts.album import FIGURE, AlbumBench
from aecodec.bench.sorts.album_entries import ALL, QUALITIES
from aecodec.bench.sorts.asked import Asked
from aecodec.data import ALBUMS
from aecodec.zoo import Zoo

HERE = Path(__file__).resolve().parent
RESULTS, FIGURES = HERE / "results", HERE / "figures"


def main(asked: Asked, *, anew: bool, figures_only: bool) -> None:
    """Measure what is missing of what is asked for, and write everything anew from all rows."""
    if not figures_only:
        on_one_core()
        measure(AlbumBench(asked), anew=anew)
    show(kept(asked.dataset))


def on_one_core() -> None:
    """Keep this process, and all that it starts, to one core and one thread of BLAS."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def measure(bench: AlbumBench, *, anew: bool) -> None:
    """Measure row by row into the results."""
    plan = {identity(entry.row): entry for entry in bench.entries}
    found, target = bench.report(()), results_of(bench.name)
    old = kept(bench.name) if target.exists() else found
    for key in ("pictures_sha256", "processor"):
        if old.about[key] != found.about[key]:
            sys.exit(f"{target} is of another {key}: {old.about[key]}; delete it to begin anew")
    rows = {identity(row): row for row in old.rows if still_holds(row, bench.planned)}
    if anew:
        rows = {key: row for key, row in rows.items() if key not in plan}
    left = [entry for key, entry in plan.items() if key not in rows or not rows[key].shots]
    print(f"{len(left)} rows to measure, {len(plan) - len(left)} are there", file=sys.stderr)
    bench.entries = left
    for number, row in enumerate(bench.run(), 1):
        rows[identity(row)] = row
        write(bench.name, bench.report(sorted(rows.values(), key=order)), old)
        said = row.missing if not row.shots else f"{row.bpp:.4f} bpp, {row.psnr} dB, {row.bugs} bugs"
        print(f"{number} of {len(left)}: {row.label}: {said}", file=sys.stderr, flush=True)


def still_holds(row: AlbumRow, planned: Sequence[AlbumRow]) -> bool:
    """Return whether a row on file is of the present models, or of a ladder that the codec still has."""
    if row.codec == AECODEC:
        present = {model.id: model.sha256 for model in Zoo().models()}
        return all(present.get(name) == sha256 for name, sha256 in row.models.items())
    ladder = {each.setting for each in planned if each.codec == row.codec and each.lossless == row.lossless}
    return not ladder or row.setting in ladder


def write(name: str, report: AlbumReport, old: AlbumReport) -> None:
    """Write the JSON alone, naming the commits of all runs."""
    commits = dict.fromkeys(f"{old.about['commit']}, {report.about['commit']}".split(", "))
    efforts = sorted({row.effort for row in report.rows if row.effort is not None})
    settings = {**report.about["settings"], "effort": ", ".join(map(str, efforts))}
    RESULTS.mkdir(exist_ok=True)
    whole = replace(report, about={**report.about, "commit": ", ".join(commits), "settings": settings})
    write_files(RESULTS, name, {".json": whole.json}, force=True)


def results_of(name: str) -> Path:
    """Return the file of all rows of the set ``name``."""
    return RESULTS / f"{name}.json"


def kept(name: str) -> AlbumReport:
    """Return what is on file; ends where it is no report of an album."""
    report = read_any(results_of(name))
    if not isinstance(report, AlbumReport):
        sys.exit(f"{results_of(name)} is no report on pictures of any size")
    return report


def show(report: AlbumReport) -> None:
    """Write tables, page and figure."""
    name = report.about["dataset"]
    (figure,) = make(FIGURE, Material(albums=(report,)))
    drawn = {document.RATES: {f"{document.CAPTION} ({FIGURE})": svg(figure)}}
    write_files(RESULTS, name, {**document.numbers(report), **document.pages(report, drawn)}, force=True)
    FIGURES.mkdir(exist_ok=True)
    save(figure, FIGURES, name, force=True)


def identity(row: AlbumRow) -> tuple[object, ...]:
    """Return what is equal for rows that take one another's place."""
    return row.codec, row.setting


def order(row: AlbumRow) -> tuple[object, ...]:
    """Order our own first, by effort and quality, lossy before exact; peers by name, lossy before exact."""
    return row.codec != AECODEC, row.codec.lower(), row.lossless, row.effort or 0, row.quality or 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--dataset", choices=list(ALBUMS), default="kodak")
    parser.add_argument("--effort", type=int, default=0)
    parser.add_argument("--qualities", default=",".join(map(str, QUALITIES)), help="empty: none of aecodec's rows")
    parser.add_argument("--peers", default=ALL, help="all (but slow ones), none, or names with commas between")
    parser.add_argument("--lossless", action="store_true", help="exact rows too; WebP's take a minute a picture")
    parser.add_argument("--anew", action="store_true", help="measure again what is there")
    parser.add_argument("--figures", action="store_true", help="measure nothing")
    chosen = parser.parse_args()
    main(
        Asked(
            dataset=chosen.dataset, data_dir=chosen.data_dir, download=False, latent_dims=None, models=(),
            qualities=tuple(int(each) for each in chosen.qualities.split(",") if each),
            peers=tuple(chosen.peers.split(",")), lossless=chosen.lossless, progressive=False, baseline=False,
            effort=chosen.effort, limit=None, singles=1, runs=1, timed=1, jobs=1,
        ),
        anew=chosen.anew, figures_only=chosen.figures,
    )  # fmt: skip
