"""``aecodec benchmark``: the shipped models on a test split."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

import click
import numpy as np

import aecodec
from aecodec.cli.shared import examples
from aecodec.codec import Options

LATENT_DIMS = "8,16,32,64,128,256,784"


@click.command(
    epilog=examples(
        "aecodec benchmark --dataset mnist --data-dir data",
        "aecodec benchmark --limit 500 --effort 2 --latent-dims 32,64",
    )
)
@click.option("--dataset", default="mnist", show_default=True, help="mnist, fashion-mnist or kmnist.")
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("data"), show_default=True,
              help="Folder that holds the data set as torchvision lays it out. Nothing is downloaded.")  # fmt: skip
@click.option("--latent-dims", default=LATENT_DIMS, show_default=True, help="Lossy models to measure.")
@click.option("--effort", type=click.IntRange(0, 9), default=0, show_default=True,
              help="Of the encoder's search, 0 (none) to 9.")  # fmt: skip
@click.option("--qualities", default="100", show_default=True, help="Of each lossy model, 0 to 100.")
@click.option(
    "--lossless/--no-lossless", default=True, show_default=True, help="The lossless rows: origins, and the baseline."
)
@click.option(
    "--baseline/--no-baseline", default=True, show_default=True, help="The lossless baseline, with latent_dim 784."
)
@click.option("--progressive/--no-progressive", default=True, show_default=True, help="The lossless row in two layers.")
@click.option("--limit", type=click.IntRange(1), help="Only the first pictures of the split.")
@click.option("--runs", type=click.IntRange(1), default=1, show_default=True,
              help="Times each is run; speeds are the median.")  # fmt: skip
@click.option("--singles", type=click.IntRange(0), default=200, show_default=True,
              help="Pictures also written as a file each.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), default=lambda: os.cpu_count() or 1,
              help="Processes that share the search with --lossless. Default: one a processor.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the results as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a row.")
def benchmark(
    dataset: str,
    data_dir: Path,
    latent_dims: str,
    effort: int,
    qualities: str,
    lossless: bool,
    baseline: bool,
    progressive: bool,
    limit: int | None,
    runs: int,
    singles: int,
    jobs: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Measure whole files of the shipped models on a test split."""
    from aecodec.bench.measure import measure
    from aecodec.data import load

    dims, levels = _numbers(latent_dims), _numbers(qualities)
    collection = load(dataset, data_dir).first(limit)
    pictures = collection.pictures
    wanted = [Options(latent_dim=dim, effort=effort, quality=level) for dim in dims for level in levels]
    if lossless:
        wanted.append(Options(lossless=True, effort=effort, jobs=jobs))
        if progressive:
            wanted.append(Options(lossless=True, progressive=True, effort=effort, jobs=jobs))
        if baseline:
            wanted.append(Options(lossless=True, latent_dim=784, effort=effort))
    rows: list[dict[str, Any]] = []
    if not as_json:
        click.echo(
            "           latent_dim  quality  bytes/picture  payload  single file     bpp  ratio       MSE   PSNR"
            "   in/s  out/s"
        )
    for options in wanted:
        row = measure(pictures, options, runs=runs, singles=singles)
        rows.append(row.as_json())
        if as_json:
            click.echo(json.dumps(rows[-1]))
        else:
            label = row.name if options.lossless else str(row.latent_dim)
            level = "" if row.quality is None else str(row.quality)
            decibels = "exact" if row.psnr is None else f"{row.psnr:.2f}"
            click.echo(
                f"{label:>21}  {level:>7}  {row.container_bytes:13.2f}  {row.payload_bytes:7.2f}  "
                f"{row.single_file_bytes:11.2f}  {row.bpp:6.3f}  {row.ratio:5.1f}  {row.mse:8.6f}  "
                f"{decibels:>5}  {row.compress_speed:5.0f}  {row.decompress_speed:5.0f}"
            )
    if output:
        about = {
            "dataset": dataset,
            "split": "test",
            "pictures_sha256": collection.sha256,
            "aecodec": aecodec.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "processor": platform.machine(),
        }
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n")


def _numbers(text: str) -> list[int]:
    try:
        return [int(each) for each in text.split(",") if each]
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a list of numbers") from error
