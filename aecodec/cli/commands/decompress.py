"""``aecodec decompress`` makes pictures of .aec files."""

from __future__ import annotations

import click

from aecodec.cli.plumbing.asked import check_verbose, times_option, verbose_option
from aecodec.cli.plumbing.command import Command
from aecodec.cli.plumbing.given import are_many, complete_file, inputs_given
from aecodec.cli.plumbing.options import (
    check_skip,
    examples,
    force_option,
    jobs_option,
    json_option,
    model_path_option,
    quiet_option,
    skip_option,
)
from aecodec.cli.plumbing.sharding import are_shards, engine_option
from aecodec.cli.tasks.decompress_one import decompress_one
from aecodec.errors import UsageError
from aecodec.files.suffixes import TAKEN
from aecodec.zoo import Zoo

SECTIONS = {
    "Output": ("output", "index", "base", "skip-existing", "force", "no-times"),
    "Inputs": ("filelist", "null", "recursive"),
}


@click.command(
    cls=Command,
    sections=SECTIONS,
    epilog=examples(
        "aecodec decompress digit.aec",
        "aecodec decompress scans.aec -o again/",
        "aecodec decompress scans.aec --index 41 -o 41.pgm",
        "aecodec decompress files/ -o again/ --skip-existing",
        "aecodec decompress s3://out/shards/ -o again/",
        "head -c 20000 scans.aec | aecodec decompress - --base -o rough/",
        "aecodec decompress - -o - < digit.aec > digit.png",
    ),
)
@inputs_given("files", "FILE...", TAKEN)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    shell_complete=complete_file,
    help="The picture to write: its suffix chooses the format, without one it is PNG; or a folder with / at its end, "
    "for FILE's name with .png in it; or the folder, for a container; or - for PNG on standard output. Default: FILE "
    "with .png, or a folder named as FILE without suffix. "
    "Of several FILEs: the folder to write to. Default: each one's own.",
)
@click.option(
    "--index",
    type=click.IntRange(0),
    metavar="N",
    help="Only this picture of a container, counted from 0. Of a large file nothing but its block is read, so its "
    "checksum is not compared; that of the picture's block is.",
)
@click.option(
    "--base",
    is_flag=True,
    help="The lossy pictures of a progressive file's first layer; as much of the file is enough as holds that.",
)
@skip_option
@jobs_option
@engine_option
@force_option
@times_option
@json_option
@quiet_option
@verbose_option
@model_path_option
def decompress(
    files: tuple[str, ...],
    output: str | None,
    index: int | None,
    base: bool,
    skip_existing: bool,
    jobs: int,
    engine_name: str | None,
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

    Shards (a folder that compress --shard-size has made, or URLs of .aec files), and with --engine any files, are done
    several at once, each into a folder of its own.
    """
    check_skip(skip_existing, force)
    check_verbose(quiet)
    if are_shards([*files, *([output] if output else [])], engine_name):
        if index is not None:
            raise UsageError("--index chooses from one file on this machine; of shards all pictures are written")
        from aecodec.cli.tasks.decompress_shards import decompress_shards  # which others need not wait for

        decompress_shards(files, output, engine_name, jobs, model_path, base, force, skip_existing, as_json, quiet)
        return
    if are_many(files):
        if index is not None:
            raise UsageError("--index chooses from one file; decompress the others apart")
        from aecodec.cli.tasks.decompress_each import decompress_each  # which one file need not wait for

        decompress_each(files, output, Zoo(model_path), base, jobs, force, skip_existing, as_json, quiet)
        return
    decompress_one(files[0], output, index, Zoo(model_path), base, jobs, force, skip_existing, as_json, quiet)
