"""``aecodec decompress``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click

from aecodec.cli.each import Done, Job, plan, run_each, skip_option
from aecodec.cli.shared import (
    about,
    arrow,
    check_apart,
    check_stdout,
    emit,
    examples,
    force_option,
    json_option,
    model_path_option,
    progress_bar,
    quiet_option,
    say,
)
from aecodec.codec import Decoder
from aecodec.errors import UsageError
from aecodec.files import (
    STDIO,
    check_folder,
    check_target,
    encode_picture,
    find_files,
    folders_above,
    format_of,
    is_filled,
    numbered_names,
    picture_names,
    read_bytes,
    write_file,
    write_folder,
)
from aecodec.files.atomic import shown_output
from aecodec.files.read import shown
from aecodec.files.save import FORMATS
from aecodec.zoo import Zoo


@click.command(
    epilog=examples(
        "aecodec decompress digit.aec",
        "aecodec decompress scans.aec -o again/",
        "aecodec decompress scans.aec --index 41 -o 41.pgm",
        "aecodec decompress files/ -o again/ --skip-existing",
        "head -c 20000 scans.aec | aecodec decompress - --base -o rough/",
        "aecodec decompress - -o - < digit.aec > digit.png",
    )
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="The picture to write, its suffix chooses the format; or the folder, for a container; or - for "
    "PNG on standard output. Default: FILE with .png, or a folder named as FILE without suffix. "
    "Of several FILEs: the folder to write to. Default: each one's own.",
)
@click.option("--index", type=click.IntRange(0), metavar="N", help="Only this picture of a container, counted from 0.")
@click.option(
    "--base",
    is_flag=True,
    help="The lossy pictures of a progressive file's first layer; as much of the file is enough as holds that.",
)
@skip_option
@force_option
@json_option
@quiet_option
@model_path_option
def decompress(
    files: tuple[str, ...],
    output: str | None,
    index: int | None,
    base: bool,
    skip_existing: bool,
    force: bool,
    as_json: bool,
    quiet: bool,
    model_path: tuple[str, ...],
) -> None:
    """Turn .aec files, or - for standard input, back into pictures.

    Formats: .png .pgm .ppm .pnm .bmp .tif .tiff .webp keep every pixel; .jpg .jpeg (quality 95)
    do not.

    A container's pictures go into a folder under their names, with suffixes that cannot hold the
    pixels exactly replaced by .png; without names they are numbered from 000001.png. The
    folder appears when all pictures are decoded. With -f they are added to a folder that is
    not empty, replacing files of the same names, again only when all are decoded. A damaged
    file leaves no output.

    Several FILEs, and a folder that is searched for them, are done one by one, as each would be alone: beside
    themselves, or below -o. What fails is reported, and the exit code is then 1.
    """
    if len(files) > 1 or os.path.isdir(files[0]) or skip_existing:
        if index is not None:
            raise UsageError("--index chooses from one file; decompress the others apart")
        _each(files, output, Zoo(model_path), base, force, skip_existing, as_json, quiet)
        return
    file = files[0]
    if output is not None:
        check_stdout(output, as_json)
    data = read_bytes(file)
    with about(file):
        decoder = Decoder(data, Zoo(model_path), base=base)
    many = decoder.container.header.many and index is None
    target = output or _default_output(file, many, index)
    if many:
        written = _write_many(file, decoder, target, force, quiet)
    else:
        written = _write_one(file, decoder, index or 0, target, force, quiet)
    pictures = len(decoder) if many else 1
    model = decoder.model_ids
    if not quiet:
        facts = [f"{pictures} picture{'s' * (pictures != 1)}"] if many else []
        facts += [f"{len(data)} {arrow()} {written} bytes", f"model {model}" if model else "no model"]
        say(f"{shown(file)} {arrow()} {shown_output(target)}: {', '.join(facts)}")
    if as_json:
        emit(_record(file, target, decoder, index, len(data), written))


def _each(
    files: tuple[str, ...],
    output: str | None,
    zoo: Zoo,
    base: bool,
    force: bool,
    skip: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    def work(job: Job) -> Done | None:
        file, target = job.source.path, job.target
        data = read_bytes(file)
        with about(file):
            decoder = Decoder(data, zoo, base=base)
        if not decoder.container.header.many:
            target += ".png"
        elif target == file:
            raise UsageError(f"{file} has no suffix, and the folder cannot have its name; name another with -o")
        if skip and (os.path.isfile(target) or is_filled(target)):
            return None
        with folders_above(target):
            if decoder.container.header.many:
                written = _write_many(file, decoder, target, force, quiet=True)
            else:
                written = _write_one(file, decoder, 0, target, force, quiet=True)
        if as_json:
            emit(_record(file, target, decoder, None, len(data), written))
        return Done(len(data), written)

    if skip and force:
        raise UsageError("--skip-existing and -f contradict one another; drop one")
    jobs = plan(find_files(files, (".aec",), ".aec files"), output, "")
    run_each(jobs, work, output, label="decompress", quiet=quiet, as_json=as_json)


def _record(file: str, target: str, decoder: Decoder, index: int | None, size: int, written: int) -> dict[str, Any]:
    many = decoder.container.header.many and index is None
    return {
        "input": file,
        "output": target,
        "pictures": len(decoder) if many else 1,
        "index": index,
        "bytes": size,
        "output_bytes": written,
        "model": decoder.model_ids,
        "lossless": decoder.is_exact,
    }


def _default_output(file: str, many: bool, index: int | None) -> str:
    if file == STDIO:
        raise UsageError("standard input has no name to make the output's from; name it with -o")
    stem = os.path.splitext(file)[0]
    if many:
        if stem == file:
            raise UsageError(f"{file} has no suffix, and the folder cannot have its name; name it with -o")
        return stem
    return f"{stem}.png" if index is None else f"{stem}-{index}.png"


def _channels(decoder: Decoder, index: int) -> int:
    """The channel count of a picture; a model's native pictures are grey."""
    shapes = decoder.container.header.shapes
    return shapes[index].channels if shapes else 1


def _names(decoder: Decoder) -> Iterable[str]:
    """The files of a container's pictures."""
    stored = decoder.container.header.names
    if stored is None:
        return numbered_names(len(decoder))
    return picture_names(stored, [_channels(decoder, index) for index in range(len(decoder))])


def _write_one(file: str, decoder: Decoder, index: int, target: str, force: bool, quiet: bool) -> int:
    form = format_of(target)
    check_target(target, force=force)
    check_apart(target, [file])
    if index < len(decoder):
        form.check(_channels(decoder, index), target)
    with about(file):
        picture = decoder.picture(index)
    data = encode_picture(picture, target)
    write_file(target, data, force=force)
    if not form.exact and not quiet:
        say(f"aecodec: warning: {form.name} changes pixels; for those that {target} should have, use .png")
    return len(data)


def _write_many(file: str, decoder: Decoder, target: str, force: bool, quiet: bool) -> int:
    count = len(decoder)
    if target == STDIO or (os.path.splitext(target)[1].lower() in FORMATS and not os.path.isdir(target)):
        raise UsageError(f"a container of {count} needs a folder, not {target}; or choose one with --index")
    check_folder(target, force=force)
    with progress_bar(count, "decompress", quiet) as progress:
        return write_folder(target, _files(file, _names(decoder), decoder, progress), force=force)


def _files(
    file: str, names: Iterable[str], decoder: Decoder, progress: Callable[[int], None] | None
) -> Iterator[tuple[str, bytes]]:
    with about(file):
        for done, (name, picture) in enumerate(zip(names, decoder, strict=True), 1):
            yield name, encode_picture(picture, name)
            if progress:
                progress(done)
