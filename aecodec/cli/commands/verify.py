"""``aecodec verify`` decodes .aec files completely, and says whether they are sound."""

from __future__ import annotations

import os

import click

from aecodec.cli.plumbing.asked import is_verbose, verbose_option
from aecodec.cli.plumbing.command import Command
from aecodec.cli.plumbing.failures import BATCH_FAILED, as_typed, complain
from aecodec.cli.plumbing.given import complete_file, inputs_given
from aecodec.cli.plumbing.inputs import in_folders
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.options import examples, jobs_option, json_option, model_path_option
from aecodec.cli.plumbing.product import emit, show
from aecodec.cli.plumbing.sharding import are_shards, engine_option
from aecodec.cli.tasks.likeness import Promise
from aecodec.cli.tasks.verified import compared, verified, worded
from aecodec.cli.tasks.verify_against import verify_against
from aecodec.errors import AecError, UsageError
from aecodec.zoo import Zoo


@click.command(
    cls=Command,
    sections={"Inputs": ("filelist", "null", "recursive"), "Comparison": ("against", "min-psnr", "max-mse")},
    epilog=examples(
        "aecodec verify *.aec",
        "aecodec verify files/",
        "aecodec verify s3://out/shards/",
        "aecodec verify digit.aec --against digit.png",
        "aecodec verify scans.aec --against scans/",
        "aecodec verify files/ --against scans/ --min-psnr 30",
    ),
)
@inputs_given("files", "FILE...")
@click.option(
    "--against",
    metavar="PICTURE|FOLDER",
    shell_complete=complete_file,
    help="Also compare the one picture of FILE with this picture, or all pictures with those of the same names in this "
    "folder.",
)
@click.option(
    "--min-psnr",
    type=float,
    metavar="DB",
    help="With --against: fail if a lossy picture has a lower PSNR. Pixels under an alpha of 0 do not count.",
)
@click.option("--max-mse", type=float, metavar="X", help="The same, given as a mean squared error of samples in 0..1.")
@jobs_option
@engine_option
@json_option
@verbose_option
@model_path_option
def verify(
    files: tuple[str, ...],
    against: str | None,
    min_psnr: float | None,
    max_mse: float | None,
    jobs: int,
    engine_name: str | None,
    as_json: bool,
    model_path: tuple[str, ...],
) -> None:
    """Decode .aec files (- for standard input) completely and report whether they are sound.

    A folder is searched for .aec files. A line is printed for each file. A progressive file is sound if both of its
    layers are. If one of several files fails, the exit code is 1; if the only one fails, it is that of the error.

    With --against FOLDER, every picture is compared with the one of its name there. Pictures of a container have the
    names that it keeps, or else those that decompress would give them. A file of one picture has its own name without
    suffix. Exact pictures must be the same in every sample. Of lossy ones the PSNR is shown, the mean and the worst;
    their alpha must be the same. A picture that differs, is missing, or is only in the folder is a line on standard
    error. The exit code is then 1. If a picture cannot be compared at all, that is an error of its own.

    Shards are done several at once. Shards are a folder that compress --shard-size has made, or URLs of .aec files;
    with --engine, any files. Those of a folder are also compared with their .json files and with the manifest.
    """
    promise = Promise.of(min_psnr, max_mse)
    if against is None and (min_psnr is not None or max_mse is not None):
        raise UsageError("--min-psnr and --max-mse are for a comparison: add --against")
    if are_shards(files, engine_name):
        if against is not None:
            raise UsageError("--against cannot compare shards, and not with --engine")
        from aecodec.cli.tasks.verify_shards import verify_shards  # which others need not wait for

        verify_shards(files, engine_name, jobs, model_path, as_json)
        return
    paths = in_folders(files)
    if against is not None and os.path.isdir(against):
        verify_against(paths, against, promise, Zoo(model_path), jobs, as_json)
        return
    if against is not None and len(paths) > 1:
        raise UsageError("--against PICTURE is for one file; compare several with the folder of their pictures")
    failed = 0
    for source, found in verified(paths, Zoo(model_path), jobs, keep=against is not None):
        file = source.path
        if isinstance(found, AecError):
            if as_json:
                emit({"file": file, "ok": False, "error": as_typed(found), "exit_code": found.exit_code})
            else:
                show(f"{file}: FAILED")
            if len(paths) == 1:
                raise found
            complain(found)
            failed += 1
            continue
        record, unlike, broken = found.record, None, ""
        if against is not None:
            try:
                facts, broken = compared(file, found, against, promise)
                record |= facts
            except AecError as error:
                unlike = error
        if as_json:
            emit(record)
        else:
            show(f"{file}: {worded(record)}")
        if is_verbose():
            say(found.took)
        if unlike is not None:
            raise unlike
        if broken:
            say(f"aecodec: error: {file} is not as promised against {against}: {broken}")
            failed += 1
    if failed:
        raise click.exceptions.Exit(BATCH_FAILED)
