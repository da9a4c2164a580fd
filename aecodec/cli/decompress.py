"""``aecodec decompress``."""

from __future__ import annotations

import os
from contextlib import nullcontext

import click

from aecodec.cli.decompress_each import decompress_each
from aecodec.cli.decompressed import record, write_picture, write_pictures
from aecodec.cli.each import check_skip, skip_option
from aecodec.cli.shared import (
    about,
    arrow,
    check_stdout,
    emit,
    examples,
    force_option,
    inside,
    json_option,
    model_path_option,
    quiet_option,
    say,
)
from aecodec.codec import Decoder
from aecodec.codec.threads import processors
from aecodec.errors import UsageError
from aecodec.files import STDIO, folders_above, is_there, is_unfinished, read_bytes
from aecodec.files.atomic import is_folder_name, shown_output
from aecodec.files.read import shown
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
    help="The picture to write: its suffix chooses the format, without one it is PNG; or a folder with / at its end, "
    "for FILE's name with .png in it; or the folder, for a container; or - for PNG on standard output. Default: FILE "
    "with .png, or a folder named as FILE without suffix. "
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

    Formats: .png .pgm .ppm .pnm .bmp .dib .tif .tiff .webp keep every pixel; .jpg .jpeg .jpe .jfif (quality 95)
    do not.

    A container's pictures go into a folder under their names, with suffixes that cannot hold the
    pixels exactly replaced by .png, and what is longer than file systems take cut; without names they are numbered
    from 000001.png. The
    folder appears when all pictures are decoded. With -f they are added to a folder that is
    not empty, replacing files of the same names, again only when all are decoded. A damaged
    file leaves no output.

    Several FILEs, and a folder that is searched for them, are done one by one, as each would be alone: beside
    themselves, or below -o. What fails is reported, and the exit code is then 1.
    """
    check_skip(skip_existing, force)
    if len(files) > 1 or os.path.isdir(files[0]):
        if index is not None:
            raise UsageError("--index chooses from one file; decompress the others apart")
        decompress_each(files, output, Zoo(model_path), base, force, skip_existing, as_json, quiet)
        return
    file = files[0]
    if output is not None:
        check_stdout(output, as_json)
    data = read_bytes(file)
    with about(file):
        decoder = Decoder(data, Zoo(model_path), base=base, jobs=processors())
    many = decoder.container.header.many and index is None
    below = output is not None and not many and is_folder_name(output)  # a picture in it, and it is made
    if output is not None and below:
        target = inside(output, file, ".png" if index is None else f"-{index}.png")
    else:
        target = output or _default_output(file, many, index)
    if skip_existing and target != STDIO and is_there(target, many=many):
        if not quiet:
            say(f"{shown_output(target)} is there already")
        return
    if many:
        written = write_pictures(file, decoder, target, force, quiet)
    else:
        replace = force or (skip_existing and is_unfinished(target))
        with folders_above(target) if below else nullcontext():
            written = write_picture(file, decoder, index or 0, target, replace, quiet)
    pictures = len(decoder) if many else 1
    model = decoder.model_ids
    if not quiet:
        facts = [f"{pictures} picture{'s' * (pictures != 1)}"] if many else []
        facts += [f"{len(data)} {arrow()} {written} bytes", f"model {model}" if model else "no model"]
        say(f"{shown(file)} {arrow()} {shown_output(target)}: {', '.join(facts)}")
    if as_json:
        emit(record(file, target, decoder, index, len(data), written))


def _default_output(file: str, many: bool, index: int | None) -> str:
    if file == STDIO:
        raise UsageError("standard input has no name to make the output's from; name it with -o")
    stem = os.path.splitext(file)[0]
    if many:
        if stem == file:
            raise UsageError(f"{file} has no suffix, and the folder cannot have its name; name it with -o")
        return stem
    return f"{stem}.png" if index is None else f"{stem}-{index}.png"
