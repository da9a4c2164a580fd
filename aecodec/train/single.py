"""One run in its folder: begun or resumed, with a line of metrics for each epoch."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TextIO

import torch

from aecodec.errors import UsageError
from aecodec.files import write_file
from aecodec.files.atomic import failed
from aecodec.train.config import Settings
from aecodec.train.data import Pictures
from aecodec.train.loop import Report, Training

CHECKPOINT, METRICS = "training.ckpt", "metrics.jsonl"
Progress = Callable[[str, int], AbstractContextManager[Report]]  # of a label and the number of steps


def start(settings: Settings, pictures: Pictures, device: torch.device, folder: Path, *, restart: bool) -> Training:
    """The run as its checkpoint in ``folder`` has it, or at its beginning: where there is none, or with ``restart``.

    Raises UsageError where the checkpoint is of another run, or a run that is to be continued does not fit.
    """
    checkpoint = folder / CHECKPOINT
    if settings.continues and settings.continues.resolve() == checkpoint.resolve():
        raise UsageError(f"a run cannot continue from its own {checkpoint}: name another folder with --run")
    try:
        training = Training(settings, pictures, device)
        if checkpoint.exists() and not restart:
            training.resume(checkpoint)
        elif settings.continues:
            training.continue_from(settings.continues)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return training


def finish(training: Training, folder: Path, label: str, progress: Progress) -> None:
    """Train to the end; checkpoint and metrics go to ``folder``. Raises FileError where that cannot be written."""
    with _log(folder, training.step) as log, progress(label, training.steps) as show:

        def report(event: dict[str, Any]) -> None:
            show(event)
            if event["event"] == "epoch":
                log.write(json.dumps(event) + "\n")
                log.flush()

        training.run(folder / CHECKPOINT, report)


def _log(folder: Path, step: int) -> TextIO:
    """The metrics, to be written on from ``step``: epochs after the checkpoint are left out, and reported again."""
    path = folder / METRICS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
        if kept != lines:
            write_file(str(path), "".join(kept).encode(), force=True)
        return path.open("a")
    except OSError as error:
        raise failed(str(path), error) from error
