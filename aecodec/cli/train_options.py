"""The options of ``aecodec train``: one for each key of a study's file, and a few about the run itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from aecodec.cli.params import OrNone, Several
from aecodec.cli.shared import Decorated
from aecodec.errors import UsageError

# Options whose key in a study's file has another name; both names are taken on the command line.
KEYS = {
    "epochs": "num_epochs",
    "latent_dim": "latent_dim_lossy",
    "output": "model_save_dir",
    "results_dir": "results_save_dir",
}
NO_KEYS = {"config", "download", "restart", "force", "quiet"}  # how to run, not what to train
SINGLE = {"run": "--run", "continues": "--continue-from", "lossless": "--lossless/--lossy-only"}  # not with --config


_PATH = click.Path(path_type=Path)
_POSITIVE = click.FloatRange(0, min_open=True)
_MSE = click.FloatRange(0, 1, min_open=True, max_open=True)
_LATENT_DIM = click.IntRange(1, 1024)
_COUNT, _FROM_0 = click.IntRange(1), click.IntRange(0)

# fmt: off
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
                 help="A study: a YAML file with a model for each latent_dim. Its keys are these options, which come"
                      " before the file."),
    click.option("--dataset", default="mnist", show_default=True,
                 help="mnist, fashion-mnist, kmnist, emnist, or a folder of pictures."),
    click.option("--data-dir", type=_PATH, default=Path("data"), show_default=True,
                 help="Folder that holds the data set as torchvision lays it out."),
    click.option("--download", is_flag=True, help="Fetch the data set where it is missing."),
    click.option("--images", type=_PATH,
                 help="Train on this folder's pictures instead: grey, all of one size, sides multiples of 4."),
    click.option("--model-type", type=click.Choice(["convolutional"]), default="convolutional", show_default=True,
                 help="Kind of networks."),
    click.option("--latent-dim", "--latent-dim-lossy", "latent_dim", type=Several(_LATENT_DIM), default=32,
                 show_default=True, metavar="N[,N...]",
                 help="Dimension of the latent space, 1 to 1024; several with --config."),
    click.option("--latent-dim-lossless", type=OrNone(_LATENT_DIM), metavar="N|none",
                 help="With --config: of one more model, with a residual coder for exact files."),
    click.option("-o", "--output", "--model-save-dir", "output", type=_PATH, default=Path("models"), show_default=True,
                 help="Folder for released models and their cards."),
    click.option("--results-dir", "--results-save-dir", "results_dir", type=_PATH, default=Path("runs"),
                 show_default=True, help="Folder of the runs' own folders, DATASET-LATENT_DIM, and of study.json."),
    click.option("--epochs", "--num-epochs", "epochs", type=_POSITIVE, default=25.0, show_default=True,
                 help="Passes over the training pictures, copies included."),
    click.option("--copies", type=_FROM_0,
                 help="Warped copies of each picture to train on too. Default: for about 220,000 in all."),
    click.option("--target-mse", type=_MSE,
                 help="Distortion, samples in 0..1, to hold before the search. Default: by latent_dim."),
    click.option("--search-mse", type=_MSE,
                 help="Distortion for the search to meet. Default: --target-mse, or by latent_dim."),
    click.option("--phase-shares", type=Several(click.FloatRange(0)), metavar="X,X,X,X,X",
                 help="Shares of the five phases in the epochs. Default: 0.1,0.2,0.48,0.17,0.05."),
    click.option("--batch-size", type=_COUNT, default=256, show_default=True, help="Pictures a step."),
    click.option("--learning-rate", type=_POSITIVE, default=1e-3, show_default=True),
    click.option("--weight-decay", type=click.FloatRange(0), default=1e-4, show_default=True),
    click.option("--prior-weights", type=_COUNT,
                 help="Size of the prior, weights between its hidden layers. Default: by latent_dim."),
    click.option("--analysis-channels", type=Several(_COUNT), metavar="N[,N...]",
                 help="Channels of the strided convolutions. Default: by latent_dim."),
    click.option("--analysis-hidden", type=_FROM_0,
                 help="Width of the dense layer after them, 0 for none. Default: by latent_dim."),
    click.option("--synthesis-hidden", type=_FROM_0,
                 help="Width of the dense layer before synthesis' grid, 0 for none. Default: by latent_dim."),
    click.option("--synthesis-channels", type=Several(_COUNT), metavar="N,N[,N...]",
                 help="Channels of the coarse grid and of the fine one's convolutions. Default: by latent_dim."),
    click.option("--lossless/--lossy-only", default=None,
                 help="Add a residual coder, for exact files. Default: from latent_dim 784."),
    click.option("--seed", type=_FROM_0, default=1, show_default=True),
    click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto", show_default=True),
    click.option("--threads", type=_COUNT, help="Processor threads. Default: PyTorch's."),
    click.option("--run", type=_PATH,
                 help="Folder for checkpoint and metrics. Default: DATASET-LATENT_DIM in --results-dir."),
    click.option("--continue-from", "continues", type=_PATH,
                 help="Begin with the training.ckpt of another run of the same pictures, for another target: only the"
                      " last two phases are run. Needs another --run."),
    click.option("--restart", is_flag=True, help="Begin anew where a checkpoint is there; else it is resumed."),
    click.option("-f", "--force", is_flag=True, help="Replace models and cards in -o that other runs have made."),
    click.option("-q", "--quiet", is_flag=True, help="No progress."),
)
# fmt: on


def training_options(command: Decorated) -> Decorated:
    """All of them, in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given(ctx: click.Context) -> dict[str, Any]:
    """What the command line says, by parameter; without defaults."""
    default = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)
    return {name: value for name, value in ctx.params.items() if ctx.get_parameter_source(name) not in default}


def overrides(ctx: click.Context) -> dict[str, Any]:
    """The keys of a study that the command line gives. Raises UsageError for options of a single run."""
    found = given(ctx)
    for name, option in SINGLE.items():
        if name in found:
            raise UsageError(f"{option} is for a single model and --config for several; drop one of them")
    return {KEYS.get(name, name): value for name, value in found.items() if name not in NO_KEYS}


def single(ctx: click.Context) -> dict[str, Any]:
    """The settings of a single run. Raises UsageError for what only a study has."""
    found = ctx.params
    if "latent_dim_lossless" in given(ctx) or len(found["latent_dim"]) > 1:
        raise UsageError("several models, or latent_dim_lossless, need --config; without it give one --latent-dim")
    other = NO_KEYS | {"model_type", "latent_dim_lossless", "output", "results_dir", "run"}
    kept = {name: value for name, value in found.items() if name not in other and value is not None}
    return kept | {"latent_dim": found["latent_dim"][0]}
