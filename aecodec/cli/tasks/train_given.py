"""The options that ``aecodec train`` was given, checked: each kind of model knows options of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from aecodec.errors import UsageError
from aecodec.limits import MAX_MODEL_ID

# Options whose key in a study's file has another name; both names are taken on the command line.
KEYS = {
    "epochs": "num_epochs",
    "latent_dim": "latent_dim_lossy",
    "output": "model_save_dir",
    "results_dir": "results_save_dir",
}
STUDY = {"engine_name": "--engine", "jobs": "--jobs"}  # only with --config
NO_KEYS = {"config", "download", "restart", "force", "quiet", *STUDY}  # how to run, not what to train
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
    "name": "--name",
}
KINDS = ("own", "tiles", "grid", "pixels", "drawings")
_OWN = {"minutes", "min_psnr", "max_mse"}
_PIXELS = {"kind", "steps", "finish", "validation", "validate_every", "name"}
_OWN_TOO = {"name", "validation", "kind"}
_ALL = {"images", "output", "results_dir", "learning_rate", "seed", "threads", "run", "restart", "force", "quiet"}
_ALL |= {"continues"}
_EVERY = _ALL - {"learning_rate", "restart", "continues"}  # kind own included
SINGLE = {  # not with --config
    "run": "--run",
    "continues": "--continue-from",
    "lossless": "--lossless/--lossy-only",
    "base": "--base",
    "minutes": "--minutes",
    "min_psnr": "--min-psnr",
    "max_mse": "--max-mse",
    **GRID,
}


def kinds_of(option: str) -> list[str]:
    """Return the kinds of models that know an option, by its parameter."""
    if option in _OWN:
        return ["own"]
    if option in _ALL:
        return list(KINDS) if option in _EVERY else ["tiles", "grid", "pixels", "drawings"]
    if option == "base":
        return ["drawings"]
    found = ["grid"] if option in GRID else ["tiles"]
    found = ["tiles", "grid"] if option in ("device", "precision") else found
    found = [*found, "pixels", "drawings"] if option in _PIXELS else found
    return ["own", *found] if option in _OWN_TOO else found


def given(ctx: click.Context) -> dict[str, Any]:
    """Return what the command line says, by parameter; without defaults."""
    default = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)
    return {name: value for name, value in ctx.params.items() if ctx.get_parameter_source(name) not in default}


def overrides(ctx: click.Context) -> dict[str, Any]:
    """Return the keys of a study that the command line gives. Raises UsageError for options of a single run."""
    found = given(ctx)
    for name, option in SINGLE.items():
        if name in found:
            raise UsageError(f"{option} is for a single model and --config for several; drop one of them")
    if isinstance(found.get("images"), tuple):
        raise UsageError("a study takes the pictures of one folder; drop all --images but one")
    return {KEYS.get(name, name): value for name, value in found.items() if name not in NO_KEYS}


def single(ctx: click.Context) -> dict[str, Any]:
    """Return the settings of a single run. Raises UsageError for what only a study has."""
    found = ctx.params
    if "latent_dim_lossless" in given(ctx) or len(found["latent_dim"]) > 1:
        raise UsageError("several models, or latent_dim_lossless, need --config; without it give one --latent-dim")
    if isinstance(found["images"], tuple):
        raise UsageError("several --images need --kind grid")
    other = NO_KEYS | GRID.keys() | _OWN | {"model_type", "latent_dim_lossless", "output", "results_dir", "run"}
    kept = {name: value for name, value in found.items() if name not in other and value is not None}
    return kept | {"latent_dim": found["latent_dim"][0]}


def check_kind(ctx: click.Context) -> str:
    """Return the kind that is asked for, which is noted. Raises UsageError for options of another, or of a study."""
    kind = ctx.params["kind"] or _kind_of(ctx)
    for name in given(ctx):
        if name in STUDY:
            raise UsageError(f"{STUDY[name]} is for the models of a study; it needs --config")
        kinds = kinds_of(name)
        if kind not in kinds and name != "kind":
            option = next(each.opts[0] for each in ctx.command.params if each.name == name)
            raise UsageError(
                f"{option} is for --kind {' or '.join(kinds)}, and this is --kind {kind}; drop one of them"
            )
    ctx.params["kind"] = kind
    return kind


def _kind_of(ctx: click.Context) -> str:
    """Return the kind that is meant where none is named: own for pictures, unless an option is for tiles alone."""
    found = given(ctx)
    for_tiles = "dataset" in found or any(name not in NO_KEYS and kinds_of(name) == ["tiles"] for name in found)
    return "own" if "images" in found and not for_tiles else "tiles"


def folders_of(ctx: click.Context) -> list[Path]:
    """Return where the pictures are that any size may have. Raises UsageError if none are named."""
    images = ctx.params["images"]
    if images is None:
        raise UsageError(f"--kind {ctx.params['kind']} needs pictures: --images DIR")
    return list(images) if isinstance(images, tuple) else [images]


def model_name(ctx: click.Context, folders: list[Path]) -> str:
    """Return what the model is to be called, and its file. Raises UsageError for what is no name."""
    name: str = ctx.params["name"] or Path(os.path.abspath(folders[0])).name + (
        "" if ctx.params["kind"] == "own" else f"-{ctx.params['kind']}"
    )
    if Path(name).name != name or not name.isprintable() or len(name) > MAX_MODEL_ID:
        raise UsageError(f"{name!r:.80} is no name for a model: expected up to {MAX_MODEL_ID} characters without /")
    return name


def missing(error: ModuleNotFoundError) -> UsageError:
    """Return the error to raise where training lacks a library."""
    return UsageError(f'{error.name} is missing; training needs: pip install "aecodec[train]"')
