"""A run from folders of pictures to a released model: what ``aecodec train --kind grid`` does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aecodec.train.grid.job import Job, train
from aecodec.train.grid.release import release
from aecodec.train.grid.sources import cached
from aecodec.train.reports import Progress, Tell
from aecodec.train.run_files import check_source, may_replace, publish

PICTURES, HELD = "pictures", "validation"  # caches in a run's folder


def run_grid(
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
    """Train in the job's folder, whose caches are made here, release ``name`` to ``models``, and return its path there.

    Raises UsageError, before anything is trained, where another run, or what another has made, is in the way; with
    ``force`` the latter is replaced. Raises FileError where writing fails, ExportError for a network that cannot be
    released.
    """
    file = f"{name}.safetensors"
    check_source(job.settings.continues, job.run)
    may = may_replace(job.run / file, models / file, force=force)
    cached(images, job.run / PICTURES, tell)
    if validation is not None:
        cached([validation], job.run / HELD, tell)
    held = None if validation is None else job.run / HELD
    job = replace(job, cache=job.run / PICTURES, held=held, until=math.inf)
    with progress("training", job.settings.steps) as show:
        training = train(job, show, tell)
    made = release(training, job.run, name)
    publish(made.path, models / file, replace=may)
    middle = made.description["validation"][len(made.description["validation"]) // 2]
    tell(
        f"{models / file}: validation at quality {middle['quality']}: {middle['bpp']:.3f} bits a pixel, "
        f"PSNR {middle['psnr']:.2f} dB"
    )
    return models / file
