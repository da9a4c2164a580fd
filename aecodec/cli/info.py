"""``aecodec info``."""

from __future__ import annotations

from dataclasses import asdict

import click

from aecodec.cli.shared import (
    BATCH_FAILED,
    about,
    complain,
    emit,
    examples,
    in_folders,
    json_option,
    show,
    within_memory,
)
from aecodec.codec import Info, inspect
from aecodec.coders import CODERS
from aecodec.errors import AecError
from aecodec.files import read_bytes
from aecodec.zoo import Zoo

_NAMES_SHOWN = 3
_KINDS = {1: "grey", 2: "grey and alpha", 3: "RGB", 4: "RGB and alpha"}


@click.command(epilog=examples("aecodec info digit.aec", "aecodec info --json *.aec"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@json_option
def info(files: tuple[str, ...], as_json: bool) -> None:
    """Show what .aec files (- for standard input) say of themselves.

    A folder is searched for .aec files. Checks the file's CRC-32, decodes nothing and needs no model, though it names
    those at hand; see verify for more. Of a progressive file, the first layer is enough.
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
            _show(file, found, zoo)
        shown += 1
    if failed:
        raise click.exceptions.Exit(BATCH_FAILED)


def _show(file: str, found: Info, zoo: Zoo) -> None:
    rows = {
        "file": file,
        "version": str(found.version),
        "coding": "lossless" if found.lossless else "lossy",
        **_codings(found, zoo),
        "pictures": f"{found.pictures} in {found.blocks} block{'s' * (found.blocks != 1)}",
        **({"coded": _ways(found)} if found.methods else {}),
        "size": _size(found),
        "kind": _KINDS[found.channels] if found.channels else "different kinds",
        **_asked(found),
        "bytes": f"{found.bytes}, {found.record_bytes} of them in records",
    }
    if found.names:
        more = ", ..." if len(found.names) > _NAMES_SHOWN else ""
        rows["names"] = ", ".join(found.names[:_NAMES_SHOWN]) + more
    for key, value in rows.items():
        show(f"{key:<10}{value}")


def _codings(found: Info, zoo: Zoo) -> dict[str, str]:
    """The model and the step of quantization, or the quality; of two layers, each on a line of its own."""
    model = "none needed" if found.model is None else _named(found.model, zoo)
    if found.first_bytes is None:
        if found.lossless:
            return {"model": model}
        if found.quality is not None:
            return {"model": model, "quality": str(found.quality)}
        return {"model": model, "step": f"{found.step} (of quantization)"}
    if found.second_model is not None:
        second = f"{found.bytes - found.first_bytes} bytes, model {_named(found.second_model, zoo)}"
    elif found.bytes == found.first_bytes:
        second = "missing"
    else:
        second = "cut short or damaged"
    return {"first": f"{found.first_bytes} bytes, lossy, model {model}, step {found.step}", "second": second}


def _ways(found: Info) -> str:
    """How the blocks are coded, those of which there are most first."""
    ways = [(count, _title(method)) for method, count in found.methods.items()]
    if len(ways) == 1:
        return ways[0][1]
    return "; ".join(
        f"{count} block{'s' * (count != 1)} {way}" for count, way in sorted(ways, key=lambda each: -each[0])
    )


def _title(method: int) -> str:
    return CODERS[method].title if method in CODERS else f"by method {method}"


def _size(found: Info) -> str:
    if found.size:
        return f"{found.size[0]}x{found.size[1]}"
    return "different sizes" if found.sizes_differ else "the model's own"


def _asked(found: Info) -> dict[str, str]:
    """What decoding it takes, as far as that is known without its model."""
    rows = {}
    if found.pixels is not None and found.block_bytes is not None:
        rows["pixels"] = f"{found.pixels}, {found.block_bytes} bytes in the largest block"
    if found.work:
        rows["work"] = f"{found.work} tiles, places and steps"
    return rows


def _named(fingerprint: str, zoo: Zoo) -> str:
    """With the model's id, where it is at hand."""
    name = zoo.name_of(bytes.fromhex(fingerprint))
    return fingerprint if name is None else f"{fingerprint} ({name})"
