"""``aecodec train --kind pixels`` and ``--kind drawings`` turn their options into a run."""

from __future__ import annotations

from typing import Any

import click

from aecodec.cli.tasks.train_given import folders_of, given, missing, model_name
from aecodec.train.folders import Folders
from aecodec.train.reports import Console
from aecodec.zoo.find import shipped_folder

_BASE = "pixels.safetensors"  # among the models that ship


def train_pixels(ctx: click.Context, console: Console) -> None:
    """Run it. Raises what :func:`aecodec.train.pixels.single.run_pixels` does."""
    folders = folders_of(ctx)
    name = model_name(ctx, folders)
    try:
        from aecodec.train.pixels.single import run_pixels
    except ModuleNotFoundError as error:
        raise missing(error) from error
    run_pixels(_job(ctx, name), Folders(folders, ctx.params["validation"]), _target(ctx, name), console)


def train_drawings(ctx: click.Context, console: Console) -> None:
    """Run it. Raises what :func:`aecodec.train.drawings.single.run_drawings` does."""
    folders = folders_of(ctx)
    name, base = model_name(ctx, folders), ctx.params["base"] or shipped_folder() / _BASE
    try:
        from aecodec.train.drawings.single import run_drawings
    except ModuleNotFoundError as error:
        raise missing(error) from error
    run_drawings(_job(ctx, name), Folders(folders, ctx.params["validation"]), base, _target(ctx, name), console)


def _target(ctx: click.Context, name: str) -> Any:
    from aecodec.train.run_files import Target

    return Target(ctx.params["output"], name, ctx.params["force"])


def _job(ctx: click.Context, name: str) -> Any:
    from aecodec.train.pixels.settings import Settings
    from aecodec.train.pixels.single import Job

    found, own = ctx.params, given(ctx)
    chosen = {key: own[key] for key in ("steps", "finish", "learning_rate", "seed") if key in own}
    settings = Settings(**chosen, continues=str(found["continues"] or ""))
    run = found["run"] or found["results_dir"] / name
    return Job(settings, run, threads=found["threads"], restart=found["restart"], every=found["validate_every"])


def shown(event: dict[str, Any]) -> str:
    """Return what a progress bar says of an event."""
    if event["event"] == "gathered":
        return f"{event['step']} pictures"
    bits = event["bits"]
    if event["event"] == "step":
        return f"{bits:.4f} bits a sample"
    return f"validation {sum(bits) / len(bits):.4f} bits a sample"
