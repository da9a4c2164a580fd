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
    help="Also compare with the picture that was compressed, for one FILE of one; or with a folder of pictures, each "
    "by its name.",
)
@click.option(
    "--min-psnr",
    type=float,
    metavar="DB",
    help="With --against: fail where the PSNR of a lossy picture is lower, over what can be seen.",
)
@click.option("--max-mse", type=float, metavar="X", help="The same bound as a mean squared error, samples in 0..1.")
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

    A folder is searched for .aec files. A progressive file is sound if both of its layers are. Prints a line for each
    file. Of several files, failures give exit code 1; of one, its own code. A picture that a sound file cannot be
    compared with is an error of its own.

    With --against FOLDER every picture is compared with the one of its name there: pictures of a container by the
    names that it keeps, or those that decompress gives them, a file of one picture by its own name without suffix.
    Exact pictures must be the same in every sample; of lossy ones the PSNR of each is shown, the mean and the worst,
    and alpha must be the same. Each that differs, or is missing, or is in the folder and in no file, is a line on
    standard error, and then the exit code is 1.

    Shards (a folder that compress --shard-size has made, or URLs of .aec files), and with --engine any files, are done
    several at once. Those of a folder are compared with their .json files, by SHA-256, names and counts, and with the
    manifest.
    """
    promise = Promise.of(min_psnr, max_mse)
    if against is None and (min_psnr is not None or max_mse is not None):
        raise UsageError("--min-psnr and --max-mse are for a comparison: add --against")
    if are_shards(files, engine_name):
        if against is not None:
            raise UsageError("--against compares files without --engine that are no shards")
        from aecodec.cli.tasks.verify_shards import verify_shards  # which others need not wait for

        verify_shards(files, engine_name, jobs, model_path, as_json)
        return
    promise = Promise.of(min_psnr, max_mse)
    if against is None and (min_psnr is not None or max_mse is not None):
        raise UsageError("--min-psnr and --max-mse are for a comparison: add --against")
    paths = in_folders(files)
    if against is not None and os.path.isdir(against):
        verify_against(paths, against, promise, Zoo(model_path), jobs, as_json)
        return
    if against is not None and len(paths) > 1:
        raise UsageError("--against compares one file with a picture; compare several with the folder of all pictures")
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
