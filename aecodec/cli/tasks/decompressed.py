"""How ``aecodec decompress`` writes the pictures of one file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from aecodec.arrays import Picture
from aecodec.cli.plumbing.asked import kept_time
from aecodec.cli.plumbing.failures import about
from aecodec.cli.plumbing.lines import arrow, say
from aecodec.cli.plumbing.names import check_apart, is_file_name
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.codec import Decoder
from aecodec.errors import UsageError
from aecodec.files import (
    STDIO,
    check_folder,
    check_target,
    encode_picture,
    format_of,
    numbered_names,
    picture_names,
    write_file,
    write_folder,
)
from aecodec.files.atomic import shown_output
from aecodec.files.read import shown


def record(file: str, target: str, decoder: Decoder, index: int | None, size: int, written: int) -> dict[str, Any]:
    """Return what ``--json`` shows of a file."""
    many = decoder.container.header.many and index is None
    return {
        "input": file,
        "output": target,
        "pictures": len(decoder) if many else 1,
        "index": index,
        "bytes": size,
        "output_bytes": written,
        "model": decoder.model_ids,
        "lossless": decoder.is_exact,
    }


def summary(file: str, target: str, decoder: Decoder, index: int | None, size: int, written: int) -> str:
    """Return a line on what became of a file."""
    facts = []
    if decoder.container.header.many and index is None:
        facts.append(f"{len(decoder)} picture{'s' * (len(decoder) != 1)}")
    model = decoder.model_ids
    facts += [f"{size} {arrow()} {written} bytes", f"model {model}" if model else "no model"]
    return f"{shown(file)} {arrow()} {shown_output(target)}: {', '.join(facts)}"


def _channels(decoder: Decoder, index: int) -> int:
    """Return the channel count of a picture; a model's native pictures are grey."""
    shapes = decoder.container.header.shapes
    return shapes[index].channels if shapes else 1


def _names(decoder: Decoder) -> Iterable[str]:
    """Return the files of a container's pictures."""
    stored = decoder.container.header.names
    if stored is None:
        return numbered_names(len(decoder))
    return picture_names(stored, [_channels(decoder, index) for index in range(len(decoder))])


def write_picture(file: str, decoder: Decoder, index: int, target: str, force: bool, quiet: bool) -> int:
    """Write one picture of a file; return the bytes written."""
    form = format_of(target)
    check_target(target, force=force)
    check_apart(target, [file])
    if index < len(decoder):
        form.check(_channels(decoder, index), target)
    with about(file), progress_bar(1, "decompress", quiet):
        picture = decoder.picture(index)
    data = encode_picture(picture, target)
    write_file(target, data, force=force, modified=None if decoder.container.header.many else kept_time(file))
    if not form.exact and not quiet:
        say(f"aecodec: warning: {form.name} changes pixels; to keep them as they are, use .png")
    return len(data)


def write_pictures(file: str, decoder: Decoder, target: str, force: bool, quiet: bool) -> int:
    """Write all pictures of a container into a folder; return the bytes written."""
    count = len(decoder)
    if target == STDIO or (is_file_name(target) and not os.path.isdir(target)):
        raise UsageError(f"a container of {count} needs a folder, not {target}; or choose one with --index")
    check_folder(target, force=force)
    with progress_bar(count, "decompress", quiet) as progress:
        return write_folder(target, _files(file, _names(decoder), decoder, progress), force=force)


def _files(
    file: str, names: Iterable[str], decoder: Decoder, progress: Callable[[int], None] | None
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of all pictures, which are encoded where they are decoded."""
    each, size = iter(names), decoder.container.header.block_pictures
    blocks = (list(islice(each, size)) for _ in range(decoder.container.header.blocks))
    with about(file):
        for done, found in enumerate(chain.from_iterable(decoder.finished(_encoded, blocks)), 1):
            yield found
            if progress:
                progress(done)


def _encoded(pictures: Sequence[Picture], names: Sequence[str]) -> list[tuple[str, bytes]]:
    return [(name, encode_picture(picture, name)) for name, picture in zip(names, pictures, strict=True)]
