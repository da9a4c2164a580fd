"""Many files become a file each: every one is done, there already, or reported in a line, and the others go on.

They are made by all processors, many small ones together, and written here.
"""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol, cast

import click

from aecodec.cli.plumbing.chunks import in_chunks
from aecodec.cli.plumbing.failures import BATCH_FAILED, as_typed, complain
from aecodec.cli.plumbing.lines import arrow, say
from aecodec.cli.plumbing.names import is_file_name
from aecodec.cli.plumbing.product import emit
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.codec.threads import threads
from aecodec.codec.workers import workers
from aecodec.errors import AecError, UsageError
from aecodec.files import STDIO, Source, as_path, folders_above
from aecodec.files.batch import twice
from aecodec.frozen import dataclass

_STOPS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # what the next file would meet, too
_WRITERS: Final = 8  # threads that wait for the disk


@dataclass(frozen=True)
class Job:
    """A job has an input, and where its output goes; where the source has an error, nowhere."""

    source: Source
    target: str


@dataclass(frozen=True)
class Done:
    """It counts the bytes read and written for one input."""

    input_bytes: int
    output_bytes: int


def plan(sources: Sequence[Source], folder: str | None, suffix: str) -> list[Job]:
    """Place outputs beside their inputs, or below ``folder`` under their names, with ``suffix`` for the input's.

    Of those that would be the same all but the first have an error, and so has one that would replace an input.
    Raises UsageError if none can be.
    """
    if folder is not None and not os.path.isdir(folder) and is_file_name(folder):
        raise UsageError(f"{folder} would be a folder of files, one for each; name it without that suffix")
    if folder == STDIO or any(source.path == STDIO for source in sources):
        raise UsageError("- (standard input or output) cannot be one of several files")
    inputs = {os.path.realpath(source.path) for source in sources}
    jobs: list[Job] = []
    places: dict[str, str] = {}
    for source in sources:
        place = source.path if folder is None else os.path.join(folder, *as_path(source.name).split("/"))
        target = os.path.splitext(place)[0] + suffix
        place = os.path.normpath(target)
        if source.error is None and place in places:
            source = replace(source, error=_clash(places[place], source.path, target))
        if source.error is None and suffix and os.path.realpath(target) in inputs:
            error = UsageError(f"{target}, the output of {source.path}, is an input too; name another folder with -o")
            source = replace(source, error=error)
        if source.error is None:
            places[place] = source.path
        jobs.append(Job(source, target))
    return jobs


def _clash(taken: str, path: str, target: str) -> UsageError:
    return twice(taken, path) or UsageError(
        f"{path} is left out: {taken} and it would both be written to {target}; "
        "rename one, or give the folder above them with -o"
    )


@dataclass(frozen=True)
class Made:
    """What becomes of one file: ``data`` is to be written to ``target``, and ``told`` is what a command says of it."""

    target: str
    data: bytes
    input_bytes: int
    told: Any = None


class Work(Protocol):
    """What a command does with each of many files. A file is made in any process, all else is done in this one."""

    @property
    def make(self) -> Callable[[Sequence[Job]], list[Made | AecError | None]]:
        """What makes some files, and can be pickled. None stands for one that :meth:`alone` is to do."""

    def is_there(self, job: Job) -> bool:
        """Whether the output is there and is to stay; raises what refuses the job before anything is made."""

    def write(self, job: Job, made: Made) -> None:
        """Write the output into a folder that is there; may be called in any thread."""

    def alone(self, job: Job) -> Done:
        """Do the whole of a job that is to have all processors."""

    def tell(self, job: Job, made: Made) -> None:
        """Say what there is to say of a file that is written."""


def run_each(
    jobs: Sequence[Job],
    work: Work,
    where: str | None,
    *,
    processes: int,
    label: str,
    quiet: bool,
    as_json: bool,
    ends: tuple[type[AecError], ...] = (),
) -> None:
    """Do ``work`` for each of ``jobs``, some of them at once, and tell of them in their order.

    What fails is a line, and exit code 1 at the end; of one job, its own error. A full disk and what
    ``ends`` names end all at once.
    """
    done: list[Done] = []
    skipped = failed = 0
    with progress_bar(len(jobs), label, quiet) as progress:
        for number, (job, found) in enumerate(_written(jobs, work, processes), 1):
            if isinstance(found, AecError):
                if as_json:
                    emit({"input": job.source.path, "error": as_typed(found), "exit_code": found.exit_code})
                if len(jobs) == 1 or isinstance(found, ends) or _stops(found):
                    raise found
                complain(found)
                failed += 1
            elif isinstance(found, Done):
                done.append(found)
            else:
                skipped += 1
            if progress:
                progress(number)
    if not quiet:
        count = f"{len(done)} of {len(jobs)} files" + (f" {arrow()} {where}" if where else "")
        size = f"{sum(each.input_bytes for each in done)} {arrow()} {sum(each.output_bytes for each in done)} bytes"
        others = [f"{skipped} there already"] * bool(skipped) + [f"{failed} failed"] * bool(failed)
        say(", ".join([f"{count}: {size}", *others]))
    if failed:
        raise click.exceptions.Exit(BATCH_FAILED)


Outcome = Done | AecError | None  # None of a job whose output was there


def _written(jobs: Sequence[Job], work: Work, processes: int) -> Iterator[tuple[Job, Outcome]]:
    """Yield what became of each of ``jobs``, in their order."""
    chunks: deque[list[tuple[Job, AecError | bool]]] = deque()  # asked for: each job, and why it is left out

    def asked() -> Iterator[list[Job]]:
        for chunk in in_chunks(jobs, lambda job: job.source.path):
            chunks.append([(job, _left_out(job, work)) for job in chunk])
            yield [job for job, left_out in chunks[-1] if left_out is False]

    with workers(processes, len(jobs)) as engine, threads(min(_WRITERS, len(jobs))) as run:
        for found in engine.map(work.make, asked()):
            made = iter(found)
            chunk = [(job, next(made) if left_out is False else left_out) for job, left_out in chunks.popleft()]
            ready = [(job, each) for job, each in chunk if isinstance(each, Made) and _is_ready(each)]
            refused: Iterable[AecError | None] = cast(Any, run)(partial(_write, work), ready)
            errors = dict(zip((job for job, _ in ready), refused, strict=True))
            for job, each in chunk:
                yield job, _finished(work, job, each, errors)


def _left_out(job: Job, work: Work) -> AecError | bool:
    """Return whether the output of ``job`` is there, or what is wrong with it."""
    if job.source.error is not None:
        return job.source.error
    try:
        return work.is_there(job)
    except AecError as error:
        return error


def _is_ready(made: Made) -> bool:
    """Return whether the folder of a file is there. Where one must be made, files are written one by one."""
    return os.path.isdir(os.path.dirname(made.target) or os.curdir)


def _write(work: Work, pair: tuple[Job, Made]) -> AecError | None:
    try:
        work.write(*pair)
    except AecError as error:
        return error
    return None


def _finished(
    work: Work, job: Job, found: Made | AecError | bool | None, errors: Mapping[Job, AecError | None]
) -> Outcome:
    """Write what is not written yet, and tell of it. ``errors`` are those of jobs that are."""
    if found is None:
        try:
            return work.alone(job)
        except AecError as error:
            return error
    if not isinstance(found, Made):
        return found if isinstance(found, AecError) else None
    if job not in errors:
        try:
            with folders_above(found.target):
                work.write(job, found)
        except AecError as error:
            return error
    refused = errors.get(job)
    if refused is not None:
        return refused
    work.tell(job, found)
    return Done(found.input_bytes, len(found.data))


def _stops(error: AecError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in _STOPS
