"""Many files are done one by one: each is done, there already, or reported in a line, and the others go on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import click

from aecodec.cli.plumbing.failures import BATCH_FAILED, as_typed, complain, within_memory
from aecodec.cli.plumbing.lines import arrow, say
from aecodec.cli.plumbing.names import is_file_name
from aecodec.cli.plumbing.product import emit
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.errors import AecError, UsageError
from aecodec.files import STDIO, Source, as_path
from aecodec.files.batch import twice

_STOPS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # what the next file would meet, too

skip_option = click.option(
    "--skip-existing",
    is_flag=True,
    help="Leave out what has its output already: an interrupted command goes on with it. An empty file is no output, "
    "and is replaced.",
)


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


def check_skip(skip: bool, force: bool) -> None:
    """Refuse to leave outputs as they are and to replace them."""
    if skip and force:
        raise UsageError("--skip-existing and -f contradict one another; drop one")


def plan(sources: Sequence[Source], folder: str | None, suffix: str) -> list[Job]:
    """Place outputs beside their inputs, or below ``folder`` under their names, with ``suffix`` for the input's.

    Of those that would be the same all but the first have an error, and so has one that would replace an input.
    Raises UsageError where none can be.
    """
    if folder is not None and not os.path.isdir(folder) and is_file_name(folder):
        raise UsageError(f"{folder} would be a folder of files, one for each; name it without that suffix")
    if folder == STDIO or any(source.path == STDIO for source in sources):
        raise UsageError("many files, one by one, cannot be combined with - (standard input or output)")
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


def run_each(
    jobs: Sequence[Job],
    work: Callable[[Job], Done | None],
    where: str | None,
    *,
    label: str,
    quiet: bool,
    as_json: bool,
    ends: tuple[type[AecError], ...] = (),
) -> None:
    """Do ``work`` for each of ``jobs``; None from it means that the output was there.

    What fails is a line, and exit code 1 at the end; of one job, its own error. A full disk and what
    ``ends`` names end all at once.
    """
    done: list[Done] = []
    skipped = failed = 0
    with progress_bar(len(jobs), label, quiet) as progress:
        for number, job in enumerate(jobs, 1):
            try:
                if job.source.error is not None:
                    raise job.source.error
                with within_memory(job.source.path):
                    found = work(job)
            except AecError as error:
                if as_json:
                    emit({"input": job.source.path, "error": as_typed(error), "exit_code": error.exit_code})
                if len(jobs) == 1 or isinstance(error, ends) or _stops(error):
                    raise
                complain(error)
                failed += 1
            else:
                done += [found] if found else []
                skipped += found is None
            if progress:
                progress(number)
    if not quiet:
        count = f"{len(done)} of {len(jobs)} files" + (f" {arrow()} {where}" if where else "")
        size = f"{sum(each.input_bytes for each in done)} {arrow()} {sum(each.output_bytes for each in done)} bytes"
        others = [f"{skipped} there already"] * bool(skipped) + [f"{failed} failed"] * bool(failed)
        say(", ".join([f"{count}: {size}", *others]))
    if failed:
        raise click.exceptions.Exit(BATCH_FAILED)


def _stops(error: AecError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in _STOPS
