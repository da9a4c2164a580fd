"""Many pictures in bounded memory: found by file and folder names, read when they are needed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, overload

from aecodec.errors import AecError, FileError, UsageError
from aecodec.files.atomic import is_temporary
from aecodec.files.picture import Picture, decode_picture, decode_with_remarks
from aecodec.files.read import STDIO, read_bytes, shown

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".pbm", ".pgm", ".ppm", ".pnm")
KEPT_BYTES: Final = 1 << 28  # of decoded pixels; pictures beyond are read again when asked for


@dataclass(frozen=True)
class Source:
    """A picture file, and its name in a container: a relative path with ``/``."""

    path: str
    name: str


def find_pictures(inputs: Sequence[str]) -> list[Source]:
    """The picture files that ``inputs`` mean: files as they are, folders searched by suffix at any depth.

    A folder's pictures are sorted and named by their paths below it, other files by their
    last part; see :func:`find_files`. Raises UsageError for names that clash or a folder without pictures,
    FileError for a folder that cannot be listed.
    """
    found = find_files(inputs, SUFFIXES, "pictures")
    places: dict[str, str] = {}
    for source in found:
        if source.name in places:
            check_twice(places[source.name], source.path)
            raise UsageError(
                f"{places[source.name]} and {source.path} would both be named {source.name}; "
                "give the folder above them, or rename one"
            )
        places[source.name] = source.path
    for source in found:
        for above in _above(source.name):
            if above in places:
                raise UsageError(
                    f"{source.path} would be named {source.name}, as if {places[above]}, named {above}, were a folder; "
                    "rename one"
                )
    return found


def check_twice(first: str, second: str) -> None:
    """Raise UsageError where two paths are of one file."""
    if os.path.realpath(first) == os.path.realpath(second):
        raise UsageError(f"{second} is given twice")


def _above(name: str) -> Iterator[str]:
    """The folders that a name lies in."""
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def find_files(inputs: Sequence[str], suffixes: Sequence[str], what: str) -> list[Source]:
    """Files as they are, and of folders what has one of ``suffixes``; ``what`` is for messages.

    Links to folders are not followed; pipes and devices in folders, and what a killed process left, are
    passed over. A folder below one of ``inputs`` that cannot be listed is among the files, for reading to fail.
    """
    found: list[Source] = []
    for entry in inputs:
        if entry == STDIO and len(inputs) > 1:
            raise UsageError("- (standard input) cannot be combined with other inputs")
        if os.path.isdir(entry):
            found += _in_folder(entry, suffixes, what)
        else:
            found.append(Source(entry, os.path.basename(entry)))
    return found


def _in_folder(folder: str, suffixes: Sequence[str], what: str) -> list[Source]:
    paths: list[str] = []

    def refuse(error: OSError) -> None:
        if error.filename == folder:
            raise FileError(f"cannot read {folder}: {error.strerror}") from error
        paths.append(error.filename)

    for where, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [each for each in folders if not is_temporary(each)]
        for file in files:
            path = os.path.join(where, file)
            if os.path.splitext(file)[1].lower() in suffixes and (os.path.isfile(path) or not os.path.exists(path)):
                paths.append(path)
    if not paths:
        raise UsageError(f"no {what} in {folder}; expected files named {', '.join(suffixes)}")
    found = [Source(path, os.path.relpath(path, folder).replace(os.sep, "/")) for path in paths]
    return sorted(found, key=lambda source: source.name)


class Gallery(Sequence[Picture]):
    """The pictures of ``sources`` that :meth:`survey` could read, decoded when asked for.

    ``remarks`` are lines on what of their files is not kept.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = list(sources)
        self.input_bytes = 0
        self.remarks: list[str] = []
        self._kept: dict[str, Picture] = {}

    def survey(self) -> list[AecError]:
        """Read every picture once; those that cannot be read are left out, and their errors returned."""
        sound, errors, room = [], [], KEPT_BYTES
        for source in self.sources:
            try:
                data = read_bytes(source.path)
                picture, remarks = decode_with_remarks(data, shown(source.path))
            except AecError as error:
                errors.append(error)
                continue
            sound.append(source)
            self.input_bytes += len(data)
            self.remarks += remarks
            if picture.nbytes <= room or source.path == STDIO:
                self._kept[source.path] = picture
                room -= picture.nbytes
        self.sources = sound
        return errors

    def __len__(self) -> int:
        return len(self.sources)

    @overload
    def __getitem__(self, index: int) -> Picture: ...

    @overload
    def __getitem__(self, index: slice) -> list[Picture]: ...

    def __getitem__(self, index: int | slice) -> Picture | list[Picture]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        path = self.sources[index].path
        kept = self._kept.get(path)
        return decode_picture(read_bytes(path), shown(path)) if kept is None else kept
