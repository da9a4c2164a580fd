"""A run from folders of drawings to a released model: what ``aecodec train --kind drawings`` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from aecodec.train.drawings.base import read_base
from aecodec.train.drawings.networks import DrawingNetworks
from aecodec.train.drawings.pictures import Drawings, found
from aecodec.train.drawings.release import release
from aecodec.train.drawings.samples import gathered
from aecodec.train.pixels.loop import Training
from aecodec.train.pixels.samples import Samples, check_enough
from aecodec.train.pixels.single import HELD, PICTURES, Job, finish
from aecodec.train.reports import Progress, Tell
from aecodec.train.run_files import check_source, may_replace


def run_drawings(
    job: Job,
    images: Sequence[Path],
    validation: Path | None,
    base: Path,
    models: Path,
    name: str,
    *,
    progress: Progress,
    tell: Tell,
    force: bool = False,
) -> Path:
    """Train in the job's folder, release ``name``, the model ``base`` with drawings, to ``models``; its path there.

    Raises UsageError where another run, or what another has made, is in the way, FileError where writing fails,
    ModelError for a base that is not sound, ExportError for a network that cannot be released.
    """
    file = f"{name}.safetensors"
    check_source(job.settings.continues, job.run)
    may = may_replace(job.run / file, models / file, force=force)
    kept = read_base(base)
    if job.threads:
        torch.set_num_threads(job.threads)
    drawings = found(images, tell)
    drawings, held = drawings.held_back() if validation is None else (drawings, found([validation], tell))

    def samples(some: Drawings, folder: Path) -> Samples:
        with progress("gathering", len(some)) as show:

            def report(done: int) -> None:
                show({"event": "gathered", "step": done})

            return gathered(some, folder, job.settings.kept, job.settings.seed, report)

    seen = samples(drawings, job.run / PICTURES)
    check_enough(seen, job.settings.samples)
    training = Training(job.settings, seen, samples(held, job.run / HELD), DrawingNetworks)

    def made() -> tuple[Path, dict[str, float]]:
        return release(training, kept, job.run, name)

    return finish(training, job, made, models / file, may=may, progress=progress, tell=tell)
