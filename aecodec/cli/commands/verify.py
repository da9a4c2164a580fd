"""``aecodec verify`` decodes .aec files completely, and says whether they are sound."""

from __future__ import annotations

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
from aecodec.cli.tasks.verified import compared, verified, worded
from aecodec.errors import AecError, UsageError
from aecodec.zoo import Zoo


@click.command(
    cls=Command,
    sections={"Inputs": ("against", "filelist", "null", "recursive")},
    epilog=examples(
        "aecodec verify *.aec",
        "aecodec verify files/",
        "aecodec verify s3://out/shards/",
        "aecodec verify digit.aec --against digit.png",
    ),
)
@inputs_given("files", "FILE...")
@click.option(
    "--against",
    metavar="PICTURE",
    shell_complete=complete_file,
    help="Also compare with this picture, if sound; for one FILE.",
)
@jobs_option
@engine_option
@json_option
@verbose_option
@model_path_option
def verify(
    files: tuple[str, ...],
    against: str | None,
    jobs: int,
    engine_name: str | None,
    as_json: bool,
    model_path: tuple[str, ...],
) -> None:
    """Decode .aec files (- for standard input) completely and report whether they are sound.

    A folder is searched for .aec files. A progressive file is sound if both of its layers are. Prints a line for each
    file. Of several files, failures give exit code 1; of one, its own code. A picture that a sound file cannot be
    compared with is an error of its own.

    Shards (a folder that compress --shard-size has made, or URLs of .aec files), and with --engine any files, are done
    several at once. Those of a folder are compared with their .json files, by SHA-256, names and counts, and with the
    manifest.
    """
    if are_shards(files, engine_name):
        if against is not None:
            raise UsageError("--against compares one file on this machine")
        from aecodec.cli.tasks.verify_shards import verify_shards  # which others need not wait for

        verify_shards(files, engine_name, jobs, model_path, as_json)
        return
    paths = in_folders(files)
    if against is not None and len(paths) > 1:
        raise UsageError("--against compares one file; verify the others apart")
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
        record, unlike = found.record, None
        if against is not None:
            try:
                record |= compared(file, found, against)
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
    if failed:
        raise click.exceptions.Exit(BATCH_FAILED)
