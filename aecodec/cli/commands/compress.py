"""``aecodec compress`` makes .aec files of pictures."""

from __future__ import annotations

from typing import Any

import click

from aecodec.cli.plumbing.asked import check_verbose, times_option, verbose_option
from aecodec.cli.plumbing.command import Command
from aecodec.cli.plumbing.given import are_many, complete_file, inputs_given
from aecodec.cli.plumbing.models import complete_model
from aecodec.cli.plumbing.names import AEC, inside
from aecodec.cli.plumbing.options import (
    examples,
    force_option,
    jobs_option,
    json_option,
    model_path_option,
    quiet_option,
    skip_option,
)
from aecodec.cli.plumbing.sharding import engine_option
from aecodec.cli.tasks.compress_one import compress_one, default_output
from aecodec.codec import Options
from aecodec.codec.options import DEFAULT_EFFORT, DEFAULT_LATENT_DIM, PROGRESSIVE_LATENT_DIM
from aecodec.container.header import MAX_BLOCK_PICTURES
from aecodec.errors import UsageError
from aecodec.files import folders_above
from aecodec.files.atomic import is_folder_name
from aecodec.kinds.protocol import DEFAULT_QUALITY
from aecodec.limits import BLOCK_SHARE, BLOCK_SHARE_EXACT, GROUP_TILES, MAX_EFFORT, MAX_PICTURES
from aecodec.lossy.quality import BEST
from aecodec.shards.names import DEFAULT_FORM, FORMS
from aecodec.zoo import Zoo

SECTIONS = {
    "Output": ("output", "each", "skip-existing", "force", "no-times"),
    "Inputs": ("frames", "filelist", "null", "recursive"),
    "Quality and size": ("quality", "lossless", "progressive", "min-psnr", "max-mse", "max-bytes"),
    "Shards": ("shard-size", "engine", "manifest"),
    "Models and work": ("effort", "model", "latent-dim", "model-path", "block-pictures", "jobs"),
}


@click.command(
    cls=Command,
    sections=SECTIONS,
    epilog=examples(
        "aecodec compress photo.jpg",
        "aecodec compress photo.jpg --quality 30",
        "aecodec compress scans/ -o scans.aec --min-psnr 25",
        "aecodec compress a.png b.png -o both.aec --lossless",
        "aecodec compress scan.tiff --frames",
        "aecodec compress scans/ --each -o files/ --skip-existing",
        "aecodec compress 'scans/**/*.png' -o scans.aec",
        "find . -name '*.png' -print0 | aecodec compress --filelist - -o all.aec",
        "aecodec compress scans/ -o scans.aec --lossless --progressive",
        "aecodec compress 's3://in/{0000..0999}.tar' -o s3://out/ --shard-size 10000 --lossless",
        "convert in.gif png:- | aecodec compress - -o - > out.aec",
    ),
)
@inputs_given("inputs", "IN...", (AEC,))
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    shell_complete=complete_file,
    help="The .aec file to write; or a folder with / at its end, for one picture's name with .aec in it; or - for "
    "standard output. Default: the input's name with .aec, for one input file. "
    "With --each: the folder to write to. Default: each file's own.",
)
@click.option("--each", "one_by_one", is_flag=True, help="A file for each picture, and no container.")
@skip_option
@click.option(
    "--frames",
    is_flag=True,
    help="Take all pages of a TIFF and all frames of a GIF, an animated PNG or WebP, each as a picture of a container: "
    "scan/0001.png and so on. Files of one picture are taken as ever.",
)
@click.option(
    "--latent-dim",
    type=click.IntRange(1),
    metavar="N",
    help=f"Latent dimension of a model of one collection: more keeps more. Shipped, of MNIST: 8, 16, 32, 64, 128, 256, "
    f"784. Default: {DEFAULT_LATENT_DIM} for pictures that it knows, else the general model, for any picture (with "
    "--lossless: a model for exact pixels; with --progressive, whose first layer it is for: "
    f"{PROGRESSIVE_LATENT_DIM}).",
)
@click.option(
    "--model", metavar="ID", help="A model's id or file, instead of --latent-dim.", shell_complete=complete_model
)
@click.option("--lossless", is_flag=True, help="Keep every pixel.")
@click.option(
    "--progressive",
    is_flag=True,
    help="With --lossless: two layers, of which the first alone decodes to lossy pictures (decompress --base).",
)
@click.option(
    "--quality",
    type=click.IntRange(0, BEST),
    metavar=f"0..{BEST}",
    help=f"0 gives the smallest file, {BEST} the best picture. Default: {DEFAULT_QUALITY} with the general "
    f"model, that of your own model with it, else {BEST}. Not with --lossless or a bound.",
)
@click.option(
    "--effort",
    type=click.IntRange(0, MAX_EFFORT),
    metavar=f"0..{MAX_EFFORT}",
    help=f"How long to search for a smaller file: 0 is the quickest, {MAX_EFFORT} the slowest. With --lossless 0 is "
    "four times as quick, and 7 to 9 try photographs mirrored, transposed and with their colours in other orders, ten "
    f"times as slowly. Default: {DEFAULT_EFFORT}.",
)
@click.option(
    "--max-mse",
    type=float,
    metavar="X",
    help="The same bound as a mean squared error, samples in 0..1, above 0.",
)
@click.option(
    "--min-psnr",
    type=float,
    metavar="DB",
    help="Least PSNR of any picture, over what can be seen: the smallest file found that keeps to it, an exact one "
    "where that is no larger.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    metavar="N",
    help="Largest size of the output: the file of least error found that fits, an exact one where that does.",
)
@jobs_option
@click.option(
    "--block-pictures",
    type=click.IntRange(1, MAX_BLOCK_PICTURES),
    metavar="N",
    help="At most so many pictures of a container are coded together. For one of them all of its block are decoded: "
    "fewer make that quicker, and the file larger. Default: by model and size, for digits "
    f"{GROUP_TILES // BLOCK_SHARE}, with --lossless {GROUP_TILES // BLOCK_SHARE_EXACT}.",
)
@click.option(
    "--shard-size",
    type=click.IntRange(1, MAX_PICTURES),
    metavar="N",
    help="Many containers of N pictures each, in the folder OUT. IN may then be tar files, quoted patterns, and URLs.",
)
@engine_option
@click.option(
    "--manifest",
    type=click.Choice(FORMS),
    help="With --shard-size: the table of all pictures. Default: parquet, which needs pyarrow.",
)
@force_option
@times_option
@json_option
@quiet_option
@verbose_option
@model_path_option
def compress(
    inputs: tuple[str, ...],
    output: str | None,
    one_by_one: bool,
    skip_existing: bool,
    frames: bool,
    shard_size: int | None,
    engine_name: str | None,
    manifest: str | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    model_path: tuple[str, ...],
    **chosen: Any,
) -> None:
    """Compress pictures into one .aec file.

    IN is a picture (PNG, JPEG, WebP, BMP, TIFF, PGM, PPM), a folder that is searched for them, or - for
    standard input. One picture makes a file of one; several, or a folder, make a container
    that keeps their names. A picture that cannot be read, or whose name cannot be kept or is another's, is
    reported and left out; the exit code is then 1. What else a folder holds is passed over, and counted in a line.

    With --frames a file of several frames or pages is as many pictures: pages of a TIFF as they are, frames as a
    viewer shows them, the whole canvas with alpha. How long each is shown is not kept. A damaged page costs itself, a
    damaged frame also those behind it, which build on it.

    With --each every picture becomes a file of its own, as if it were given alone, with .aec in place of its suffix
    and with its time of modification: beside it, or below -o under its path in the folder given. Of two that would
    have one output the first is done. --skip-existing needs --each.

    Pictures of any size and colour have the general model; those of the size of a collection's own have that
    collection's, if it knows them. Drawings (icons, screenshots, plots, text) are coded pixel by pixel instead, some
    altered, where that costs less at the same quality, unless --model is given or --effort is 0. Instead of either an
    exact file is written where that is no larger, unless --model or --quality is given.

    With a bound on error or size the quality is chosen, and with neither --latent-dim nor --model the model,
    too, or exact coding where that is better; that takes a dozen attempts or so, and the time of as many. A model
    that is named and does not reach a bound on error gives way to the others, and these to an exact file; a line
    says so.

    With --shard-size the pictures, sorted, are cut into shards of that many, 000000.aec and so on,
    and beside each is a .json that says what is in it, of which pictures, which failed, and its SHA-256; at last a
    manifest has a row for every picture. Bounds are for each shard. The same command again does what is missing; -f
    replaces what another one has left. IN may be URLs (with the extra aecodec[remote]), patterns such as
    'data/{0000..0999}.tar', and tar files, whose pictures are named 0000/cat.png.
    """
    check_verbose(quiet)
    if frames and (one_by_one or shard_size is not None):
        raise UsageError("--frames makes one container: it excludes --each and --shard-size")
    if shard_size is not None:
        if one_by_one or skip_existing:
            raise UsageError("--shard-size excludes --each and --skip-existing: what is there is left out anyway")
        from aecodec.cli.tasks.compress_shards import compress_shards  # which others need not wait for

        form = manifest or DEFAULT_FORM
        options = Options(**chosen)
        compress_shards(inputs, output, shard_size, engine_name, form, options, model_path, force, as_json, quiet)
        return
    if engine_name is not None or manifest is not None:
        raise UsageError("--engine and --manifest are for shards: add --shard-size")
    if one_by_one:
        from aecodec.cli.tasks.compress_each import compress_each  # which one file need not wait for

        compress_each(inputs, output, Options(**chosen), Zoo(model_path), force, skip_existing, as_json, quiet)
        return
    if skip_existing:
        raise UsageError("--skip-existing is for pictures one by one: add --each")
    many = are_many(inputs)
    options = Options(**chosen)
    if output is None or many or not is_folder_name(output):
        target = output or default_output(inputs[0], many)
        compress_one(inputs, target, many or frames, options, Zoo(model_path), force, as_json, quiet, frames)
        return
    target = inside(output, inputs[0], AEC)
    with folders_above(target):
        compress_one(inputs, target, many or frames, options, Zoo(model_path), force, as_json, quiet, frames)
