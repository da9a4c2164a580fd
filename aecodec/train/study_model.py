"""One model of a study, from its settings to where models go: here, or by an engine in another process or machine.

What makes a model is a function of its settings, the pictures and what its folder holds. So it does not matter who
calls it, where, and how often: a second call goes on from the checkpoint of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aecodec.engine import processors
from aecodec.engines import DEFAULT, Finished, Share, engine
from aecodec.errors import UsageError
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.data import Pictures, prepared
from aecodec.train.device import pick_device
from aecodec.train.release import release
from aecodec.train.reports import Console
from aecodec.train.run_files import Claim, remove
from aecodec.train.single import Job, finish, start
from aecodec.train.study_follow import following
from aecodec.train.study_record import Row, Run, identity, keep, kept


@dataclass(frozen=True)
class ModelJob:
    """A model to be made: its run, the place it will have, and its ``number`` of ``count``, from 1."""

    run: Run
    claim: Claim
    number: int
    count: int

    @property
    def label(self) -> str:
        """What people are told of which it is."""
        return f"{self.run.name}, {self.number} of {self.count}"


Made = Finished[ModelJob, Row]
Maker = Callable[[Sequence[ModelJob], Pictures, Console], Iterable[Made]]


def make_model(job: ModelJob, pictures: Pictures, console: Console) -> Row:
    """Train what its checkpoint lacks, release the model to its place, and return its row.

    Raises UsageError if the run's folder is of another run, FileError if writing fails, and ExportError where
    the trained network cannot be released.
    """
    training = start(Job(job.run.settings, job.run.folder), pictures)
    finish(training, job.run.folder, job.label, console)
    made = release(training, job.run.folder)
    job.claim.publish(made.path)
    return keep(job.run, made, pictures)  # last: it takes a while, and an interruption would part the two models


def forget(run: Run) -> None:
    """Let a run begin anew: what was there before is not to be taken for it. Raises FileError."""
    for path in (run.record, run.folder / CHECKPOINT):
        remove(path)


# --- who makes them --------------------------------------------------------------------------------


def one_by_one(jobs: Sequence[ModelJob], pictures: Pictures, console: Console) -> Iterator[Made]:
    """Make them here, one after the other. What one raises ends all."""
    for job in jobs:
        yield Finished(job, make_model(job, pictures, console))


@dataclass(frozen=True)
class ByEngine:
    """Makes models in the processes of an engine, several at once; an error is what came of a model, and no end.

    ``at_once`` is how many, by default as many as there are processors for, of this machine or of a cluster. Each has
    ``threads``, by default an equal part of this machine's processors, and where ``device`` is CUDA a GPU of Ray;
    processes share whatever GPU there is.
    """

    name: str = DEFAULT
    at_once: int | None = None
    threads: int | None = None
    device: str = "auto"

    def __call__(self, jobs: Sequence[ModelJob], pictures: Pictures, console: Console) -> Iterator[Made]:
        """Make them; each is given when it is there. Raises UsageError for an engine that is not there."""
        if not jobs:
            return
        here = processors()
        threads = self.threads or max(1, here // min(len(jobs), self.at_once or here))
        device = pick_device("auto").type if self.device == "auto" else self.device
        there = partial(make_there, device=device, threads=threads, data=identity(pictures))
        with (
            engine(self.name, self.at_once, Share(threads, int(device == "cuda"))) as used,
            following([job.run for job in jobs], console),
        ):
            yield from used.as_finished(there, jobs)


def make_there(job: ModelJob, *, device: str, threads: int, data: dict[str, Any]) -> Row:
    """Make a model in a process that has no pictures yet; ``data`` says which they are.

    Raises what :func:`make_model` does, and UsageError if the pictures are others there.
    """
    settings = job.run.settings.model_copy(update={"device": device, "threads": threads})
    pictures = prepared(settings, download=False)
    if identity(pictures) != data:
        raise UsageError(f"the machine that is to train {job.run.name} has other pictures")
    return kept(job.run, pictures) or make_model(job, pictures, _SILENT)


def _ignored(*_: object) -> None:
    pass


_SILENT: Final = Console(lambda label, steps: nullcontext(_ignored), _ignored)
