"""``aecodec train --images`` turns its options into a model of one's own."""

from __future__ import annotations

from typing import Any

import click

from aecodec.cli.tasks.train_given import folders_of, missing, model_name
from aecodec.errors import UsageError
from aecodec.limits import PIXEL_MAX
from aecodec.train.folders import Folders
from aecodec.train.reports import Console


def train_own(ctx: click.Context, console: Console) -> None:
    """Run it. Raises what :func:`aecodec.train.own.single.run_own` does."""
    found = ctx.params
    folders = folders_of(ctx)
    name = model_name(ctx, folders)
    try:
        from aecodec.train.own.single import Job, run_own
        from aecodec.train.run_files import Target
    except ModuleNotFoundError as error:
        raise missing(error) from error
    job = Job(found["minutes"], _target(found), found["seed"], found["threads"])
    run = found["run"] or found["results_dir"] / name
    run_own(job, Folders(folders, found["validation"]), run, Target(found["output"], name, found["force"]), console)


def _target(found: dict[str, Any]) -> float | None:
    """Return the mean squared error to keep to, samples in 0..255."""
    if found["min_psnr"] is not None and found["max_mse"] is not None:
        raise UsageError("--min-psnr and --max-mse are one target in two units; give one of them")
    if found["min_psnr"] is not None:
        return float(PIXEL_MAX**2 * 10 ** (-found["min_psnr"] / 10))
    return None if found["max_mse"] is None else float(found["max_mse"] * PIXEL_MAX**2)


def shown(event: dict[str, Any]) -> str:
    """Return what a progress bar says of an event."""
    return str(event["event"])
