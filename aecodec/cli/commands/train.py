"""``aecodec train`` makes a model from a data set or a folder of pictures, or the models of a study."""

from __future__ import annotations

from typing import Any

import click

from aecodec.cli.plumbing.command import Command
from aecodec.cli.plumbing.options import examples
from aecodec.cli.tasks import train_grid, train_own, train_pixels, train_tiles
from aecodec.cli.tasks.train_bar import bars, tell
from aecodec.cli.tasks.train_given import check_kind
from aecodec.cli.tasks.train_options import training_options
from aecodec.train.reports import Console

_STUDY = "study"  # of models of tiles
_RUNS = {
    _STUDY: (train_tiles.train_study, train_tiles.shown),
    "own": (train_own.train_own, train_own.shown),
    "tiles": (train_tiles.train_tiles, train_tiles.shown),
    "grid": (train_grid.train_grid, train_grid.shown),
    "pixels": (train_pixels.train_pixels, train_pixels.shown),
    "drawings": (train_pixels.train_drawings, train_pixels.shown),
}


SECTIONS = {
    "Pictures": ("dataset", "data-dir", "download", "images", "validation"),
    "Model": ("kind", "base", "name", "latent-dim", "latent-dim-lossless", "lossless", "size", "model-type"),
    "Training": (
        *("config", "epochs", "steps", "finish", "batch-size", "batch-pixels", "copies", "validate-every"),
        *(
            "minutes",
            "min-psnr",
            "max-mse",
            "target-mse",
            "search-mse",
            "phase-shares",
            "learning-rate",
            "weight-decay",
            "optimizer",
            "seed",
        ),
    ),
    "Networks": ("prior-weights", "analysis-channels", "analysis-hidden", "synthesis-hidden", "synthesis-channels"),
    "Output and where to begin": ("output", "results-dir", "run", "continue-from", "restart", "force"),
    "Machine": ("device", "threads", "engine", "jobs", "workers", "precision"),
}


@click.command(
    cls=Command,
    sections=SECTIONS,
    epilog=examples(
        "aecodec train --dataset mnist --latent-dim 32 -o ~/models",
        "aecodec train --images scans/ -o ~/models",
        "aecodec compress scans/ --model ~/models/scans.safetensors -o scans.aec",
        "aecodec train --images scans/ --min-psnr 36 --minutes 30 -o ~/models",
        "aecodec train --images digits/ --latent-dim 64 -o ~/models",
        "aecodec train --config study.yaml --epochs 5",
        "aecodec train --config study.yaml --engine ray --threads 4",
        "aecodec train --kind grid --images photos/ --images drawings/ -o ~/models",
        "aecodec train --kind pixels --images photos/ --images drawings/ -o ~/models",
        "aecodec train --kind drawings --images icons/ --base ~/models/photos-pixels.safetensors -o ~/models",
    ),
)
@training_options
@click.pass_context
def train(ctx: click.Context, /, **_: Any) -> None:
    """Train a model on pictures.

    It is written into the folder that -o names, with a card: a page that describes it. For pictures of your own that
    are alike, --images is the only option that you need.

    Training that was interrupted goes on from its checkpoint, bit for bit, when you give the same command again; only
    --kind own, which takes minutes, begins anew. Of a study, models that are finished are kept. A model that another
    run has written is replaced only with -f.

    Needs the extra: pip install "aecodec[train]".
    """
    run, shown = _RUNS[_STUDY if ctx.params["config"] else check_kind(ctx)]
    run(ctx, Console(bars(ctx.params["quiet"], shown), tell))
