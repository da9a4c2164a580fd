"""A run from folders of pictures to a released model: what ``aecodec train --kind pixels`` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.folders import Folders
from aecodec.train.grid.pictures import Cache
from aecodec.train.grid.sources import cached
from aecodec.train.grid.validation import held_back
from aecodec.train.log import METRICS, Log
from aecodec.train.pixels.loop import Training
from aecodec.train.pixels.release import NAMES, release
from aecodec.train.pixels.samples import Samples, check_enough, gathered
from aecodec.train.pixels.settings import Settings
from aecodec.train.reports import Console, both
from aecodec.train.run_files import Claim, Target, check_source

PICTURES, HELD = "pictures", "validation"  # in a run's folder
Made = tuple[Path, dict[str, float]]  # a model in the run's folder, and the bits a sample of each network


@dataclass(frozen=True)
class Job:
    """What to train, where, and how: ``every`` is in steps from one validation to the next."""

    settings: Settings
    run: Path
    threads: int | None = None
    restart: bool = False
    every: int = 1_000


def run_pixels(job: Job, folders: Folders, target: Target, console: Console) -> Path:
    """Train in the job's folder, release the model to ``target``, and return its path there.

    Raises UsageError if another run, or what another has made, is in the way, FileError if writing fails,
    ExportError for a network that cannot be released.
    """
    claim = begun(job, target)
    pictures = cached(folders.images, job.run / PICTURES, console.tell)
    pictures, held = (
        held_back(pictures)
        if folders.validation is None
        else (pictures, cached([folders.validation], job.run / HELD, console.tell))
    )

    def samples(some: Cache, name: str) -> Samples:
        with console.gathering(len(some)) as report:
            return gathered(some, job.run / name, job.settings.kept, job.settings.seed, report)

    seen = samples(pictures, PICTURES)
    check_enough(seen, job.settings.samples)
    training = Training(job.settings, seen, samples(held, HELD))

    def made() -> Made:
        released = release(training, job.run, target.name)
        return released.path, dict(zip(NAMES, released.description["validation"]["bits"], strict=True))

    return finish(training, job, made, claim, console)


def begun(job: Job, target: Target) -> Claim:
    """Take the model's place before anything is trained, and set PyTorch's threads. Raises UsageError and FileError."""
    check_source(job.settings.continues, job.run)
    claim = target.claim(job.run)
    if job.threads:
        torch.set_num_threads(job.threads)
    return claim


def finish(training: Training, job: Job, made: Callable[[], Made], claim: Claim, console: Console) -> Path:
    """Train to the end, from where the run's checkpoint is, publish what is ``made`` then, and return its path.

    The bits a sample of what was held back are told.
    """
    path = job.run / CHECKPOINT
    if path.exists() and not job.restart:
        training.resume(path)
    elif job.settings.continues:
        training.begin_with(Path(job.settings.continues))
    log = Log(job.run / METRICS, training.step, console.tell)
    with console.progress("training", job.settings.steps) as show:
        training.run(path, both(log, show), job.every)
    path, bits = made()
    claim.publish(path)
    found = ", ".join(f"{name} {each:.4f}" for name, each in bits.items())
    console.tell(f"{claim.path}: validation, bits a sample: {found}")
    return claim.path
