"""``aecodec train --kind grid`` turns its options into a run."""

from __future__ import annotations

from typing import Any

import click

from aecodec.cli.tasks.train_given import folders_of, given, missing, model_name
from aecodec.train.reports import Console


def train_grid(ctx: click.Context, console: Console) -> None:
    """Run it. Raises what :func:`aecodec.train.grid.single.run_grid` does."""
    found = ctx.params
    folders = folders_of(ctx)
    try:
        from aecodec.train.folders import Folders
        from aecodec.train.grid.job import Job
        from aecodec.train.grid.settings import Settings
        from aecodec.train.grid.single import run_grid
        from aecodec.train.run_files import Target
    except ModuleNotFoundError as error:
        raise missing(error) from error

    named = {
        "steps": "steps",
        "finish": "finish",
        "batch_pixels": "pixels",
        "learning_rate": "learning_rate",
        "optimizer": "optimizer",
        "size": "size",
        "seed": "seed",
    }
    own = given(ctx)
    chosen = {key: own[name] for name, key in named.items() if name in own}
    settings = Settings(**chosen, continues=str(found["continues"] or ""))
    name = model_name(ctx, folders)
    folder = found["run"] or found["results_dir"] / name
    job = Job(
        settings,
        cache=folder,
        run=folder,
        device=found["device"],
        precision=found["precision"],
        threads=found["threads"],
        workers=found["workers"],
        restart=found["restart"],
        every=found["validate_every"],
    )
    run_grid(job, Folders(folders, found["validation"]), Target(found["output"], name, found["force"]), console)


def shown(event: dict[str, Any]) -> str:
    """Return what a progress bar says of an event."""
    if event["event"] == "step":
        return f"{event['bpp']:.3f} bits a pixel, MSE {event['mse']:.1f}"
    middle = event["curve"][len(event["curve"]) // 2]
    return f"validation at quality {middle['quality']}: {middle['bpp']:.3f} bits a pixel, PSNR {middle['psnr']:.2f} dB"
