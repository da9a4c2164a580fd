"""``aecodec compress --each`` makes a file of each picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from aecodec.cli.early.memory import is_short
from aecodec.cli.plumbing.asked import Watch, is_verbose, kept_time
from aecodec.cli.plumbing.failures import within_memory
from aecodec.cli.plumbing.inputs import search
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.names import AEC
from aecodec.cli.plumbing.options import check_skip
from aecodec.cli.plumbing.product import emit
from aecodec.cli.tasks.compressed import Far, Notes, fallen_back, far_of, instead, record, summary, warn_of_domain
from aecodec.cli.tasks.each import Done, Job, Made, plan, run_each
from aecodec.codec import Encoded, Options, exact_size
from aecodec.codec.apart import compress_apart
from aecodec.errors import AecError, ModelError
from aecodec.files import Gallery, check_target, is_there, is_unfinished, write_file
from aecodec.files.chunks import in_parts
from aecodec.files.read import shown
from aecodec.files.suffixes import TAKEN
from aecodec.frozen import dataclass
from aecodec.zoo import Zoo

_TRIED = 4  # files of those made together, of which exact ones are tried only to say whether these are no larger
_SAMPLES = 1 << 24  # of pictures that are compressed together, the last included only in part


@dataclass(frozen=True)
class _Told:
    """What is said of a file that was made."""

    lines: list[str]
    record: dict[str, Any]
    far: list[Far]
    larger: str | None
    exact: bool | None
    fell_short: str | None


def compress_each(
    inputs: tuple[str, ...],
    output: str | None,
    options: Options,
    zoo: Zoo,
    force: bool,
    skip: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a file for each picture, of the bytes that it would have alone. Without its model none can be done."""
    check_skip(skip, force)
    jobs = plan(search(inputs, TAKEN, "pictures", quiet=quiet), output, AEC)
    alone = replace(options, jobs=max(1, options.jobs // max(1, len(jobs))))  # of what one process makes
    work = _Compressing(alone, zoo, force, skip, as_json, quiet)
    try:
        run_each(
            jobs,
            work,
            output,
            processes=options.jobs,
            label="compress",
            quiet=quiet,
            as_json=as_json,
            ends=(ModelError,),
        )
    finally:
        work.end(len(jobs))


class _Compressing:
    """A Work."""

    def __init__(self, options: Options, zoo: Zoo, force: bool, skip: bool, as_json: bool, quiet: bool) -> None:
        self._force, self._skip, self._as_json, self._quiet = force, skip, as_json, quiet
        self._far: list[Far] = []
        self._notes = Notes()
        self.make: Callable[[Sequence[Job]], list[Made | AecError | None]] = partial(
            _made, options, zoo, is_verbose(), quiet
        )

    def is_there(self, job: Job) -> bool:
        """See Work."""
        if self._skip and is_there(job.target, many=False):
            return True
        if os.path.exists(job.target):
            check_target(job.target, force=self._replaces(job))
        return False

    def _replaces(self, job: Job) -> bool:
        return self._force or (self._skip and is_unfinished(job.target))

    def write(self, job: Job, made: Made) -> None:
        """See Work."""
        write_file(job.target, made.data, force=self._replaces(job), modified=kept_time(job.source.path))

    def alone(self, job: Job) -> Done:
        """See Work: no job asks for it."""
        raise NotImplementedError

    def tell(self, job: Job, made: Made) -> None:
        """See Work."""
        told: _Told = made.told
        for line in told.lines if not self._quiet else ():
            say(line)
        self._far += told.far
        self._notes.add(job.source.path, told.larger, told.exact, told.fell_short)
        if self._as_json:
            emit(told.record)

    def end(self, count: int) -> None:
        """Say what there is to say of ``count`` files together."""
        if not self._quiet:
            warn_of_domain(self._far, count)
            self._notes.show(count)


def _made(options: Options, zoo: Zoo, verbose: bool, quiet: bool, jobs: Sequence[Job]) -> list[Made | AecError | None]:
    """Make the files of ``jobs``, as many of these together as fit into a bounded memory."""
    found: list[Made | AecError | None] = []
    watch = Watch()
    for read in in_parts(map(_read, jobs), lambda each: each.samples, _SAMPLES):
        watch.lap("read")
        coded = _coded(read, options, zoo)
        watch.lap("compressed")
        for number, ((job, gallery, _), result) in enumerate(zip(read, coded, strict=True)):
            if isinstance(gallery, AecError):
                found.append(gallery)
                continue
            if isinstance(result, AecError):
                found.append(_named(job, result))
                continue
            told = _told(job, gallery, result, options, verbose=verbose)
            if not quiet and number < _TRIED:
                size = exact_size(result, gallery, options, zoo, many=False, names=None)
                told = replace(told, exact=size is not None)
            if verbose:
                told.lines.append(watch.line(*model_facts(result.models)))
            found.append(Made(job.target, result.data, gallery.input_bytes, told))
    return found


def _named(job: Job, error: AecError) -> AecError:
    """Name the picture in an error that does not; a model's is about all of them."""
    name = shown(job.source.path)
    if isinstance(error, ModelError) or str(error).startswith(name):
        return error
    return type(error)(f"{name}: ", *error.args)


class _Read(NamedTuple):
    """A picture that was read, or the error; and how many samples it has."""

    job: Job
    gallery: Gallery | AecError
    samples: int = 0


def _read(job: Job) -> _Read:
    """Read the picture of ``job``."""
    gallery = Gallery([job.source])
    try:
        with within_memory(job.source.path):
            errors = gallery.survey()
            if errors:
                raise errors[0]
            return _Read(job, gallery, gallery[0].size)
    except AecError as error:
        return _Read(job, error)


def _coded(read: Sequence[_Read], options: Options, zoo: Zoo) -> list[Encoded | AecError]:
    """Compress what could be read: together, or one by one where memory is short."""
    pictures = [gallery[0] for _, gallery, _ in read if isinstance(gallery, Gallery)]
    try:
        coded = iter(compress_apart(pictures, options, zoo))
    except Exception as error:
        if not is_short(error):
            raise
        return [_coded_alone(job, gallery, options, zoo) for job, gallery, _ in read]
    return [gallery if isinstance(gallery, AecError) else next(coded) for _, gallery, _ in read]


def _coded_alone(job: Job, gallery: Gallery | AecError, options: Options, zoo: Zoo) -> Encoded | AecError:
    if isinstance(gallery, AecError):
        return gallery
    try:
        with within_memory(job.source.path):
            return compress_apart([gallery[0]], options, zoo)[0]
    except AecError as error:
        return error


def _told(job: Job, gallery: Gallery, result: Encoded, options: Options, *, verbose: bool) -> _Told:
    said = [summary((job.source.path,), job.target, gallery, result)] if verbose else []
    note = fallen_back(result)
    lines = [
        *said,
        *([] if note is None else [f"{note} for {job.source.path}"]),
        *(f"aecodec: warning: {remark}" for remark in gallery.remarks),
    ]
    larger = instead(result, options) if len(result.data) > gallery.input_bytes else None
    short = None if result.fell_short is None else result.fell_short.id
    facts = record((job.source.path,), job.target, gallery, result, 0)
    return _Told(lines, facts, far_of(gallery, result), larger, None, short)
