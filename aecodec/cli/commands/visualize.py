"""``aecodec visualize`` draws figures from reports, and from the models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aecodec.cli.plumbing.command import Command
from aecodec.cli.plumbing.options import examples, force_option, json_option, model_path_option, quiet_option
from aecodec.cli.plumbing.params import LATENT_DIMS, Several
from aecodec.cli.tasks.drawing import Asked, draw, list_figures
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.limits import MAX_EFFORT

SECTIONS = {
    "What is drawn": ("list", "report", "growth", "model", "latent-dims", "model-path", "limit", "effort"),
    "Pictures": ("dataset", "data-dir", "download"),
    "Output": ("output", "format", "force"),
}


@click.command(
    cls=Command,
    sections=SECTIONS,
    epilog=examples(
        "aecodec visualize --list",
        "aecodec visualize rate_distortion latent_dim --report benchmark.json",
        "aecodec visualize scatter manifold --data-dir data --latent-dims 32 -o figures",
        "aecodec visualize --report benchmark.json --growth growth.json --data-dir data --format svg,png,pdf",
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME...|all]")
@click.option("--list", "listing", is_flag=True, help="List the figures and what each needs. Draw none.")
@click.option("--report", "reports", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="A report of aecodec benchmark. May be repeated: a figure takes the first that has what it "
                   "needs.")  # fmt: skip
@click.option("--growth", type=click.Path(path_type=Path), metavar="FILE",
              help="Measurements of files of more and more pictures, as JSON.")  # fmt: skip
@click.option("--dataset", default="mnist", show_default=True, metavar="NAME|PATH",
              help="Test split of mnist, fashion-mnist, kmnist, emnist; or a folder of pictures.")  # fmt: skip
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("data"), show_default=True,
              help="Folder that holds the data set as torchvision lays it out.")  # fmt: skip
@click.option("--download", is_flag=True, help="Fetch the data set if it is missing.")
@click.option("--latent-dims", type=Several(click.INT), default=LATENT_DIMS, show_default=True,
              help="Lossy models to show.")  # fmt: skip
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="ID",
    help="A lossy model to show, by id or file, instead of --latent-dims. May be repeated.",
)
@click.option(
    "--limit", type=click.IntRange(1), help="Take at most N pictures. Default: each figure has its own number."
)
@click.option("--effort", type=click.IntRange(0, MAX_EFFORT), default=DEFAULT_EFFORT, show_default=True,
              help="How long to search when the pictures shown are compressed, 0 to 9.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("figures"), show_default=True,
              metavar="DIR", help="Folder for the figures. It is made if it is missing.")  # fmt: skip
@click.option(
    "--format", "formats", default="svg,png", show_default=True, help="Formats to write, of svg, png and pdf."
)
@force_option
@json_option
@quiet_option
@model_path_option
def visualize(listing: bool, as_json: bool, **asked: Any) -> None:
    """Draw figures from a benchmark's report, or from the models and pictures.

    Without names, or for all, every figure is drawn that can be. A line says what the others lack. A figure that you
    name and that lacks something is an error. Needs the extra: pip install "aecodec[bench]".
    """
    if listing:
        list_figures(as_json)
        return
    draw(Asked(as_json=as_json, **asked))
