"""One run in its folder: begun or resumed, with a line of metrics for each epoch; and a run alone, to its model."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch

from aecodec.errors import UsageError
from aecodec.train.config import Settings
from aecodec.train.data import Pictures
from aecodec.train.loop import Report, Training
from aecodec.train.release import release
from aecodec.train.run_files import CHECKPOINT, METRICS, append, may_replace, new_folder, publish, read, write

Progress = Callable[[str, int], AbstractContextManager[Report]]  # of a label and the number of steps
Tell = Callable[[str], None]  # a line


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
    try:
        training = Training(settings, pictures, device)
        if os.path.exists(checkpoint) and not restart:
            training.resume(checkpoint)
        elif settings.continues:
            training.continue_from(settings.continues)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return training


def finish(training: Training, folder: Path, label: str, progress: Progress, tell: Tell) -> None:
    """Train to the end; checkpoint and metrics go to ``folder``. Raises FileError where that cannot be written."""
    log = folder / METRICS
    new_folder(folder)
    _cut(log, training.step, tell)
    with progress(label, training.steps) as show:

        def report(event: dict[str, Any]) -> None:
            show(event)
            if event["event"] == "epoch":
                append(log, json.dumps(event).encode() + b"\n")

        training.run(folder / CHECKPOINT, report)


def _cut(log: Path, step: int, tell: Tell) -> None:
    """Leave out epochs after ``step``, which will be reported again, and lines that an interruption damaged."""
    lines = (read(log) or b"").splitlines(keepends=True)
    steps = [_step(line) for line in lines]
    kept = [line for line, found in zip(lines, steps, strict=True) if found is not None and found <= step]
    if kept != lines:
        write(log, b"".join(kept))
    if None in steps:
        tell(f"{log}: left out {steps.count(None)} damaged line(s)")
    append(log, b"")


def _step(line: bytes) -> int | None:
    """Of an epoch's line; None where it is damaged."""
    try:
        found = json.loads(line)["step"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, int) and line.endswith(b"\n") else None
