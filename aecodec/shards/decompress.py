"""One shard back into a folder of pictures: a function for engines, as :mod:`aecodec.shards.compress` has one."""

from __future__ import annotations

from collections.abc import Iterator

from aecodec.codec import Decoder
from aecodec.errors import AecError, FileError, LimitError, UsageError
from aecodec.files import (
    check_folder,
    encode_picture,
    folders_above,
    is_there,
    numbered_names,
    picture_names,
    write_folder,
)
from aecodec.frozen import dataclass
from aecodec.shards.ends import no_room_told
from aecodec.shards.places import below, files_in, is_url, read, write_all
from aecodec.zoo import Zoo


@dataclass(frozen=True)
class UnpackJob:
    """All that :func:`decompress_shard` needs. ``source`` is an ``.aec`` file, ``target`` the folder to write.

    ``base`` asks for the first layer of a progressive file, ``skip`` leaves a folder that is there, and ``force`` adds
    to it.
    """

    source: str
    target: str
    model_path: tuple[str, ...] = ()
    base: bool = False
    force: bool = False
    skip: bool = False


@dataclass(frozen=True)
class Unpacked:
    """What came of it. Where it was there already, ``skipped``, nothing was read or written."""

    source: str
    target: str
    pictures: int = 0
    bytes: int = 0
    written: int = 0
    model: str | None = None
    exact: bool = False
    skipped: bool = False


def decompress_shard(job: UnpackJob) -> Unpacked:
    """Write the pictures of a ``.aec`` file into a folder, under their names or numbered.

    On a disk the folder appears when all are decoded; in a store each picture does when it is written, and a folder
    counts as there when it has them all. Raises FormatError, UnsupportedError, ModelError or LimitError for the file,
    UsageError where the folder holds files and the job has neither ``skip`` nor ``force``, and FileError.
    """
    if job.skip and not is_url(job.target) and is_there(job.target, many=True):
        return Unpacked(job.source, job.target, skipped=True)
    data = read(job.source)
    try:
        decoder = Decoder(data, Zoo(job.model_path), base=job.base)
        names = list(_names(decoder))
        if is_url(job.target):
            there = len(files_in(job.target, deep=True))
            if job.skip and there >= len(names):
                return Unpacked(job.source, job.target, skipped=True)
            if there and not (job.force or job.skip):
                raise UsageError(f"{job.target} exists and is not empty; choose another, or add to it with -f")
            written = write_all((below(job.target, name), data) for name, data in _files(decoder, names))
        else:
            with folders_above(job.target), no_room_told():
                check_folder(job.target, force=job.force)
                written = write_folder(job.target, _files(decoder, names), force=job.force)
    except (FileError, UsageError):
        raise
    except AecError as error:
        raise type(error)(f"{job.source}: ", *error.args) from error
    except MemoryError as error:
        raise LimitError(f"not enough memory for {job.source}; use fewer jobs") from error
    return Unpacked(job.source, job.target, len(decoder), len(data), written, decoder.model_ids, decoder.is_exact)


def _names(decoder: Decoder) -> Iterator[str]:
    header = decoder.container.header
    if header.names is None:
        return numbered_names(len(decoder))
    shapes = header.shapes
    channels = [1] * len(decoder) if shapes is None else [shape.channels for shape in shapes[0 : len(decoder)]]
    return iter(picture_names(header.names, channels))


def _files(decoder: Decoder, names: list[str]) -> Iterator[tuple[str, bytes]]:
    for name, picture in zip(names, decoder, strict=True):
        yield name, encode_picture(picture, name)
