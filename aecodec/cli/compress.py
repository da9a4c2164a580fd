"""``aecodec compress``."""

from __future__ import annotations

import os
from typing import Any

import click

from aecodec.cli.shared import (
    BATCH_FAILED,
    arrow,
    check_apart,
    check_stdout,
    decibels,
    emit,
    examples,
    force_option,
    json_option,
    model_path_option,
    progress_bar,
    quiet_option,
    say,
)
from aecodec.codec import Encoded, Options, compress_all, psnr
from aecodec.codec.options import DEFAULT_EFFORT, DEFAULT_LATENT_DIM, PROGRESSIVE_LATENT_DIM
from aecodec.codec.quality import BEST, spread
from aecodec.container.names import is_safe_name
from aecodec.errors import UsageError
from aecodec.files import STDIO, Gallery, Source, check_target, find_pictures, write_file
from aecodec.files.atomic import shown_output
from aecodec.files.read import shown
from aecodec.zoo import Zoo


@click.command(
    epilog=examples(
        "aecodec compress digit.png",
        "aecodec compress digit.png --quality 60",
        "aecodec compress scans/ -o scans.aec --min-psnr 25",
        "aecodec compress a.png b.png -o both.aec --lossless",
        "aecodec compress scans/ -o scans.aec --lossless --progressive",
        "convert in.gif png:- | aecodec compress - -o - > out.aec",
    )
)
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="The .aec file to write, or - for standard output. Default: the input's name with .aec, for one input file.",
)
@click.option(
    "--latent-dim",
    type=click.IntRange(1),
    metavar="N",
    help=f"Latent dimension of the model: more keeps more. Shipped: 8, 16, 32, 64, 128, 256, 784. "
    f"Default: {DEFAULT_LATENT_DIM} (with --lossless: the model for exact pixels; with --progressive, whose first "
    f"layer it is for: {PROGRESSIVE_LATENT_DIM}).",
)
@click.option("--model", metavar="ID", help="A model's id or file, instead of --latent-dim.")
@click.option("--lossless", is_flag=True, help="Keep every pixel.")
@click.option(
    "--progressive",
    is_flag=True,
    help="With --lossless: two layers, of which the first alone decodes to lossy pictures (decompress --base).",
)
@click.option(
    "--quality",
    type=click.IntRange(0, BEST),
    metavar="0..100",
    help=f"Lower is smaller, with the same model. Default: {BEST}, the best. Not with --lossless or a bound.",
)
@click.option(
    "--effort",
    type=click.IntRange(0, 9),
    metavar="0..9",
    help="Of the search for better symbols, or, with --lossless, for origins: 0 is the shortest, 9 the longest. "
    f"Default: {DEFAULT_EFFORT}.",
)
@click.option(
    "--max-mse",
    type=float,
    metavar="X",
    help="Largest mean squared error of any picture, samples in 0..1. Above 0.",
)
@click.option("--min-psnr", type=float, metavar="DB", help="The same bound in dB.")
@click.option("--max-bytes", type=click.IntRange(1), metavar="N", help="Largest size of the output.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=lambda: os.cpu_count() or 1,
    metavar="N",
    help="Processes that share the search of thousands of pictures with --lossless. Default: one a processor.",
)
@force_option
@json_option
@quiet_option
@model_path_option
def compress(
    inputs: tuple[str, ...],
    output: str | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    model_path: tuple[str, ...],
    **chosen: Any,
) -> None:
    """Compress pictures into one .aec file.

    IN is a picture (PNG, JPEG, WebP, BMP, TIFF, PGM, PPM), a folder that is searched for them, or - for
    standard input. One picture makes a file of one; several, or a folder, make a container
    that keeps their names. A picture that cannot be read is reported and left out; the exit
    code is then 1.

    With a bound on error or size the quality is chosen, and with neither --latent-dim nor --model the model,
    too; that takes several attempts, so the time of several.
    """
    many = len(inputs) > 1 or os.path.isdir(inputs[0])
    target = output or _default_output(inputs[0], many)
    check_stdout(target, as_json)
    options = Options(**chosen)
    check_target(target, force=force)
    sources = find_pictures(inputs)
    check_apart(target, [source.path for source in sources])
    if many:
        _check_names(sources)
    gallery = Gallery(sources)
    errors = gallery.survey()
    if errors and not many:
        raise errors[0]
    for error in errors:
        say(f"aecodec: error: {error}")
    if not len(gallery):
        say("aecodec: error: none of the pictures could be read; nothing is written")
        raise click.exceptions.Exit(BATCH_FAILED)
    names = [source.name for source in gallery.sources] if many else None
    with progress_bar(len(gallery), "compress", quiet) as progress:
        result = compress_all(gallery, options, Zoo(model_path), many=many, names=names, progress=progress)
    write_file(target, result.data, force=force)
    if not quiet:
        _summarise(inputs, target, gallery, result, options)
        _warn_of_domain(gallery, result, options)
    if as_json:
        emit(_record(inputs, target, gallery, result, options, len(errors)))
    if errors:
        raise click.exceptions.Exit(BATCH_FAILED)


def _default_output(entry: str, many: bool) -> str:
    if many or entry == STDIO:
        raise UsageError("several pictures, a folder or standard input need an output: name it with -o")
    target = os.path.splitext(entry)[0] + ".aec"
    if target == entry:
        raise UsageError(f"{entry} is named as an output would be; name the output with -o")
    return target


def _check_names(sources: list[Source]) -> None:
    for source in sources:
        if not is_safe_name(source.name):
            raise UsageError(
                f"{source.path!r} cannot be named in a container, which must unpack on any system; "
                'rename it without \\ : * ? " < > | or control characters'
            )


def _summarise(inputs: tuple[str, ...], target: str, gallery: Gallery, result: Encoded, options: Options) -> None:
    what = shown(inputs[0]) if len(inputs) == 1 else f"{len(gallery)} pictures"
    if len(inputs) == 1 and len(gallery) > 1:
        what = f"{inputs[0]} ({len(gallery)} pictures)"
    facts = [
        f"{gallery.input_bytes} {arrow()} {len(result.data)} bytes",
        f"{8 * len(result.data) / result.pixels:.2f} bpp",
        "exact" if options.lossless else decibels(psnr(result.mse)),
        f"model {result.model.id}" if result.model else "no model",
    ]
    if result.first is not None:
        first = result.first
        facts.append(f"of it {first.bytes} bytes with {decibels(psnr(first.mse))} first, model {first.model.id}")
    if not options.lossless:
        facts.append(f"effort {result.effort}")
    if result.quality not in (None, BEST):
        facts.append(f"quality {result.quality}")
    say(f"{what} {arrow()} {shown_output(target)}: {', '.join(facts)}")


def _warn_of_domain(gallery: Gallery, result: Encoded, options: Options) -> None:
    """Say so where pictures are unlike those that the model was made for."""
    if options.lossless or result.model is None:
        return
    typical = result.model.description.get("typical_mse")
    if not isinstance(typical, int | float):
        return
    usual = typical * spread(BEST if result.quality is None else result.quality)
    far = [error for error in result.errors if error > usual]
    if not far:
        return
    worst = max(far)
    which = shown(gallery.sources[result.errors.index(worst)].path)
    if len(gallery) > 1:
        which = f"{len(far)} of {len(gallery)} pictures, {which} worst,"
    say(
        f"aecodec: warning: {which} reached only {decibels(psnr(worst))}: unlike what model "
        f"{result.model.id} is made for; use a higher --latent-dim, or --lossless"
    )


def _record(
    inputs: tuple[str, ...], target: str, gallery: Gallery, result: Encoded, options: Options, failed: int
) -> dict[str, Any]:
    searched = not options.lossless or (result.model is not None and result.model.ink is not None)
    first = result.first
    return {
        "input": inputs[0] if len(inputs) == 1 else list(inputs),
        "output": target,
        "pictures": len(gallery),
        "failed": failed,
        "input_bytes": gallery.input_bytes,
        "bytes": len(result.data),
        "payload_bytes": result.payload,
        "bpp": 8 * len(result.data) / result.pixels,
        "mse": result.mse,
        "psnr": psnr(result.mse),
        "model": result.model.id if result.model else None,
        "fingerprint": result.model.fingerprint.hex() if result.model else None,
        "lossless": options.lossless,
        "effort": result.effort if searched else None,
        "quality": result.quality,
        "first_bytes": first.bytes if first else None,
        "first_mse": first.mse if first else None,
        "first_model": first.model.id if first else None,
    }
