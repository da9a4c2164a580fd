"""``aecodec train --kind pixels``: the options of networks for exact pixels, to a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import click

from aecodec.cli.train_options import folders_of, given, model_name
from aecodec.errors import UsageError

Progress = Callable[[str, int], AbstractContextManager[Any]]


def train_pixels(ctx: click.Context, progress: Progress, tell: Callable[[str], None]) -> None:
    """Run it. Raises what :func:`aecodec.train.pixels.single.run_pixels` does."""
    found, folders = ctx.params, folders_of(ctx)
    name = model_name(ctx, folders)
    try:
        from aecodec.train.pixels.settings import Settings
        from aecodec.train.pixels.single import Job, run_pixels
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; training needs: pip install "aecodec[train]"') from error

    own = given(ctx)
    chosen = {key: own[key] for key in ("steps", "finish", "learning_rate", "seed") if key in own}
    settings = Settings(**chosen, continues=str(found["continues"] or ""))
    run = found["run"] or found["results_dir"] / name
    job = Job(settings, run, threads=found["threads"], restart=found["restart"], every=found["validate_every"])
    run_pixels(
        job, folders, found["validation"], found["output"], name, progress=progress, tell=tell, force=found["force"]
    )


def shown(event: dict[str, Any]) -> str:
    """What a progress bar says of an event."""
    if event["event"] == "gathered":
        return f"{event['step']} pictures"
    bits = event["bits"]
    if event["event"] == "step":
        return f"{bits:.4f} bits a sample"
    return f"validation {sum(bits) / len(bits):.4f} bits a sample"
