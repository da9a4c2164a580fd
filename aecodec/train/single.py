"""One run in its folder: begun or resumed, with a line of metrics for each epoch; and a run alone, to its model."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from aecodec.errors import UsageError
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.config import Settings
from aecodec.train.data import Pictures
from aecodec.train.log import METRICS, Log
from aecodec.train.loop import Training
from aecodec.train.release import release
from aecodec.train.reports import Event, Progress, Tell, both
from aecodec.train.run_files import may_replace, publish


def run_single(
    settings: Settings,
    pictures: Pictures,
    device: torch.device,
    folder: Path,
    models: Path,
    *,
    progress: Progress,
    tell: Tell,
    restart: bool = False,
    force: bool = False,
) -> Path:
    """Train one model in ``folder``, release it to ``models``, and return its path there.

    ``tell`` gets a line about it. Raises UsageError, before anything is trained, where another run, or what another
    has made, is in the way; with ``force`` the latter is replaced. Raises FileError where writing fails, and
    ExportError where the trained network cannot be released.
    """
    name = f"{pictures.name}-{settings.latent_dim}.safetensors"
    replace = may_replace(folder / name, models / name, force=force)
    training = start(settings, pictures, device, folder, restart=restart)
    finish(training, folder, "training", progress, tell)
    made = release(training, folder)
    publish(made.path, models / name, replace=replace)
    figures = made.description["validation"][-1]
    tell(f"{models / name}: validation MSE {figures['mse']:.6f}, {figures['bytes']:.2f} bytes a picture")
    return models / name


def start(settings: Settings, pictures: Pictures, device: torch.device, folder: Path, *, restart: bool) -> Training:
    """The run as its checkpoint in ``folder`` has it, or at its beginning: where there is none, or with ``restart``.

    Raises UsageError where the checkpoint is of another run, or a run that is to be continued does not fit.
    """
    checkpoint = folder / CHECKPOINT
    if settings.continues and settings.continues.resolve() == checkpoint.resolve():
        raise UsageError(f"a run cannot continue from its own {checkpoint}: name another folder with --run")
    training = Training(settings, pictures, device)
    if os.path.exists(checkpoint) and not restart:
        training.resume(checkpoint)
    elif settings.continues:
        training.continue_from(settings.continues)
    return training


def finish(training: Training, folder: Path, label: str, progress: Progress, tell: Tell) -> None:
    """Train to the end; checkpoint and metrics go to ``folder``. Raises FileError where that cannot be written."""
    log = Log(folder / METRICS, training.step, tell)

    def epochs(event: Event) -> None:
        if event["event"] == "epoch":
            log(event)

    with progress(label, training.steps) as show:
        training.run(folder / CHECKPOINT, both(show, epochs))
