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
    "Quality and size": ("quality", "lossless", "progressive", "for", "min-psnr", "max-mse", "max-bytes"),
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
    help="The .aec file to write. A name that ends in / is a folder, in which the file has the picture's name. - is "
    "standard output. Default, for one input: its name with .aec. With --each: the folder to write to; default: that "
    "of each picture.",
)
@click.option("--each", "one_by_one", is_flag=True, help="Write a file for each picture, not one container.")
@skip_option
@click.option(
    "--frames",
    is_flag=True,
    help="Take all pages of a TIFF and all frames of a GIF, an animated PNG or an animated WebP. Each becomes a "
    "picture of a container, named scan/0001.png and so on.",
)
@click.option(
    "--latent-dim",
    type=click.IntRange(1),
    metavar="N",
    help=f"Choose a model of one collection by its latent dimension: a larger one keeps more. For MNIST digits 8, 16, "
    f"32, 64, 128, 256 and 784 come with aecodec. Default: {DEFAULT_LATENT_DIM} for pictures that it knows, else the "
    "general model. With --lossless the default is a model for exact pixels, with --progressive it is "
    f"{PROGRESSIVE_LATENT_DIM} for the first layer.",
)
@click.option("--model", metavar="ID", help="Choose a model by its id or file.", shell_complete=complete_model)
@click.option("--lossless", is_flag=True, help="Keep every pixel.")
@click.option(
    "--progressive",
    is_flag=True,
    help="With --lossless, for digits: write two layers. The first decodes alone, to lossy pictures (decompress "
    "--base). It is by a model of tiles, so pictures unlike that model's come out badly.",
)
@click.option(
    "--quality",
    type=click.IntRange(0, BEST),
    metavar=f"0..{BEST}",
    help=f"0 gives the smallest file, {BEST} the best picture. Default: {DEFAULT_QUALITY} with the general "
    f"model, its own default with a model of your own, else {BEST}. Not with --lossless, --min-psnr, --max-mse or "
    "--max-bytes.",
)
@click.option(
    "--effort",
    type=click.IntRange(0, MAX_EFFORT),
    metavar=f"0..{MAX_EFFORT}",
    help=f"How long to search for a smaller file: 0 is the quickest, {MAX_EFFORT} the slowest. Default: "
    f"{DEFAULT_EFFORT}. With --lossless, 0 is four times as quick. 7 to 9 take ten times as long for photographs, "
    "because they also try them mirrored, transposed and with their colours in other orders.",
)
@click.option(
    "--for",
    "for_eyes",
    type=click.Choice(("error", "eyes")),
    default="error",
    callback=lambda context, option, value: value == "eyes",
    help="What the general model makes small: the squared error (the default), or what eyes see of it. For eyes, "
    "errors on smooth parts count more, and those where much goes on less. A file of the same size looks better, and "
    "its PSNR is lower. Not with --min-psnr or --max-mse.",
)
@click.option(
    "--max-mse",
    type=float,
    metavar="X",
    help="The same, given as a mean squared error of samples in 0..1. Must be above 0.",
)
@click.option(
    "--min-psnr",
    type=float,
    metavar="DB",
    help="Find the smallest file in which every picture has at least this PSNR. The file is exact if that is no "
    "larger. Pixels under an alpha of 0 do not count.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    metavar="N",
    help="Find the file with the least error that has at most so many bytes. The file is exact if that fits.",
)
@jobs_option
@click.option(
    "--block-pictures",
    type=click.IntRange(1, MAX_BLOCK_PICTURES),
    metavar="N",
    help="Code at most so many pictures of a container together. To read one picture, all of its block are decoded. "
    "So a small number makes that quicker, and the file larger. Default: by model and size; for digits "
    f"{GROUP_TILES // BLOCK_SHARE}, with --lossless {GROUP_TILES // BLOCK_SHARE_EXACT}.",
)
@click.option(
    "--shard-size",
    type=click.IntRange(1, MAX_PICTURES),
    metavar="N",
    help="Write many containers of N pictures each into the folder OUT. IN may then also be tar files, patterns in "
    "quotes, and URLs.",
)
@engine_option
@click.option(
    "--manifest",
    type=click.Choice(FORMS),
    help="With --shard-size: the format of the table of all pictures. Default: parquet, which needs pyarrow.",
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

    IN is a picture (PNG, JPEG, WebP, BMP, TIFF, PGM, PPM), a folder that is searched for pictures, or - for standard
    input. One picture makes a file of one picture. Several, or a folder, make a container that keeps their names.

    A picture that cannot be read is reported and left out, and so is one whose name cannot be kept or is taken. The
    exit code is then 1. Other files of a folder are passed over; a line says how many.

    The model is chosen for you. The general model codes pictures of any size and colour. Pictures that a special model
    knows, such as MNIST digits, are coded by that one. Drawings (icons, screenshots, plots, text) are coded pixel by
    pixel, with some pixels changed, if that takes fewer bytes at the same quality; not with --model or --effort 0. If
    an exact file is no larger than the lossy one, you get the exact file, unless you give --model or --quality.

    With --min-psnr, --max-mse or --max-bytes the best quality is searched for, with some dozen attempts. Unless you
    give --model or --latent-dim, all models are tried, and exact coding, too. If the model that you name cannot meet a
    bound on error, others are tried, and a line says which was taken.

    With --frames, each page of a TIFF is a picture as it is, and each frame of an animation is the whole canvas with
    alpha, as a viewer shows it. How long a frame is shown is not kept. A damaged page is left out alone. With a damaged
    frame those behind it are left out, too, because they build on it.

    With --each, every picture becomes a file of its own, as if you had given it alone. The file has the picture's name
    with .aec, and its time of modification. It is written beside the picture, or below -o under the picture's path in
    the folder that you gave. If two pictures would have one output, only the first is done.

    With --shard-size, the pictures are sorted and cut into shards of N: 000000.aec and so on. Beside each is a .json
    file with its pictures, those that failed, and its SHA-256. At the end a manifest is written, with a row for every
    picture. Bounds hold for each shard. The same command, given again, does what is missing; with -f it replaces the
    shards of another command. IN may be URLs (they need the extra aecodec[remote]), patterns such as
    'data/{0000..0999}.tar', and tar files, whose pictures get names like 0000/cat.png.
    """
    check_verbose(quiet)
    if frames and (one_by_one or shard_size is not None):
        raise UsageError("--frames makes one container: it excludes --each and --shard-size")
    if shard_size is not None:
        if one_by_one or skip_existing:
            raise UsageError("--shard-size excludes --each and --skip-existing: shards that exist are left out anyway")
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
