"""A run from folders of pictures to a released model: what ``aecodec train --kind pixels`` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.grid.pictures import Cache
from aecodec.train.grid.sources import cached
from aecodec.train.grid.validation import held_back
from aecodec.train.log import METRICS, Log
from aecodec.train.pixels.loop import Training
from aecodec.train.pixels.release import NAMES, release
from aecodec.train.pixels.samples import Samples, check_enough, gathered
from aecodec.train.pixels.settings import Settings
from aecodec.train.reports import Progress, Tell, both
from aecodec.train.run_files import check_source, may_replace, publish

PICTURES, HELD = "pictures", "validation"  # in a run's folder


@dataclass(frozen=True)
class Job:
    """What to train, where, and how: ``every`` is in steps from one validation to the next."""

    settings: Settings
    run: Path
    threads: int | None = None
    restart: bool = False
    every: int = 1_000


def run_pixels(
    job: Job,
    images: Sequence[Path],
    validation: Path | None,
    models: Path,
    name: str,
    *,
    progress: Progress,
    tell: Tell,
    force: bool = False,
) -> Path:
    """Train in the job's folder, release ``name`` to ``models``, and return its path there.

    Raises UsageError where another run, or what another has made, is in the way, FileError where writing fails,
    ExportError for a network that cannot be released.
    """
    file = f"{name}.safetensors"
    check_source(job.settings.continues, job.run)
    may = may_replace(job.run / file, models / file, force=force)
    if job.threads:
        torch.set_num_threads(job.threads)
    pictures = cached(images, job.run / PICTURES, tell)
    pictures, held = (
        held_back(pictures) if validation is None else (pictures, cached([validation], job.run / HELD, tell))
    )
    samples = _samples(pictures, job.run / PICTURES, job.settings, progress)
    check_enough(samples, job.settings.samples)
    training = Training(job.settings, samples, _samples(held, job.run / HELD, job.settings, progress))

    def made() -> tuple[Path, dict[str, float]]:
        released = release(training, job.run, name)
        return released.path, dict(zip(NAMES, released.description["validation"]["bits"], strict=True))

    return finish(training, job, made, models / file, may=may, progress=progress, tell=tell)


def finish(
    training: Training,
    job: Job,
    made: Callable[[], tuple[Path, dict[str, float]]],
    target: Path,
    *,
    may: bool,
    progress: Progress,
    tell: Tell,
) -> Path:
    """Train to the end, from where the run's checkpoint is, and publish what is ``made`` then to ``target``: a model
    in the run's folder, whose bits a sample of what was held back are told.
    """
    path = job.run / CHECKPOINT
    if path.exists() and not job.restart:
        training.resume(path)
    elif job.settings.continues:
        training.begin_with(Path(job.settings.continues))
    log = Log(job.run / METRICS, training.step, tell)
    with progress("training", job.settings.steps) as show:
        training.run(path, both(log, show), job.every)
    path, bits = made()
    publish(path, target, replace=may)
    tell(f"{target}: validation, bits a sample: {', '.join(f'{name} {each:.4f}' for name, each in bits.items())}")
    return target


def _samples(pictures: Cache, folder: Path, settings: Settings, progress: Progress) -> Samples:
    """Those of ``pictures``, kept in ``folder``."""
    with progress("gathering", len(pictures)) as show:

        def report(done: int) -> None:
            show({"event": "gathered", "step": done})

        return gathered(pictures, folder, settings.kept, settings.seed, report)
