"""``aecodec verify``."""

from __future__ import annotations

from typing import Any

import click

from aecodec.cli.shared import (
    BATCH_FAILED,
    about,
    as_typed,
    complain,
    decibels,
    emit,
    examples,
    in_folders,
    json_option,
    model_path_option,
    say,
    show,
    within_memory,
)
from aecodec.codec import Decoder, mse, psnr
from aecodec.codec.threads import processors
from aecodec.errors import AecError, UsageError
from aecodec.files import decode_with_remarks, read_bytes
from aecodec.files.read import shown
from aecodec.zoo import Zoo


@click.command(
    epilog=examples("aecodec verify *.aec", "aecodec verify files/", "aecodec verify digit.aec --against digit.png")
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--against", metavar="PICTURE", help="Also compare with this picture, if sound; for one FILE.")
@json_option
@model_path_option
def verify(files: tuple[str, ...], against: str | None, as_json: bool, model_path: tuple[str, ...]) -> None:
    """Decode .aec files (- for standard input) completely and report whether they are sound.

    A folder is searched for .aec files. A progressive file is sound if both of its layers are. Prints a line for each
    file. Of several files, failures give exit code 1; of one, its own code. A picture that a sound file cannot be
    compared with is an error of its own.
    """
    paths = in_folders(files)
    if against is not None and len(paths) > 1:
        raise UsageError("--against compares one file; verify the others apart")
    zoo, failed = Zoo(model_path), 0
    for source in paths:
        file = source.path
        compared: AecError | None = None
        try:
            if source.error is not None:
                raise source.error
            with within_memory(file):
                record, decoder = _verify(file, zoo)
        except AecError as error:
            if as_json:
                emit({"file": file, "ok": False, "error": as_typed(error), "exit_code": error.exit_code})
            else:
                show(f"{file}: FAILED")
            if len(paths) == 1:
                raise
            complain(error)
            failed += 1
            continue
        if against is not None:
            try:
                record |= _compare(file, decoder, against)
            except AecError as error:
                compared = error
        if as_json:
            emit(record)
        else:
            show(f"{file}: {_words(record)}")
        if compared is not None:
            raise compared
    if failed:
        raise click.exceptions.Exit(BATCH_FAILED)


def _verify(file: str, zoo: Zoo) -> tuple[dict[str, Any], Decoder]:
    data = read_bytes(file)
    with about(file):
        decoder = Decoder(data, zoo, jobs=processors())
        pictures = sum(1 for _ in decoder)
    record: dict[str, Any] = {"file": file, "ok": True, "pictures": pictures, "bytes": len(data)}
    record["lossless"] = decoder.is_exact
    record["model"] = decoder.model_ids
    return record, decoder


def _compare(file: str, decoder: Decoder, against: str) -> dict[str, Any]:
    if len(decoder) != 1:
        raise UsageError(f"{file} holds {len(decoder)} pictures; --against compares one")
    ours = decoder.picture(0)
    theirs, remarks = decode_with_remarks(read_bytes(against), shown(against))
    for remark in remarks:
        say(f"aecodec: warning: {remark}")
    if ours.shape != theirs.shape:
        raise UsageError(
            f"{file} holds a picture of shape {ours.shape}, {against} is of shape {theirs.shape}; "
            "expected the picture that was compressed"
        )
    error = mse(ours, theirs)
    return {"against": against, "exact": error == 0, "mse": error, "psnr": psnr(error)}


def _words(record: dict[str, Any]) -> str:
    count = record["pictures"]
    words = [f"ok, {count} picture{'s' * (count != 1)}"]
    words.append(f"model {record['model']}" if record["model"] else "no model")
    if "exact" in record:
        words.append(f"MSE {record['mse']:.6f}, {decibels(record['psnr'])} against {record['against']}")
    return ", ".join(words)
