"""``aecodec train`` has these options: one for each key of a study's file, and a few about the run itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from aecodec.cli.plumbing.options import Decorated
from aecodec.cli.plumbing.params import OrNone, Several
from aecodec.cli.tasks.train_given import KINDS
from aecodec.engines import DEFAULT, ENGINES
from aecodec.train.grid.settings import OPTIMIZERS, Settings
from aecodec.train.grid.widths import SIZES

_PATH = click.Path(path_type=Path)
_POSITIVE = click.FloatRange(0, min_open=True)
_MSE = click.FloatRange(0, 1, min_open=True, max_open=True)
_LATENT_DIM = click.IntRange(1, 1024)
_COUNT, _FROM_0 = click.IntRange(1), click.IntRange(0)


def _one_or_more(
    ctx: click.Context, parameter: click.Parameter, value: tuple[Path, ...]
) -> Path | tuple[Path, ...] | None:
    """Return a path that is given once as itself: for one kind there may be several."""
    return (value[0] if len(value) == 1 else value) if value else None


MINUTES = 12.0  # of learning, unless others are asked for

# fmt: off
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
                 help="Train a study: a YAML file that asks for a model for each of several latent_dim. Its keys are"
                      " these options. An option on the command line counts more than the file."),
    click.option("--dataset", default="mnist", show_default=True,
                 help="mnist, fashion-mnist, kmnist, emnist, or a folder of pictures."),
    click.option("--data-dir", type=_PATH, default=Path("data"), show_default=True,
                 help="Folder that holds the data set as torchvision lays it out."),
    click.option("--download", is_flag=True, help="Fetch the data set if it is missing."),
    click.option("--images", type=_PATH, multiple=True, callback=_one_or_more, metavar="DIR",
                 help="Train on the pictures of this folder. May be repeated. Tiles: one folder of grey pictures of"
                      " one size, whose sides are multiples of 4."),
    click.option("--kind", type=click.Choice(KINDS),
                 show_default="own with --images, tiles with --dataset or --latent-dim",
                 help="own: fine-tunes the shipped models on your pictures in minutes, for lossy and exact files, into"
                      " one small file. tiles: for many grey pictures of one size. grid: for pictures of any size, in"
                      " colour. pixels: for exact files of these. drawings: adds networks for exact drawings to a model"
                      " of pixels. A help text that begins with a kind is of an option for that kind."),
    click.option("--minutes", type=_POSITIVE, default=MINUTES, show_default=True,
                 help="Own: minutes of learning. Measuring takes a few more."),
    click.option("--min-psnr", type=_POSITIVE, metavar="DB",
                 help="Own: choose the model's default quality so that pictures held back reach this PSNR. Default:"
                      " the usual quality."),
    click.option("--max-mse", type=_MSE, help="Own: the same, given as a mean squared error of samples in 0..1."),
    click.option("--base", type=_PATH, metavar="MODEL",
                 help="Drawings: the model of pixels that they are added to. Default: the shipped one."),
    click.option("--steps", type=_COUNT, default=Settings.steps,
                 show_default=f"{Settings.steps}; pixels and drawings 40000",
                 help="Steps of the run. Grid: a larger number prolongs a finished run. It goes on from trunk.ckpt in"
                      " the run's folder, the state before its learning rate fell, as if it had been longer from the"
                      " start."),
    click.option("--finish", type=click.FloatRange(0, 1), default=Settings.finish,
                 show_default=f"{Settings.finish}; pixels and drawings 0.6",
                 help="The learning rate falls over this share of the steps, at the end."),
    click.option("--batch-pixels", type=click.IntRange(4096), default=Settings.pixels, show_default=True,
                 help="Grid: pixels in each step, in crops with sides of 64 to 256."),
    click.option("--optimizer", type=click.Choice(OPTIMIZERS), default=Settings.optimizer, show_default=True,
                 help="Grid: Muon for matrices with Adam for the rest, or Adam for all."),
    click.option("--size", type=click.Choice(list(SIZES)), default=Settings.size, show_default=True,
                 help="Grid: size of the networks. tiny is for trying the command."),
    click.option("--validation", type=_PATH, metavar="DIR",
                 help="Pictures to validate with. Default: one in twelve is held back, 24 at most (drawings: 200)."),
    click.option("--validate-every", type=_COUNT, default=1_000, show_default=True,
                 help="Validate after every N steps."),
    click.option("--workers", type=_COUNT, default=1, show_default=True,
                 help="Grid: processes that train together, each with --threads threads, by default 1. Another number"
                      " of them gives other crops, and so another model."),
    click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"]), default="auto", show_default=True,
                 help="Tiles and grid: auto takes bfloat16 if a few timed steps show that it is quicker."),
    click.option("--name", help="Name of the model. Default: DIR-KIND; for own, DIR."),
    click.option("--model-type", type=click.Choice(["convolutional"]), default="convolutional", show_default=True,
                 help="Kind of networks."),
    click.option("--latent-dim", "--latent-dim-lossy", "latent_dim", type=Several(_LATENT_DIM), default=32,
                 show_default=True, metavar="N[,N...]",
                 help="Dimension of the latent space, 1 to 1024; several with --config."),
    click.option("--latent-dim-lossless", type=OrNone(_LATENT_DIM), metavar="N|none",
                 help="With --config: train one more model, of this latent dimension, with a residual coder for exact"
                      " files."),
    click.option("-o", "--output", "--model-save-dir", "output", type=_PATH, default=Path("models"), show_default=True,
                 help="Folder for released models and their cards."),
    click.option("--results-dir", "--results-save-dir", "results_dir", type=_PATH, default=Path("runs"),
                 show_default=True,
                 help="Folder for study.json and for the folders of the runs, DATASET-LATENT_DIM."),
    click.option("--epochs", "--num-epochs", "epochs", type=_POSITIVE, default=25.0, show_default=True,
                 help="Passes over the training pictures and their copies."),
    click.option("--copies", type=_FROM_0,
                 help="Also train on N warped copies of each picture. Default: enough for about 220,000 in all."),
    click.option("--target-mse", type=_MSE,
                 help="Mean squared error to reach before the search, of samples in 0..1. Default: by latent_dim."),
    click.option("--search-mse", type=_MSE,
                 help="Mean squared error for the search to meet. Default: --target-mse, or by latent_dim."),
    click.option("--phase-shares", type=Several(click.FloatRange(0)), metavar="X,X,X,X,X",
                 help="How the epochs are shared among the five phases. Default: 0.1,0.2,0.48,0.17,0.05."),
    click.option("--batch-size", type=_COUNT, default=256, show_default=True, help="Pictures in each step."),
    click.option("--learning-rate", type=_POSITIVE, default=1e-3,
                 show_default=f"0.001; grid {Settings.learning_rate}; pixels and drawings 0.002"),
    click.option("--weight-decay", type=click.FloatRange(0), default=1e-4, show_default=True),
    click.option("--prior-weights", type=_COUNT,
                 help="Size of the prior: weights between its hidden layers. Default: by latent_dim."),
    click.option("--analysis-channels", type=Several(_COUNT), metavar="N[,N...]",
                 help="Channels of the strided convolutions. Default: by latent_dim."),
    click.option("--analysis-hidden", type=_FROM_0,
                 help="Width of the dense layer after them, 0 for none. Default: by latent_dim."),
    click.option("--synthesis-hidden", type=_FROM_0,
                 help="Width of the dense layer before synthesis' grid, 0 for none. Default: by latent_dim."),
    click.option("--synthesis-channels", type=Several(_COUNT), metavar="N,N[,N...]",
                 help="Channels of the coarse grid and of the fine one's convolutions. Default: by latent_dim."),
    click.option("--lossless/--lossy-only", default=None,
                 help="Add a residual coder, for exact files. Default: only from latent_dim 784 on."),
    click.option("--seed", type=_FROM_0, default=1, show_default=True),
    click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto", show_default=True),
    click.option("--threads", type=_COUNT, help="Processor threads. Default: PyTorch's."),
    click.option("--engine", "engine_name", type=click.Choice(list(ENGINES)),
                 help="With --config: train several models at once, by processes of this machine, or by Ray, on the"
                      " cluster at RAY_ADDRESS if that is set. Default: one after the other; with --jobs"
                      f" {DEFAULT}."),
    click.option("-j", "--jobs", type=_COUNT, metavar="N",
                 help="With --config: train N models at once, each with --threads threads, by default an equal part of"
                      " the processors. Default with --engine: as many as there are processors for."),
    click.option("--run", type=_PATH,
                 help="Folder for checkpoint and metrics. Default: DATASET-LATENT_DIM in --results-dir."),
    click.option("--continue-from", "continues", type=_PATH,
                 help="Begin with the training.ckpt of another run on the same pictures, and train only the last two"
                      " phases, for another target. Grid: begin with the weights of a checkpoint or a model file."
                      " Pixels and drawings: with those of a checkpoint. Needs another --run."),
    click.option("--restart", is_flag=True, help="Begin anew, even if there is a checkpoint to resume."),
    click.option("-f", "--force", is_flag=True, help="Replace models and cards in -o that other runs made."),
    click.option("-q", "--quiet", is_flag=True, help="Print no progress."),
)
# fmt: on


def training_options(command: Decorated) -> Decorated:
    """Give a command all of them, in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
