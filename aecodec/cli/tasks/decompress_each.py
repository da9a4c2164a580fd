"""``aecodec decompress`` of several files makes a picture of each, or a folder of pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aecodec.cli.plumbing.asked import Watch, is_verbose, kept_time
from aecodec.cli.plumbing.chunks import holds_many
from aecodec.cli.plumbing.failures import about, within_memory
from aecodec.cli.plumbing.inputs import search
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.names import AEC
from aecodec.cli.plumbing.product import emit
from aecodec.cli.tasks.decompressed import record, summary, write_pictures
from aecodec.cli.tasks.each import Done, Job, Made, check_skip, plan, run_each
from aecodec.codec import Decoder
from aecodec.container import states_many
from aecodec.errors import AecError, UsageError
from aecodec.files import check_target, encode_picture, folders_above, is_there, is_unfinished, read_bytes, write_file
from aecodec.zoo import Zoo


@dataclass(frozen=True)
class _Told:
    """What is said of a picture that was made."""

    lines: list[str]
    record: dict[str, Any]


def decompress_each(
    files: tuple[str, ...],
    output: str | None,
    zoo: Zoo,
    base: bool,
    jobs: int,
    force: bool,
    skip: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Decompress each file as if it were alone; every one of them may need another model."""
    check_skip(skip, force)
    planned = plan(search(files, (AEC,), f"{AEC} files", quiet=quiet), output, "")
    work = _Decompressing(zoo, base, jobs, force, skip, as_json)
    run_each(planned, work, output, processes=jobs, label="decompress", quiet=quiet, as_json=as_json)


class _Decompressing:
    """A Work. A container's pictures go to a folder, and have all processors."""

    def __init__(self, zoo: Zoo, base: bool, jobs: int, force: bool, skip: bool, as_json: bool) -> None:
        self._zoo, self._base, self._jobs = zoo, base, jobs
        self._force, self._skip, self._as_json = force, skip, as_json
        self.make: Callable[[Sequence[Job]], list[Made | AecError | None]] = partial(_made, zoo, base, is_verbose())

    def is_there(self, job: Job) -> bool:
        """See Work."""
        many = holds_many(job.source.path)
        target = job.target if many else _picture_of(job)
        if self._skip and is_there(target, many=many):
            return True
        if not many and os.path.exists(target):
            check_target(target, force=self._replaces(target))
        return False

    def _replaces(self, target: str) -> bool:
        return self._force or (self._skip and is_unfinished(target))

    def write(self, job: Job, made: Made) -> None:
        """See Work."""
        check_target(made.target, force=self._replaces(made.target))
        modified = kept_time(job.source.path)
        write_file(made.target, made.data, force=self._replaces(made.target), modified=modified)

    def alone(self, job: Job) -> Done:
        """See Work."""
        file, target, watch = job.source.path, job.target, Watch()
        if target == file:
            raise UsageError(f"{file} has no suffix, and the folder cannot have its name; name another with -o")
        with within_memory(file):
            data = read_bytes(file)
            with about(file):
                decoder = Decoder(data, self._zoo, base=self._base, jobs=self._jobs)
            watch.lap("read")
            with folders_above(target):
                written = write_pictures(file, decoder, target, self._force, quiet=True)
        watch.lap("decompressed and written")
        if is_verbose():
            say(summary(file, target, decoder, None, len(data), written))
            watch.tell(*model_facts(decoder.models))
        if self._as_json:
            emit(record(file, target, decoder, None, len(data), written))
        return Done(len(data), written)

    def tell(self, job: Job, made: Made) -> None:
        """See Work."""
        told: _Told = made.told
        for line in told.lines:
            say(line)
        if self._as_json:
            emit(told.record)


def _made(zoo: Zoo, base: bool, verbose: bool, jobs: Sequence[Job]) -> list[Made | AecError | None]:
    """Make the pictures of ``jobs``; containers of many are left."""
    found: list[Made | AecError | None] = []
    for job in jobs:
        try:
            with within_memory(job.source.path):
                found.append(_picture(job, zoo, base=base, verbose=verbose))
        except AecError as error:
            found.append(error)
    return found


def _picture(job: Job, zoo: Zoo, *, base: bool, verbose: bool) -> Made | None:
    file, target, watch = job.source.path, _picture_of(job), Watch()
    data = read_bytes(file)
    if states_many(data):
        return None
    with about(file):
        decoder = Decoder(data, zoo, base=base)
        watch.lap("read")
        picture = encode_picture(decoder.picture(0), target)
    watch.lap("decompressed")
    lines = [summary(file, target, decoder, None, len(data), len(picture))] if verbose else []
    lines += [watch.line(*model_facts(decoder.models))] if verbose else []
    return Made(target, picture, len(data), _Told(lines, record(file, target, decoder, None, len(data), len(picture))))


def _picture_of(job: Job) -> str:
    """Return where the picture of a file of one goes."""
    return job.target + ".png"
