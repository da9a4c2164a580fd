"""``aecodec benchmark`` measures the models, and the codecs that people have, on a test split."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from aecodec.bench.sorts.asked import Asked
from aecodec.cli.plumbing.command import Command
from aecodec.cli.plumbing.options import (
    examples,
    force_option,
    jobs_option,
    json_option,
    model_path_option,
    quiet_option,
)
from aecodec.cli.plumbing.params import LATENT_DIMS, Several
from aecodec.cli.tasks.benchmarking import run_benchmark
from aecodec.limits import MAX_EFFORT
from aecodec.zoo.find import ENVIRONMENT

NUMBERS, NAMES = Several(click.INT), Several(click.STRING)


SECTIONS = {
    "Pictures": ("dataset", "data-dir", "download", "limit"),
    "What is measured": (
        *("models", "latent-dims", "model-path", "qualities", "effort"),
        *("lossless", "progressive", "baseline", "peers"),
    ),
    "How it is measured": ("singles", "runs", "timed", "jobs"),
    "Output": ("output", "figures", "force"),
}


@click.command(
    cls=Command,
    sections=SECTIONS,
    epilog=examples(
        "aecodec benchmark --dataset mnist --data-dir data -o results",
        "aecodec benchmark --limit 500 --peers none --latent-dims 32,64",
        "aecodec benchmark --dataset scans/ --models scans-64 --latent-dims '' -o results",
        "aecodec benchmark --dataset holiday/ --qualities 20,40,60,80 --peers avif,webp -o results",
        "aecodec benchmark --dataset kodak --data-dir data --effort 3 -o results",
    ),
)
@click.option("--dataset", default="mnist", show_default=True, metavar="NAME|PATH",
              help="Test split of mnist, fashion-mnist, kmnist, emnist; kodak, crops256, cbsd68; or a folder of "
                   "pictures.")  # fmt: skip
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("data"), show_default=True,
              help="Folder that holds the data set as torchvision lays it out, or as in kodak/*.png.")  # fmt: skip
@click.option("--download", is_flag=True, help="Fetch the data set into --data-dir if it is missing.")
@click.option("--latent-dims", type=NUMBERS, default=None, show_default=LATENT_DIMS,
              help="Lossy models to measure on pictures of one size.")  # fmt: skip
@click.option("--models", type=NAMES, default="",
              help="More lossy models to measure, by id or file. For pictures of any size: instead of the general "
                   "model.")  # fmt: skip
@click.option("--qualities", type=NUMBERS, default=None, show_default="100; of any size 5,15,...,95",
              help="Qualities of each lossy model, 0 to 100.")  # fmt: skip
@click.option("--peers", type=NAMES, default="all", show_default=True, metavar="all|none|NAME,...",
              help="Other codecs to measure. PNG is always measured on pictures of one size. For pictures of any size, "
                   "avif-slow (AVIF at speed 2) is only measured where it is named.")  # fmt: skip
@click.option("--lossless/--no-lossless", default=None, show_default="lossless; of any size no-lossless",
              help="Measure exact files, too. For pictures of any size, also those of the other codecs.")  # fmt: skip
@click.option(
    "--progressive/--no-progressive", default=True, show_default=True, help="Measure exact files in two layers, too."
)
@click.option(
    "--baseline/--no-baseline", default=True, show_default=True, help="Measure exact files by latent_dim 784, too."
)
@click.option("--effort", type=click.IntRange(0, MAX_EFFORT), default=0, show_default=True,
              help="How long aecodec searches for smaller files, 0 to 9.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="Take only the first N pictures.")
@click.option("--singles", type=click.IntRange(1), default=100, show_default=True,
              help="Pictures that are also written as a file each. At most a fiftieth of all.")  # fmt: skip
@click.option("--runs", type=click.IntRange(1), default=None, show_default="5; of any size 1",
              help="Measure each speed so many times, and take the median.")  # fmt: skip
@click.option("--timed", type=click.IntRange(1), default=500, show_default=True,
              help="Pictures on which speeds are measured. At most a twentieth of all.")  # fmt: skip
@jobs_option
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR",
              help="Write DATASET.json, .csv, .md and .html into this folder.")  # fmt: skip
@click.option("--figures/--no-figures", default=True, show_default=True, help="Draw figures into the page.")
@force_option
@json_option
@quiet_option
@model_path_option
def benchmark(
    output: Path | None,
    figures: bool,
    force: bool,
    as_json: bool,
    quiet: bool,
    model_path: tuple[str, ...],
    **asked: Any,
) -> None:
    """Measure aecodec and other codecs on a test split or a folder: whole files, read back and compared.

    Every file is written, read in another process, decoded, and compared with what the encoder promised. Tables go to
    standard output, progress to standard error. The exit code is 1 if a codec failed or broke its promise.

    A folder may hold pictures of any sizes and colours, unless you name a model for pictures of one size. Each picture
    is then a file of its own, at several qualities.

    Needs the extra: pip install "aecodec[bench]". Named data sets need "aecodec[train]" too.
    """
    if model_path:  # the processes that measure look there, too
        os.environ[ENVIRONMENT] = os.pathsep.join([*model_path, os.environ.get(ENVIRONMENT, "")])
    run_benchmark(Asked(**asked), output, figures=figures, force=force, as_json=as_json, quiet=quiet)
