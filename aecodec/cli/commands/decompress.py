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
    help="The picture to write. Its suffix chooses the format; without a suffix it is PNG. A name that ends in / is a "
    "folder, in which the picture has FILE's name with .png. For a container it is the folder to write. - is PNG on "
    "standard output. Default: FILE's name with .png, or for a container the folder of FILE's name without suffix. For "
    "several FILEs: the folder to write to; default: that of each FILE.",
)
@click.option(
    "--index",
    type=click.IntRange(0),
    metavar="N",
    help="Write only this picture of a container, counted from 0. aecodec info --json lists the names in that "
    "order. Of a large file only the picture's block is read and checked, not the checksum of the whole file.",
)
@click.option(
    "--base",
    is_flag=True,
    help="Write the lossy pictures of a progressive file's first layer. The beginning of the file is enough for that.",
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

    These formats keep every pixel: .png .pgm .ppm .pnm .bmp .dib .tif .tiff .webp. These do not: .jpg .jpeg .jpe .jfif
    (quality 95).

    The pictures of a container go into a folder, under their names. A suffix becomes .png if its format cannot hold the
    pixels exactly. A name that is too long for file systems is cut. Pictures without names are numbered from
    000001.png.

    The folder appears when all pictures are decoded. A damaged file leaves no output. With -f, pictures are added to a
    folder that is not empty, and replace files of the same names; again only when all are decoded.

    Several FILEs, or a folder that is searched for them, are done one by one. Each is written beside its FILE, or below
    -o. A FILE that fails is reported, and the exit code is then 1.

    Shards are done several at once, each into a folder of its own. Shards are a folder that compress --shard-size has
    made, or URLs of .aec files; with --engine, any files.
    """
    check_skip(skip_existing, force)
    check_verbose(quiet)
    if are_shards([*files, *([output] if output else [])], engine_name):
        if index is not None:
            raise UsageError("--index is for one file on this machine; of shards, all pictures are written")
        from aecodec.cli.tasks.decompress_shards import decompress_shards  # which others need not wait for

        decompress_shards(files, output, engine_name, jobs, model_path, base, force, skip_existing, as_json, quiet)
        return
    if are_many(files):
        if index is not None:
            raise UsageError("--index is for one file; decompress the others separately")
        from aecodec.cli.tasks.decompress_each import decompress_each  # which one file need not wait for

        decompress_each(files, output, Zoo(model_path), base, jobs, force, skip_existing, as_json, quiet)
        return
    decompress_one(files[0], output, index, Zoo(model_path), base, jobs, force, skip_existing, as_json, quiet)
