"""``aecodec info`` shows what .aec files say of themselves."""

from __future__ import annotations

from dataclasses import asdict

import click

from aecodec.cli.plumbing.command import Command
from aecodec.cli.plumbing.failures import BATCH_FAILED, about, complain, within_memory
from aecodec.cli.plumbing.given import inputs_given
from aecodec.cli.plumbing.inputs import in_folders
from aecodec.cli.plumbing.options import examples, json_option
from aecodec.cli.plumbing.product import emit, show
from aecodec.cli.tasks.info_shown import show_info
from aecodec.codec import inspect
from aecodec.errors import AecError
from aecodec.files import read_bytes
from aecodec.zoo import Zoo


@click.command(
    cls=Command,
    sections={"Inputs": ("filelist", "null", "recursive")},
    epilog=examples("aecodec info digit.aec", "aecodec info --json *.aec"),
)
@inputs_given("files", "FILE...")
@json_option
def info(files: tuple[str, ...], as_json: bool) -> None:
    """Show what .aec files (- for standard input) say of themselves.

    A folder is searched for .aec files. The file's CRC-32 is checked. Nothing is decoded, and no model is needed, but
    those at hand are named. See verify for more. Of a progressive file, the first layer is enough.
    """
    zoo, failed, shown, paths = Zoo(), 0, 0, in_folders(files)
    for source in paths:
        file = source.path
        try:
            if source.error is not None:
                raise source.error
            with within_memory(file), about(file):
                found = inspect(read_bytes(file))
        except AecError as error:
            if len(paths) == 1:
                raise
            complain(error)
            failed += 1
            continue
        if as_json:
            emit({"file": file, **asdict(found)})
        else:
            if shown:
                show("")
            show_info(file, found, zoo)
        shown += 1
    if failed:
        raise click.exceptions.Exit(BATCH_FAILED)
