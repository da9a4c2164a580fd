"""Measure everything about MNIST that the results and the figures show, into ``benchmarks/results``.

    python benchmarks/run.py --data-dir data              # all of it, two and a half hours on two cores
    python benchmarks/run.py --data-dir data ours peers   # parts; other rows of a report stay

Parts, in the order in which they run:

    ours              effort 3, the whole test split              mnist.json, .csv, .md, .html
    peers             other codecs, the whole test split          the same
    speeds            effort 0, the whole test split              mnist-effort0.json
    efforts           latent_dim 64, 100 pictures                 mnist-efforts.json
    lossless-efforts  1,000 pictures                              mnist-lossless-efforts.json
    qualities         every lossy model, 200 pictures             mnist-qualities.json
    growth            1 to 70,000 pictures                        mnist-growth.json
    speed-table       ratios, and a photograph                    speed.json, .md
    figures           from all of these                           ../figures, and the page anew
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from aecodec.bench.figures import FIGURES as FIGURES_BY_NAME
from aecodec.bench.figures import labels
from aecodec.bench.measure.about import about
from aecodec.bench.measure.growth import measure as measure_growth
from aecodec.bench.records.costs import Growth
from aecodec.bench.records.rows import AECODEC, Report, Row, read_report
from aecodec.bench.report.drawn import SECTIONS
from aecodec.bench.report.output import write_numbers, write_pages
from aecodec.codec import Options
from aecodec.data import load
from aecodec.limits import GROUP_TILES
from aecodec.zoo import Zoo

HERE = Path(__file__).resolve().parent
RESULTS, FIGURES = HERE / "results", HERE / "figures"
ONE_CORE = ("--effort", "3", "--jobs", "1", "--timed", "500", "--singles", "200")
QUALITIES = "100,85,70,55,40,25,10"
GROWTH = {
    "latent_dim 32": Options(latent_dim=32, effort=0, block_pictures=GROUP_TILES),
    "latent_dim 256": Options(latent_dim=256, effort=0, block_pictures=GROUP_TILES),
    "lossless": Options(lossless=True, effort=0, block_pictures=GROUP_TILES),
}


def run_aecodec(*words: str, threads: int | None = None) -> None:
    """Run one command of aecodec, with so many threads of BLAS; None: as many as it likes.

    A benchmark in which a codec failed exits with 1 after it has written what it found, and the rows say so; any
    other command that fails ends this one.
    """
    more = {} if threads is None else {"OPENBLAS_NUM_THREADS": str(threads)}
    done = subprocess.run([sys.executable, "-m", "aecodec", *words], check=False, env={**os.environ, **more})
    if done.returncode not in ((0, 1) if words[0] == "benchmark" else (0,)):
        sys.exit(done.returncode)


def merge(target: Path, found: Report) -> None:
    """Put the rows of ``found`` into a report on file; ends where they do not belong.

    One of ours takes the place of its like. A peer's take the place of all that it had, for ladders change.
    """
    known = read_report(target) if target.exists() else Report(found.about)
    for key in ("pictures_sha256", "processor"):
        if known.about[key] != found.about[key]:
            sys.exit(f"{target} is of another {key}: {known.about[key]}; delete it to begin anew")
    about_all = {
        **found.about,
        "commit": ", ".join(dict.fromkeys(f"{known.about['commit']}, {found.about['commit']}".split(", "))),
        "models": {**known.about["models"], **found.about["models"]},
    }
    anew = {row.codec for row in found.rows} - {AECODEC}
    rows = {_identity(row): row for row in (*(row for row in known.rows if row.codec not in anew), *found.rows)}
    target.write_text(Report(about_all, tuple(sorted(rows.values(), key=_order))).json, encoding="utf-8")


def _identity(row: Row) -> tuple[object, ...]:
    return row.codec, row.setting, row.effort, row.quality


def _order(row: Row) -> tuple[object, ...]:
    """Order our own first, lossy before exact, by latent_dim, falling quality and rising effort; peers as they came."""
    peer = row.codec != AECODEC
    return peer, row.lossless and not peer, row.latent_dim or 0, -(row.quality or 0) * (not peer), row.effort or 0


def benchmark(name: str, data_dir: str, *options: str, threads: int | None = None) -> None:
    """Run `aecodec benchmark` and merge what it found."""
    with tempfile.TemporaryDirectory() as folder:
        run_aecodec("benchmark", "--data-dir", data_dir, *options, "--no-figures", "-o", folder, threads=threads)
        merge(RESULTS / name, read_report(Path(folder) / "mnist.json"))


def on_one_core() -> None:
    """Keep this process, and all that it starts, to one core, where the system can: some decoders choose threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def ours(data_dir: str) -> None:
    """Measure every row of aecodec, on one core, as its peers."""
    benchmark("mnist.json", data_dir, "--peers", "none", *ONE_CORE, threads=1)


def peers(data_dir: str) -> None:
    """Measure every row of other codecs."""
    benchmark("mnist.json", data_dir, "--latent-dims", "", "--no-lossless", *ONE_CORE, threads=1)


def speeds(data_dir: str) -> None:
    """Measure the fast way, as the command is without options."""
    benchmark("mnist-effort0.json", data_dir, "--effort", "0", "--peers", "none")


def efforts(data_dir: str) -> None:
    """Measure what the search buys."""
    for effort in range(10):
        options = ["--latent-dims", "64", "--effort", str(effort), "--limit", "100", "--peers", "none", "--runs", "1"]
        benchmark("mnist-efforts.json", data_dir, *options, "--no-lossless", threads=1)


def lossless_efforts(data_dir: str) -> None:
    """Measure what the search for scans buys."""
    few = ["--limit", "1000", "--runs", "3", "--singles", "20", "--peers", "none", "--jobs", "1"]
    for effort in range(6):
        options = ["--latent-dims", "", "--effort", str(effort), "--no-baseline", "--no-progressive"]
        benchmark("mnist-lossless-efforts.json", data_dir, *options, *few, threads=1)


def qualities(data_dir: str) -> None:
    """Measure every lossy model along its qualities."""
    options = ["--qualities", QUALITIES, "--effort", "2", "--limit", "200", "--peers", "none", "--runs", "1"]
    benchmark("mnist-qualities.json", data_dir, *options, "--no-lossless", threads=1)


def growth(data_dir: str) -> None:
    """Measure what more pictures cost: the test split, then the training split."""
    test, training = (load("mnist", Path(data_dir), split=split) for split in ("test", "train"))
    both = replace(test, split="test, then train", pictures=np.concatenate([test.pictures, training.pictures]))
    rows = []
    for way, options in GROWTH.items():
        for cost in measure_growth(both.pictures, way, options):
            print(cost, file=sys.stderr)
            rows.append(cost)
    used = {
        model.id: model.sha256
        for model in (Zoo().by_latent_dim(32), Zoo().by_latent_dim(256), Zoo().by_id("mnist-exact"))
    }
    (RESULTS / "mnist-growth.json").write_text(Growth(about(both, used, jobs=1), tuple(rows)).json)


def figures(data_dir: str) -> None:
    """Draw every figure, and write the whole test split's report as tables and as a page with them."""
    names = ("mnist", "mnist-efforts", "mnist-lossless-efforts", "mnist-qualities")
    reports = [word for name in names for word in ("--report", str(RESULTS / f"{name}.json"))]
    drawn_to = ["-o", str(FIGURES), "-f"]
    of_reports = ("rate_distortion", "latent_dim", "effort", "qualities", "growth")
    run_aecodec("visualize", *of_reports, *reports, "--growth", str(RESULTS / "mnist-growth.json"), *drawn_to)
    of_pictures = ["--data-dir", data_dir, "--effort", "3", *drawn_to]
    run_aecodec("visualize", "reconstructions", "scatter", "manifold", "bits", "--limit", "1000", *of_pictures)
    run_aecodec("visualize", "sizes", "--limit", "300", *of_pictures)
    pages()


def pages() -> None:
    """Write the whole test split's report as tables, and as a page with the figures that were drawn."""
    report = read_report(RESULTS / "mnist.json")
    drawn = {
        section: {
            f"{FIGURES_BY_NAME[name].description} ({label})": _svg(FIGURES / f"{label}.svg")
            for name in names
            for label in labels(name)
        }
        for section, names in SECTIONS.items()
    }
    write_numbers(report, RESULTS, force=True)
    write_pages(report, RESULTS, drawn, force=True)


def _svg(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text[text.index("<svg") :]


def speed_table(data_dir: str) -> None:
    """Measure whole processes, many small pictures, and a photograph; others' programs where the system has them."""
    subprocess.run([sys.executable, str(HERE / "speed.py"), "--data-dir", data_dir], check=True)


PARTS: dict[str, Callable[[str], None]] = {
    "ours": ours,
    "peers": peers,
    "speeds": speeds,
    "efforts": efforts,
    "lossless-efforts": lossless_efforts,
    "qualities": qualities,
    "growth": growth,
    "speed-table": speed_table,
    "figures": figures,
}


ON_ONE_CORE = ("ours", "peers", "efforts", "lossless-efforts", "qualities", "growth")


def main(parts: Iterable[str], data_dir: str) -> None:
    """Run the parts asked for, in their order."""
    RESULTS.mkdir(exist_ok=True)
    wanted = set(parts) or set(PARTS)
    if wanted - set(PARTS):
        sys.exit(f"no part {min(wanted - set(PARTS))!r}; there are: {', '.join(PARTS)}")
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    for name, part in PARTS.items():
        if name in wanted:
            if name in ON_ONE_CORE:
                on_one_core()
            part(data_dir)
            if cores:
                os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--data-dir", default="data")
    chosen = parser.parse_args()
    main(chosen.parts, chosen.data_dir)
