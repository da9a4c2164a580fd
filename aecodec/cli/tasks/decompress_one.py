"""``aecodec decompress`` of one file writes its pictures."""

from __future__ import annotations

import os
from contextlib import nullcontext

from aecodec.cli.plumbing.asked import Watch
from aecodec.cli.plumbing.failures import about
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.names import inside
from aecodec.cli.plumbing.product import check_stdout, emit
from aecodec.cli.tasks.decompressed import record, summary, write_picture, write_pictures
from aecodec.codec import Decoder
from aecodec.errors import UsageError
from aecodec.files import STDIO, folders_above, is_there, is_unfinished, lazy_bytes, read_bytes
from aecodec.files.atomic import is_folder_name, shown_output
from aecodec.zoo import Zoo


def decompress_one(
    file: str,
    output: str | None,
    index: int | None,
    zoo: Zoo,
    base: bool,
    jobs: int,
    force: bool,
    skip: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the pictures of ``file``, or the one at ``index``, to ``output``; None for a name made of the file's."""
    if output is not None:
        check_stdout(output, as_json)
    watch = Watch()
    data = read_bytes(file) if index is None else lazy_bytes(file)
    with about(file):
        decoder = Decoder(data, zoo, base=base, jobs=jobs)
    watch.lap("read")
    many = decoder.container.header.many and index is None
    below = output is not None and not many and is_folder_name(output)  # a picture in it, and it is made
    if output is not None and below:
        target = inside(output, file, ".png" if index is None else f"-{index}.png")
    else:
        target = output or _default_output(file, many, index)
    if skip and target != STDIO and is_there(target, many=many):
        if not quiet:
            say(f"{shown_output(target)} is there already")
        return
    if many:
        written = write_pictures(file, decoder, target, force, quiet)
    else:
        replace = force or (skip and is_unfinished(target))
        with folders_above(target) if below else nullcontext():
            written = write_picture(file, decoder, index or 0, target, replace, quiet)
    watch.lap("decompressed and written")
    if not quiet:
        say(summary(file, target, decoder, index, len(data), written))
        watch.tell(*model_facts(decoder.models))
    if as_json:
        emit(record(file, target, decoder, index, len(data), written))


def _default_output(file: str, many: bool, index: int | None) -> str:
    if file == STDIO:
        raise UsageError("standard input has no name that the output could have; name it with -o")
    stem = os.path.splitext(file)[0]
    if many:
        if stem == file:
            raise UsageError(f"{file} has no suffix, so the folder would have the same name; name it with -o")
        return stem
    return f"{stem}.png" if index is None else f"{stem}-{index}.png"
