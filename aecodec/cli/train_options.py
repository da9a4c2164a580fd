"""The options of ``aecodec train``: one for each key of a study's file, and a few about the run itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from aecodec.cli.params import OrNone, Several
from aecodec.cli.shared import Decorated
from aecodec.errors import UsageError
from aecodec.limits import MAX_MODEL_ID
from aecodec.train.grid.settings import OPTIMIZERS, Settings
from aecodec.train.grid.widths import SIZES

# Options whose key in a study's file has another name; both names are taken on the command line.
KEYS = {
    "epochs": "num_epochs",
    "latent_dim": "latent_dim_lossy",
    "output": "model_save_dir",
    "results_dir": "results_save_dir",
}
NO_KEYS = {"config", "download", "restart", "force", "quiet"}  # how to run, not what to train
GRID = {  # options of a grid alone; --kind chooses it
    "kind": "--kind",
    "steps": "--steps",
    "finish": "--finish",
    "batch_pixels": "--batch-pixels",
    "optimizer": "--optimizer",
    "size": "--size",
    "validation": "--validation",
    "validate_every": "--validate-every",
    "workers": "--workers",
    "precision": "--precision",
    "name": "--name",
}
_PIXELS = {"kind", "steps", "finish", "validation", "validate_every", "name"}
_ALL = {"images", "output", "results_dir", "learning_rate", "seed", "threads", "run", "restart", "force", "quiet"}
_ALL |= {"continues"}
SINGLE = {  # not with --config
    "run": "--run",
    "continues": "--continue-from",
    "lossless": "--lossless/--lossy-only",
    "base": "--base",
    **GRID,
}


def kinds_of(option: str) -> list[str]:
    """The kinds of models that know an option, by its parameter."""
    if option in _ALL:
        return ["tiles", "grid", "pixels", "drawings"]
    if option == "base":
        return ["drawings"]
    found = ["grid"] if option in GRID else ["tiles"]
    found = ["tiles", "grid"] if option == "device" else found
    return [*found, "pixels", "drawings"] if option in _PIXELS else found


_PATH = click.Path(path_type=Path)
_POSITIVE = click.FloatRange(0, min_open=True)
_MSE = click.FloatRange(0, 1, min_open=True, max_open=True)
_LATENT_DIM = click.IntRange(1, 1024)
_COUNT, _FROM_0 = click.IntRange(1), click.IntRange(0)


def _one_or_more(
    ctx: click.Context, parameter: click.Parameter, value: tuple[Path, ...]
) -> Path | tuple[Path, ...] | None:
    """A path given once as itself: for one kind there may be several."""
    return (value[0] if len(value) == 1 else value) if value else None


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
                 help="Train on this folder's pictures instead: grey, all of one size, sides multiples of 4. With"
                      " the other kinds: any pictures, and as many folders as you name."),
    click.option("--kind", type=click.Choice(["tiles", "grid", "pixels", "drawings"]), default="tiles",
                 show_default=True,
                 help="tiles: for many grey pictures of one size. grid: for pictures of any size, in colour. pixels: to"
                      " keep these exactly. drawings: to add to such a model what keeps drawings exactly. The next"
                      " options are theirs."),
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
                 help="Grid: auto takes bfloat16 where a few timed steps show that it is quicker."),
    click.option("--name", help="Of the model. Default: DIR-KIND."),
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
    """All of them, in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True)
class HowToRun:
    """What is asked about the run itself, and not about what it trains."""

    config: Path | None
    output: Path
    results_dir: Path
    run: Path | None
    download: bool
    restart: bool
    force: bool
    quiet: bool


def how_to_run(ctx: click.Context) -> HowToRun:
    """Take it from the command line."""
    return HowToRun(**{each.name: ctx.params[each.name] for each in fields(HowToRun)})


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
    if isinstance(found.get("images"), tuple):
        raise UsageError("a study takes the pictures of one folder; drop all --images but one")
    return {KEYS.get(name, name): value for name, value in found.items() if name not in NO_KEYS}


def single(ctx: click.Context) -> dict[str, Any]:
    """The settings of a single run. Raises UsageError for what only a study has."""
    found = ctx.params
    if "latent_dim_lossless" in given(ctx) or len(found["latent_dim"]) > 1:
        raise UsageError("several models, or latent_dim_lossless, need --config; without it give one --latent-dim")
    if isinstance(found["images"], tuple):
        raise UsageError("several --images need --kind grid")
    other = NO_KEYS | GRID.keys() | {"model_type", "latent_dim_lossless", "output", "results_dir", "run"}
    kept = {name: value for name, value in found.items() if name not in other and value is not None}
    return kept | {"latent_dim": found["latent_dim"][0]}


def check_kind(ctx: click.Context) -> str:
    """The kind that is asked for. Raises UsageError for options of another."""
    kind: str = ctx.params["kind"]
    for name in given(ctx):
        kinds = kinds_of(name)
        if kind not in kinds and name != "kind":
            option = next(each.opts[0] for each in ctx.command.params if each.name == name)
            raise UsageError(
                f"{option} is for --kind {' or '.join(kinds)}, and this is --kind {kind}; drop one of them"
            )
    return kind


def folders_of(ctx: click.Context) -> list[Path]:
    """Where the pictures are that any size may have. Raises UsageError where none are named."""
    images = ctx.params["images"]
    if images is None:
        raise UsageError(f"--kind {ctx.params['kind']} needs pictures: --images DIR")
    return list(images) if isinstance(images, tuple) else [images]


def model_name(ctx: click.Context, folders: list[Path]) -> str:
    """What the model is to be called, and its file. Raises UsageError for what is no name."""
    name: str = ctx.params["name"] or f"{folders[0].resolve().name}-{ctx.params['kind']}"
    if Path(name).name != name or not name.isprintable() or len(name) > MAX_MODEL_ID:
        raise UsageError(f"{name!r:.80} is no name for a model: expected up to {MAX_MODEL_ID} characters without /")
    return name
