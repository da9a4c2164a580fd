"""``aecodec train --kind grid``: the options of a grid, to a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click

from aecodec.cli.train_options import BOTH, GRID, given
from aecodec.errors import UsageError
from aecodec.limits import MAX_MODEL_ID

Progress = Callable[[str, int], AbstractContextManager[Any]]


def check_kind(ctx: click.Context) -> bool:
    """Whether a grid is asked for. Raises UsageError for options of the other kind."""
    kind = ctx.params["kind"]
    for name in given(ctx):
        theirs = kind if name in BOTH else "grid" if name in GRID else "tiles"
        if theirs != kind and name != "kind":
            option = next(each.opts[0] for each in ctx.command.params if each.name == name)
            raise UsageError(f"{option} is for --kind {theirs}, and this is --kind {kind}; drop one of them")
    return bool(kind == "grid")


def train_grid(ctx: click.Context, progress: Progress, tell: Callable[[str], None]) -> None:
    """Run it. Raises what :func:`aecodec.train.grid.single.run_grid` does."""
    found = ctx.params
    images = found["images"]
    if images is None:
        raise UsageError("--kind grid needs pictures: --images DIR")
    folders: list[Path] = list(images) if isinstance(images, tuple) else [images]
    try:
        from aecodec.train.grid.job import Job
        from aecodec.train.grid.settings import Settings
        from aecodec.train.grid.single import run_grid
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; training needs: pip install "aecodec[train]"') from error

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
    name = found["name"] or f"{folders[0].resolve().name}-grid"
    if Path(name).name != name or not name.isprintable() or len(name) > MAX_MODEL_ID:
        raise UsageError(f"{name!r:.80} is no name for a model: expected up to {MAX_MODEL_ID} characters without /")
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
    run_grid(
        job, folders, found["validation"], found["output"], name, progress=progress, tell=tell, force=found["force"]
    )


def shown(event: dict[str, Any]) -> str:
    """What a progress bar says of an event."""
    if event["event"] == "step":
        return f"{event['bpp']:.3f} bits a pixel, MSE {event['mse']:.1f}"
    middle = event["curve"][len(event["curve"]) // 2]
    return f"validation at quality {middle['quality']}: {middle['bpp']:.3f} bits a pixel, PSNR {middle['psnr']:.2f} dB"
