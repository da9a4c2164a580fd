"""A run from folders of pictures to a released model: what ``aecodec train --kind grid`` does."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from aecodec.errors import UsageError
from aecodec.train.folders import Folders
from aecodec.train.grid.job import Job, train
from aecodec.train.grid.release import release
from aecodec.train.grid.sources import cached
from aecodec.train.grid.team import called
from aecodec.train.reports import Console
from aecodec.train.run_files import Target, check_source

PICTURES, HELD = "pictures", "validation"  # caches in a run's folder


def run_grid(job: Job, folders: Folders, target: Target, console: Console) -> Path:
    """Train in the job's folder, whose caches are made here, release the model to ``target``, and return its path.

    Raises UsageError, before anything is trained, where another run, or what another has made, is in the way. Raises
    FileError where writing fails, ExportError for a network that cannot be released.
    """
    if called():
        raise UsageError("torchrun is for python -m aecodec.train.grid; afterwards this command releases the model")
    check_source(job.settings.continues, job.run)
    claim = target.claim(job.run)
    cached(folders.images, job.run / PICTURES, console.tell)
    held = None if folders.validation is None else job.run / HELD
    if folders.validation is not None:
        cached([folders.validation], job.run / HELD, console.tell)
    job = replace(job, cache=job.run / PICTURES, held=held, until=math.inf)
    with console.progress("training", job.settings.steps) as show:
        training = train(job, show, console.tell)
    made = release(training, job.run, target.name)
    claim.publish(made.path)
    middle = made.description["validation"][len(made.description["validation"]) // 2]
    console.tell(
        f"{claim.path}: validation at quality {middle['quality']}: {middle['bpp']:.3f} bits a pixel, "
        f"PSNR {middle['psnr']:.2f} dB"
    )
    return claim.path
