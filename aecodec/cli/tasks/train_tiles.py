"""``aecodec train --kind tiles`` turns its options into a run of one model, or of a study."""

from __future__ import annotations

from typing import Any

import click

from aecodec.cli.plumbing.failures import BATCH_FAILED
from aecodec.cli.tasks.train_bar import epoch_lines
from aecodec.cli.tasks.train_given import missing, overrides, single
from aecodec.engines import DEFAULT
from aecodec.train.reports import Console


def train_tiles(ctx: click.Context, console: Console) -> None:
    """Run it. Raises what :func:`aecodec.train.single.run_single` does."""
    found = ctx.params
    try:
        import torch  # noqa: F401 - named first where it is missing

        from aecodec.train.config import Settings
        from aecodec.train.data import prepared
        from aecodec.train.run_files import Target
        from aecodec.train.single import Job, run_single
        from aecodec.train.study import validated
    except ModuleNotFoundError as error:
        raise missing(error) from error

    settings = validated(Settings, single(ctx))
    pictures = prepared(settings, download=found["download"])
    name = pictures.model_name(settings.latent_dim)
    job = Job(settings, found["run"] or found["results_dir"] / name, found["restart"])
    run_single(job, pictures, Target(found["output"], name, found["force"]), console)


def train_study(ctx: click.Context, console: Console) -> None:
    """Run it. Raises what :func:`aecodec.train.study_runs.run_study` does."""
    found = ctx.params
    try:
        import torch  # noqa: F401 - named first where it is missing

        from aecodec.train.data import prepared
        from aecodec.train.study import read_study
        from aecodec.train.study_model import ByEngine, one_by_one
        from aecodec.train.study_runs import run_study
    except ModuleNotFoundError as error:
        raise missing(error) from error

    study = read_study(found["config"], overrides(ctx))
    if found["engine_name"] is None and found["jobs"] is None:
        maker, device = one_by_one, study.device
    else:
        maker, device = ByEngine(found["engine_name"] or DEFAULT, found["jobs"], study.threads, study.device), "cpu"
        console = Console(epoch_lines(found["quiet"], shown), console.tell)
    pictures = prepared(study.model_copy(update={"device": device}), download=found["download"])
    if run_study(study, pictures, console, restart=found["restart"], force=found["force"], maker=maker) is None:
        raise click.exceptions.Exit(BATCH_FAILED)


def shown(event: dict[str, Any]) -> str:
    """Return what a progress bar says of an event."""
    if event["event"] == "epoch":
        mse, bits = event["validation_mse"], event["validation_bits"]
        return f"{event['phase']}: validation MSE {mse:.5f}, {bits / 8:.1f} bytes"
    return f"MSE {event['mse']:.5f}, {event['bits'] / 8:.1f} bytes"
