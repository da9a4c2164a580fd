"""One run in its folder: begun or resumed, with a line of metrics for each epoch; and a run alone, to its model."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from aecodec.errors import UsageError
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.config import Settings
from aecodec.train.data import Pictures
from aecodec.train.log import METRICS, Log
from aecodec.train.loop import Training
from aecodec.train.release import release
from aecodec.train.reports import Console, Event, both
from aecodec.train.run_files import Target


@dataclass(frozen=True)
class Job:
    """What to train, and in which folder; with ``restart`` anew, whatever is there."""

    settings: Settings
    run: Path
    restart: bool = False


def run_single(job: Job, pictures: Pictures, target: Target, console: Console) -> Path:
    """Train one model in the job's folder, release it to ``target``, and return its path there.

    A line about it is told. Raises UsageError, before anything is trained, where another run, or what another has made,
    is in the way. Raises FileError if writing fails, and ExportError if the trained network cannot be released.
    """
    claim = target.claim(job.run)
    training = start(job, pictures)
    finish(training, job.run, "training", console)
    made = release(training, job.run)
    claim.publish(made.path)
    figures = made.description["validation"][-1]
    console.tell(f"{claim.path}: validation MSE {figures['mse']:.6f}, {figures['bytes']:.2f} bytes a picture")
    return claim.path


def start(job: Job, pictures: Pictures) -> Training:
    """Take up the run as its checkpoint has it, or at its beginning: where there is none, or the job restarts.

    Raises UsageError if the checkpoint is of another run, or a run that is to be continued does not fit.
    """
    settings = job.settings
    checkpoint = job.run / CHECKPOINT
    if settings.continues and settings.continues.resolve() == checkpoint.resolve():
        raise UsageError(f"a run cannot continue from its own {checkpoint}: name another folder with --run")
    training = Training(settings, pictures, pictures.training.device)
    if os.path.exists(checkpoint) and not job.restart:
        training.resume(checkpoint)
    elif settings.continues:
        training.continue_from(settings.continues)
    return training


def finish(training: Training, folder: Path, label: str, console: Console) -> None:
    """Train to the end; checkpoint and metrics go to ``folder``. Raises FileError if that cannot be written."""
    log = Log(folder / METRICS, training.step, console.tell)

    def epochs(event: Event) -> None:
        if event["event"] == "epoch":
            log(event)

    with console.progress(label, training.steps) as show:
        training.run(folder / CHECKPOINT, both(show, epochs))
