"""``aecodec compress`` makes one file of all pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from aecodec.cli.plumbing.asked import Watch, kept_time
from aecodec.cli.plumbing.failures import BATCH_FAILED, complain
from aecodec.cli.plumbing.inputs import search
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.names import AEC, check_apart
from aecodec.cli.plumbing.product import check_stdout, emit
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.cli.tasks.compressed import (
    fallen_back,
    far_of,
    note_exact,
    note_larger,
    record,
    summary,
    warn_of_domain,
    warn_of_files,
)
from aecodec.codec import Options, compress_all, exact_size
from aecodec.codec.workers import workers
from aecodec.container.names import is_safe_name, why_unsafe
from aecodec.errors import UnsupportedError, UsageError
from aecodec.files import STDIO, Gallery, Source, apart, check_target, is_picture_name, write_file
from aecodec.files.read import shown
from aecodec.files.suffixes import TAKEN, WITH_FRAMES
from aecodec.zoo import Zoo


def compress_one(
    inputs: tuple[str, ...],
    target: str,
    many: bool,
    options: Options,
    zoo: Zoo,
    force: bool,
    as_json: bool,
    quiet: bool,
    frames: bool = False,
) -> None:
    """Compress all ``inputs`` into the file ``target``; ``frames``: of each file all frames or pages."""
    check_stdout(target, as_json)
    if is_picture_name(target):
        raise UsageError(f"{target} has the suffix of a picture, but the output is none; give it the suffix {AEC}")
    check_target(target, force=force)
    sources = apart(search(inputs, WITH_FRAMES if frames else TAKEN, "pictures", quiet=quiet))
    check_apart(target, [source.path for source in sources])
    watch = Watch()
    gallery = Gallery(_with_safe_names(sources) if many else sources, frames=frames)
    with workers(options.jobs, None if frames else len(sources)) as engine:
        errors = gallery.survey(engine)
        if errors and not many:
            raise errors[0]
        for error in errors:
            complain(error)
        if not len(gallery):
            say("aecodec: error: none of the pictures could be read; nothing is written")
            raise click.exceptions.Exit(BATCH_FAILED)
        watch.lap("read")
        names = [source.name for source in gallery.sources] if many else None
        with _named_if_deep(gallery), progress_bar(len(gallery), "compress", quiet) as progress:
            result = compress_all(gallery, options, zoo, many=many, names=names, progress=progress, engine=engine)
    watch.lap("compressed")
    write_file(target, result.data, force=force, modified=None if many else kept_time(inputs[0]))
    watch.lap("written")
    if not quiet:
        say(summary(inputs, target, gallery, result))
        note = fallen_back(result)
        if note is not None:
            say(note)
        watch.tell(*model_facts(result.models))
        warn_of_files(gallery)
        warn_of_domain(far_of(gallery, result), len(gallery))
        note_larger(gallery, result, options)
        note_exact(exact_size(result, gallery, options, zoo, many=many, names=names))
    if as_json:
        emit(record(inputs, target, gallery, result, len(errors)))
    if errors:
        raise click.exceptions.Exit(BATCH_FAILED)


@contextmanager
def _named_if_deep(gallery: Gallery) -> Iterator[None]:
    """Name a picture of 16 bits, where one cannot be kept: it may be one of many."""
    try:
        yield
    except UnsupportedError as error:
        if not gallery.deep:
            raise
        raise UnsupportedError(f"{shown(gallery.deep[0])}: ", *error.args) from error


def default_output(entry: str, many: bool) -> str:
    if many or entry == STDIO:
        raise UsageError("several pictures, a folder or standard input need an output: name it with -o, or use --each")
    target = os.path.splitext(entry)[0] + AEC
    if target == entry:
        raise UsageError(f"{entry} has the name that the output would have; name the output with -o")
    return target


def _with_safe_names(sources: list[Source]) -> list[Source]:
    """Return ``sources``, with an error for each that no container can name; reading tells of one that is not there."""
    return [
        source
        if source.error is not None or is_safe_name(source.name) or not os.path.exists(source.path)
        else replace(source, error=_unsafe(source))
        for source in sources
    ]


def _unsafe(source: Source) -> UsageError:
    return UsageError(
        f"{source.path!r} cannot be named in a container, which must unpack on any system: "
        f"{why_unsafe(source.name)}; rename it"
    )
