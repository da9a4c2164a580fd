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
                 help="A study: a YAML file with a model for each latent_dim. Its keys are these options, which come"
                      " before the file."),
    click.option("--dataset", default="mnist", show_default=True,
                 help="mnist, fashion-mnist, kmnist, emnist, or a folder of pictures."),
    click.option("--data-dir", type=_PATH, default=Path("data"), show_default=True,
                 help="Folder that holds the data set as torchvision lays it out."),
    click.option("--download", is_flag=True, help="Fetch the data set where it is missing."),
    click.option("--images", type=_PATH, multiple=True, callback=_one_or_more, metavar="DIR",
                 help="Train on this folder's pictures: any pictures, and as many folders as you name. Tiles: one"
                      " folder, grey, all of one size, sides multiples of 4."),
    click.option("--kind", type=click.Choice(KINDS),
                 show_default="own with --images, tiles with --dataset or --latent-dim",
                 help="own: the models that ship, fine-tuned on your pictures in minutes, lossy and exact, in one small"
                      " file. tiles: for many grey pictures of one size. grid: for pictures of any size, in colour."
                      " pixels: to keep these exactly. drawings: to add to such a model what keeps drawings exactly."
                      " Options that begin with a kind are for that one."),
    click.option("--minutes", type=_POSITIVE, default=MINUTES, show_default=True,
                 help="Own: how long to learn. Measuring takes a few more."),
    click.option("--min-psnr", type=_POSITIVE, metavar="DB",
                 help="Own: the PSNR that the model's usual quality is to reach, over pictures held back. Default: the"
                      " quality that is usual."),
    click.option("--max-mse", type=_MSE, help="Own: the same as a mean squared error, samples in 0..1."),
    click.option("--base", type=_PATH, metavar="MODEL",
                 help="Drawings: the model for exact pixels that they are added to. Default: the one that ships."),
    click.option("--steps", type=_COUNT, default=Settings.steps,
                 show_default=f"{Settings.steps}; pixels and drawings 40000",
                 help="Steps of the run. Grid: give a larger number to prolong a finished one: it goes on from the"
                      " trunk.ckpt in its folder, the state before its learning rate fell, as if it had been longer"
                      " from the start."),
    click.option("--finish", type=click.FloatRange(0, 1), default=Settings.finish,
                 show_default=f"{Settings.finish}; pixels and drawings 0.6",
                 help="Share of the steps, the last ones, over which the learning rate falls."),
    click.option("--batch-pixels", type=click.IntRange(4096), default=Settings.pixels, show_default=True,
                 help="Grid: pixels a step, in crops of 64 to 256 a side."),
    click.option("--optimizer", type=click.Choice(OPTIMIZERS), default=Settings.optimizer, show_default=True,
                 help="Grid: Muon for matrices with Adam for the rest, or Adam for all."),
    click.option("--size", type=click.Choice(list(SIZES)), default=Settings.size, show_default=True,
                 help="Grid: of the networks. tiny is for trials of the command."),
    click.option("--validation", type=_PATH, metavar="DIR",
                 help="Pictures to validate with. Default: one in twelve is held back, 24 at most (drawings: 200)."),
    click.option("--validate-every", type=_COUNT, default=1_000, show_default=True, help="Steps."),
    click.option("--workers", type=_COUNT, default=1, show_default=True,
                 help="Grid: processes that train together, each with one of --threads, by default 1. Another number"
                      " gives other crops."),
    click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"]), default="auto", show_default=True,
                 help="Tiles and grid: auto takes bfloat16 where a few timed steps show that it is quicker."),
    click.option("--name", help="Of the model. Default: DIR-KIND; own DIR."),
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
    click.option("--learning-rate", type=_POSITIVE, default=1e-3,
                 show_default=f"0.001; grid {Settings.learning_rate}; pixels and drawings 0.002"),
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
    click.option("--engine", "engine_name", type=click.Choice(list(ENGINES)),
                 help="With --config: who trains the models, several at once: processes of this machine, or Ray, of the"
                      " cluster at RAY_ADDRESS where that is set. Default: this process, one after the other; with"
                      f" --jobs {DEFAULT}."),
    click.option("-j", "--jobs", type=_COUNT, metavar="N",
                 help="With --config: models at once, each with --threads, by default an equal part of the processors."
                      " Default with --engine: as many as there are processors for."),
    click.option("--run", type=_PATH,
                 help="Folder for checkpoint and metrics. Default: DATASET-LATENT_DIM in --results-dir."),
    click.option("--continue-from", "continues", type=_PATH,
                 help="Begin with the training.ckpt of another run of the same pictures, for another target: only the"
                      " last two phases are run. Grid: begin with the weights of a checkpoint or a model file; pixels"
                      " and drawings: of a checkpoint. Needs another --run."),
    click.option("--restart", is_flag=True, help="Begin anew where a checkpoint is there; else it is resumed."),
    click.option("-f", "--force", is_flag=True, help="Replace models and cards in -o that other runs have made."),
    click.option("-q", "--quiet", is_flag=True, help="No progress."),
)
# fmt: on


def training_options(command: Decorated) -> Decorated:
    """Give a command all of them, in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
