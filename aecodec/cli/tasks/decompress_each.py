"""``aecodec decompress`` of several files makes a picture of each, or a folder of pictures."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from aecodec.arrays import Picture
from aecodec.cli.early.memory import is_short
from aecodec.cli.plumbing.asked import Watch, is_verbose, kept_time
from aecodec.cli.plumbing.chunks import holds_many
from aecodec.cli.plumbing.failures import about, within_memory
from aecodec.cli.plumbing.inputs import search
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.names import AEC
from aecodec.cli.plumbing.options import check_skip
from aecodec.cli.plumbing.product import emit
from aecodec.cli.tasks.decompressed import record, summary, write_pictures
from aecodec.cli.tasks.each import Done, Job, Made, plan, run_each
from aecodec.codec import Decoder
from aecodec.codec.apart import decompress_apart
from aecodec.container import states_many
from aecodec.errors import AecError, UsageError
from aecodec.files import check_target, encode_picture, folders_above, is_there, is_unfinished, read_bytes, write_file
from aecodec.files.chunks import in_parts
from aecodec.files.read import shown
from aecodec.frozen import dataclass
from aecodec.zoo import Zoo

_SAMPLES = 1 << 24  # of pictures that are decompressed together, the last included only in part


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
            raise UsageError(f"{file} has no suffix, so the folder would have the same name; name another with -o")
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
    """Make the pictures of ``jobs``, as many together as fit into a bounded memory; containers of many are left."""
    found: list[Made | AecError | None] = []
    watch = Watch()
    for read in in_parts(map(partial(_read, zoo, base), jobs), lambda each: each.samples, _SAMPLES):
        watch.lap("read")
        pictures = iter(_decoded(read))
        watch.lap("decompressed")
        for job, decoder, _ in read:
            if not isinstance(decoder, Decoder):
                found.append(decoder)
                continue
            picture = next(pictures)
            made = picture if isinstance(picture, AecError) else _encoded(job, decoder, picture)
            if verbose and isinstance(made, Made):
                made.told.lines.append(_summary(job, made, decoder))
                made.told.lines.append(watch.line(*model_facts(decoder.models)))
            found.append(made)
    return found


class _Read(NamedTuple):
    """A file that was read, None for a container, or the error; and how many samples its picture has."""

    job: Job
    decoder: Decoder | AecError | None
    samples: int = 0


def _read(zoo: Zoo, base: bool, job: Job) -> _Read:
    """Read the file of ``job``."""
    try:
        with within_memory(job.source.path):
            decoder = _decoder(job.source.path, zoo, base=base)
            return _Read(job, decoder, 0 if decoder is None else math.prod(decoder.shapes[0].of_array))
    except AecError as error:
        return _Read(job, error)


def _decoder(file: str, zoo: Zoo, *, base: bool) -> Decoder | None:
    data = read_bytes(file)
    if states_many(data):
        return None
    with about(file):
        return Decoder(data, zoo, base=base)


def _decoded(read: Sequence[_Read]) -> Iterator[Picture | AecError]:
    """Decode what could be read: together, or one by one where memory is short. Errors name the file."""
    some = [(job.source.path, decoder) for job, decoder, _ in read if isinstance(decoder, Decoder)]
    try:
        yield from _named(some, decompress_apart([decoder for _, decoder in some]))
    except Exception as error:
        if not is_short(error):
            raise
        for file, decoder in some:
            try:
                with within_memory(file):
                    yield from _named([(file, decoder)], decompress_apart([decoder]))
            except AecError as short:
                yield short


def _named(some: Sequence[tuple[str, Decoder]], found: Sequence[Picture | AecError]) -> list[Picture | AecError]:
    return [
        type(each)(f"{shown(file)}: ", *each.args) if isinstance(each, AecError) else each
        for (file, _), each in zip(some, found, strict=True)
    ]


def _encoded(job: Job, decoder: Decoder, picture: Picture) -> Made | AecError:
    file, target, size = job.source.path, _picture_of(job), len(decoder.container.data)
    try:
        with within_memory(file):
            data = encode_picture(picture, target)
    except AecError as error:
        return error
    return Made(target, data, size, _Told([], record(file, target, decoder, None, size, len(data))))


def _summary(job: Job, made: Made, decoder: Decoder) -> str:
    return summary(job.source.path, made.target, decoder, None, made.input_bytes, len(made.data))


def _picture_of(job: Job) -> str:
    """Return where the picture of a file of one goes."""
    return job.target + ".png"
