"""Picture files, found by file and folder names, and what they are called in a container."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from aecodec.errors import AecError, FileError, UsageError
from aecodec.files.atomic import is_temporary
from aecodec.files.encoding import as_text
from aecodec.files.read import STDIO
from aecodec.files.suffixes import TAKEN
from aecodec.frozen import dataclass

_APPLE_DOUBLE: Final = "._*"  # what macOS keeps beside a file on other file systems, under that file's own suffix


@dataclass(frozen=True)
class Source:
    """A picture file, and its name in a container: a relative path with ``/``. One with an ``error`` is not taken.

    ``frame``: which of the frames or pages of the file is meant, counted from 0; None of a file of one picture.
    """

    path: str
    name: str
    error: AecError | None = None
    frame: int | None = None


@dataclass(frozen=True)
class Found:
    """What a search found, and how many files of which kinds it passed over; a kind is a suffix in lower case."""

    sources: list[Source]
    others: Counter[str]


def find_pictures(inputs: Sequence[str]) -> list[Source]:
    """Return the picture files that ``inputs`` mean: files as they are, folders searched by suffix at any depth.

    A folder's pictures are sorted and named by their paths below it, other files by their
    last part; see :func:`find_files` and :func:`apart`. Raises UsageError for one folder without pictures,
    FileError for one that cannot be listed.
    """
    return apart(find_files(inputs, TAKEN, "pictures").sources)


def apart(sources: Sequence[Source]) -> list[Source]:
    """Return ``sources`` as pictures of one container: of those whose names clash all but the first get an error.

    Raises UsageError for standard input among others.
    """
    if len(sources) > 1 and any(source.path == STDIO for source in sources):
        raise UsageError("- (standard input) cannot be combined with other inputs")
    places: dict[str, str] = {}
    result = []
    for source in sources:
        if source.error is None and source.name in places:
            source = replace(source, error=clash(places[source.name], source))
        if source.error is None:
            places[source.name] = source.path
        result.append(source)
    return [_below_a_picture(source, places) for source in result]


def twice(first: str, second: str) -> UsageError | None:
    """Return the error of the second of two paths, where both are of one file."""
    if os.path.realpath(first) == os.path.realpath(second):
        return UsageError(f"{second} is given twice")
    return None


def find_files(inputs: Sequence[str], suffixes: Sequence[str], what: str) -> Found:
    """Return files as they are, and of folders what has one of ``suffixes``; ``what`` is for messages.

    What else a folder holds is passed over and counted: other files, those that macOS leaves beside others
    (``._*``), pipes and devices, what a killed process left, and links to folders, which are not followed. A folder
    that cannot be listed, or has nothing of what is sought, is among the files with its error; if it is all of
    ``inputs``, that is raised: FileError or UsageError.
    """
    found: list[Source] = []
    others: Counter[str] = Counter()
    for entry in inputs:
        if not os.path.isdir(entry):
            found.append(Source(entry, as_text(os.path.basename(entry))))
            continue
        try:
            found += _in_folder(entry, suffixes, what, others)
        except AecError as error:
            if len(inputs) == 1:
                raise
            found.append(Source(entry, as_text(os.path.basename(entry)), error))
    return Found(found, others)


def clash(taken: str, source: Source) -> UsageError:
    """Return the error of a source that would have the name of one from the file ``taken``."""
    return twice(taken, source.path) or UsageError(
        f"{source.path} is left out: {taken} and it would both be named {source.name}; "
        "give the folder above them, or rename one"
    )


def _below_a_picture(source: Source, places: Mapping[str, str]) -> Source:
    """Return ``source``, with an error where the name of a picture would be a folder that it lies in."""
    above = next((each for each in folders_of(source.name) if each in places), None)
    if source.error is not None or above is None:
        return source
    error = UsageError(
        f"{source.path} would be named {source.name}, as if {places[above]}, named {above}, were a folder; rename one"
    )
    return replace(source, error=error)


def folders_of(name: str) -> Iterator[str]:
    """Yield the folders that a name lies in."""
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def _in_folder(folder: str, suffixes: Sequence[str], what: str, others: Counter[str]) -> list[Source]:
    paths: list[str] = []

    def refuse(error: OSError) -> None:
        if error.filename == folder:
            raise FileError(f"cannot read {folder}: {error.strerror}") from error
        paths.append(error.filename)

    for where, folders, files in os.walk(folder, onerror=refuse):
        others.update(_suffix(each) for each in folders if is_temporary(each))
        others.update("linked folder" for each in folders if os.path.islink(os.path.join(where, each)))
        folders[:] = [each for each in folders if not is_temporary(each)]
        for file in files:
            path = os.path.join(where, file)
            if _is_sought(file, suffixes) and (os.path.isfile(path) or not os.path.exists(path)):
                paths.append(path)
            else:
                others[_kind(file)] += 1
    if not paths:
        raise UsageError(f"no {what} in {folder}; expected files named {', '.join(suffixes)}")
    found = [Source(path, as_text(os.path.relpath(path, folder)).replace(os.sep, "/")) for path in paths]
    return sorted(found, key=lambda source: source.name)


def _kind(file: str) -> str:
    """Return what the line about files passed over calls one."""
    if file.startswith("._"):
        return _APPLE_DOUBLE
    return _suffix(file).rstrip(".") or "without suffix"


def _is_sought(file: str, suffixes: Sequence[str]) -> bool:
    return _suffix(file) in suffixes and not file.startswith("._")


def _suffix(file: str) -> str:
    return os.path.splitext(file)[1].lower()
