"""``aecodec benchmark``: the shipped models, and the codecs that people have, on a test split."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from aecodec.cli.live import live_table
from aecodec.cli.params import LATENT_DIMS, Several
from aecodec.cli.shared import (
    BATCH_FAILED,
    emit,
    examples,
    force_option,
    json_option,
    model_path_option,
    quiet_option,
    say,
    standard_output,
)
from aecodec.zoo.find import ENVIRONMENT

MOST_SHOWN = 1_000  # pictures in any figure: a page is to be there within minutes
NUMBERS, NAMES = Several(click.INT), Several(click.STRING)


@click.command(
    epilog=examples(
        "aecodec benchmark --dataset mnist --data-dir data -o results",
        "aecodec benchmark --limit 500 --peers none --latent-dims 32,64",
        "aecodec benchmark --dataset scans/ --models scans-64 --latent-dims '' -o results",
    )
)
@click.option("--dataset", default="mnist", show_default=True, metavar="NAME|PATH",
              help="Test split of mnist, fashion-mnist, kmnist, emnist; or a folder of pictures.")  # fmt: skip
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("data"), show_default=True,
              help="Folder that holds the data set as torchvision lays it out.")  # fmt: skip
@click.option("--download", is_flag=True, help="Fetch the data set into --data-dir where it is missing.")
@click.option("--latent-dims", type=NUMBERS, default=LATENT_DIMS, show_default=True, help="Lossy models to measure.")
@click.option("--models", type=NAMES, default="", help="More lossy models to measure, by id or file.")
@click.option("--qualities", type=NUMBERS, default="100", show_default=True, help="Of each lossy model, 0 to 100.")
@click.option("--peers", type=NAMES, default="all", show_default=True, metavar="all|none|NAME,...",
              help="Other codecs to measure. PNG always is.")  # fmt: skip
@click.option("--lossless/--no-lossless", default=True, show_default=True, help="The row of exact files.")
@click.option("--progressive/--no-progressive", default=True, show_default=True, help="Exact files in two layers.")
@click.option("--baseline/--no-baseline", default=True, show_default=True, help="Exact files by latent_dim 784.")
@click.option("--effort", type=click.IntRange(0, 9), default=0, show_default=True,
              help="Of aecodec's search, 0 (none, or the narrowest of exact files) to 9.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="Only the first pictures of the split.")
@click.option("--singles", type=click.IntRange(1), default=100, show_default=True,
              help="Pictures also kept as a file each; at most a fiftieth of all.")  # fmt: skip
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True, help="Speeds are medians of so many.")
@click.option("--timed", type=click.IntRange(1), default=500, show_default=True,
              help="Pictures that speeds are measured on, at most a twentieth of all.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), default=lambda: os.cpu_count() or 1,
              help="Processes that share the search of exact files. Default: one a processor.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
              help="Write DATASET.json, .csv, .md and .html there.")  # fmt: skip
@click.option("--figures/--no-figures", default=True, show_default=True, help="Figures in the page.")
@force_option
@json_option
@quiet_option
@model_path_option
def benchmark(
    dataset: str,
    data_dir: Path,
    download: bool,
    latent_dims: tuple[int, ...],
    models: tuple[str, ...],
    qualities: tuple[int, ...],
    peers: tuple[str, ...],
    lossless: bool,
    progressive: bool,
    baseline: bool,
    effort: int,
    limit: int | None,
    singles: int,
    runs: int,
    timed: int,
    jobs: int,
    output: Path | None,
    figures: bool,
    force: bool,
    as_json: bool,
    quiet: bool,
    model_path: tuple[str, ...],
) -> None:
    """Measure aecodec and its peers on a test split: whole files, read back and compared.

    Every file is written, read in another process, decoded and compared with what the encoder promised. Tables go to
    standard output, progress to standard error. Exit code 1 if a codec failed or broke its promise. Needs the extra:
    pip install "aecodec[bench]"; named data sets need "aecodec[train]" too.
    """
    if model_path:  # the processes that measure look there, too
        os.environ[ENVIRONMENT] = os.pathsep.join([*model_path, os.environ.get(ENVIRONMENT, "")])
    from aecodec.bench.session import Entry, check_libraries, has_failed, run

    check_libraries(figures=figures and output is not None)
    from aecodec.bench.about import about
    from aecodec.bench.document import Drawn, markdown
    from aecodec.bench.ours import BASELINE, LOSSLESS, PROGRESSIVE, contenders
    from aecodec.bench.output import check_outputs, write_numbers, write_pages
    from aecodec.bench.rivals import rivals
    from aecodec.bench.rows import Report, Row
    from aecodec.bench.trial import Terms
    from aecodec.data import load

    collection = load(dataset, data_dir, download=download).first(limit)
    if output:
        check_outputs(output, collection.name, force=force)
    terms = Terms(at_most(singles, len(collection) // 50), runs, at_most(timed, len(collection) // 20))
    settings = {"effort": effort, "runs": runs, "timed": terms.timed, "singles": terms.singles, "jobs": jobs}
    exact = [(LOSSLESS, lossless), (PROGRESSIVE, lossless and progressive), (BASELINE, lossless and baseline)]
    ours = contenders(latent_dims, models, qualities, effort, jobs, lossless=[name for name, wanted in exact if wanted])
    entries: list[Entry] = [*ours, *rivals(peers, dataset, data_dir)]
    rows: list[Row] = []

    facts = about(collection, {}, **settings)

    def report() -> Report:
        used = {name: sha256 for row in rows for name, sha256 in row.models.items()}
        return Report({**facts, "models": used}, tuple(rows))

    def tell(line: str) -> None:
        if not quiet:
            say(line)

    try:
        with live_table(quiet, [entry.row for entry in entries]) as add:
            for row in run(entries, collection.pictures, terms):
                rows.append(row)
                add(row)
                if as_json:
                    emit(asdict(row))
    finally:  # what was measured is kept, whatever came between
        written = write_numbers(report(), output, force=force) if output and rows else []
    if not as_json:
        with standard_output():
            print(markdown(report()), end="", flush=True)
    if output:
        drawn: Drawn = {}
        if figures:
            from aecodec.bench.drawn import drawings

            shown = at_most(MOST_SHOWN, len(collection) // 10)
            drawn = drawings(report(), collection, effort=effort, limit=shown, tell=tell)
        for path in (*written, *write_pages(report(), output, drawn, force=force)):
            tell(f"wrote {path}")
    if any(map(has_failed, rows)):
        raise click.exceptions.Exit(BATCH_FAILED)


def at_most(wanted: int, bound: int) -> int:
    """So many, but of few pictures fewer, and one of any."""
    return max(1, min(wanted, bound))
