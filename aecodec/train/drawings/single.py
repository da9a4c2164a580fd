"""A run from folders of drawings to a released model: what ``aecodec train --kind drawings`` does."""

from __future__ import annotations

from pathlib import Path

from aecodec.train.drawings.base import read_base
from aecodec.train.drawings.networks import DrawingNetworks
from aecodec.train.drawings.pictures import Drawings, found
from aecodec.train.drawings.release import release
from aecodec.train.drawings.samples import gathered
from aecodec.train.folders import Folders
from aecodec.train.pixels.loop import Training
from aecodec.train.pixels.samples import Samples, check_enough
from aecodec.train.pixels.single import HELD, PICTURES, Job, Made, begun, finish
from aecodec.train.reports import Console
from aecodec.train.run_files import Target


def run_drawings(job: Job, folders: Folders, base: Path, target: Target, console: Console) -> Path:
    """Train in the job's folder, release the model ``base`` with drawings to ``target``, and return its path there.

    Raises UsageError if another run, or what another has made, is in the way, FileError if writing fails,
    ModelError for a base that is not sound, ExportError for a network that cannot be released.
    """
    claim = begun(job, target)
    kept = read_base(base)
    drawings = found(folders.images, console.tell)
    drawings, held = (
        drawings.held_back() if folders.validation is None else (drawings, found([folders.validation], console.tell))
    )

    def samples(some: Drawings, name: str) -> Samples:
        with console.gathering(len(some)) as report:
            return gathered(some, job.run / name, job.settings.kept, job.settings.seed, report)

    seen = samples(drawings, PICTURES)
    check_enough(seen, job.settings.samples)
    training = Training(job.settings, seen, samples(held, HELD), DrawingNetworks)

    def made() -> Made:
        return release(training, kept, job.run, target.name)

    return finish(training, job, made, claim, console)
