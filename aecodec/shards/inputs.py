"""What is given becomes pictures and tar files with names: folders, patterns, files and URLs.

A name is the path below the folder given, or below the last folder before a pattern, or else the file's own. Of a tar
file it is without ``.tar``, and the pictures in it lie below it as in a folder: ``0007.tar`` has ``0007/cat.png``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import Final

from aecodec.errors import AecError, FileError, UnsupportedError, UsageError
from aecodec.files import STDIO, Source, apart
from aecodec.files.encoding import as_text
from aecodec.files.suffixes import TAKEN
from aecodec.frozen import dataclass
from aecodec.shards.patterns import expanded, fixed_folder, is_pattern, is_wild
from aecodec.shards.places import Stat, files_in, is_folder, last_part, matching, settled, stat, stats
from aecodec.shards.tars import PACKED, TAR

_SOUGHT: Final = (*TAKEN, TAR)


@dataclass(frozen=True)
class Input:
    """A picture file or a tar file; with an ``error`` it is left out."""

    place: str
    name: str
    size: int
    etag: str | None = None
    error: AecError | None = None

    @property
    def is_tar(self) -> bool:
        """Whether pictures lie in it."""
        return self.place.lower().endswith(TAR)


@dataclass(frozen=True)
class Inputs:
    """What was found, in the order of the arguments, and how many files of which kinds were passed over."""

    files: list[Input] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)


def find_inputs(words: Sequence[str], sought: Sequence[str] = _SOUGHT, what: str = "pictures or tar files") -> Inputs:
    """Return the files that ``words`` mean; what a folder or a pattern means is sorted by name.

    Folders are searched at any depth for the suffixes ``sought``. Of two with one name the second has an error. Raises
    UsageError where a word means nothing, FileError for a file that is not there or a folder that cannot be listed: a
    shard has the pictures that come next, so that one file more or less changes all that follow.
    """
    found = Inputs()
    for word in words:
        if word == STDIO:
            raise UsageError("- (standard input) cannot be cut into shards; name files, folders or URLs")
        found.files.extend(_found(settled(word), sought, what, found.others))
    named = apart([Source(each.place, each.name) for each in found.files])
    found.files[:] = [replace(one, error=other.error) for one, other in zip(found.files, named, strict=True)]
    return found


def _found(word: str, sought: Sequence[str], what: str, others: Counter[str]) -> list[Input]:
    own = stat(word)
    if own is not None:
        return [_input(own, last_part(word))]
    if is_folder(word):
        return _in_folder(word, sought, what, others)
    if not is_pattern(word):
        raise FileError(f"cannot read {word}: there is no such file or folder")
    root = fixed_folder(word)
    files = list(_expanded(word))
    if not files:
        raise UsageError(f"nothing matches {word}")
    return [_input(each, each.place.removeprefix(root)) for each in files]


def _expanded(pattern: str) -> Iterator[Stat]:
    names = expanded(pattern)
    if any(map(is_wild, names)):
        for name in names:
            yield from matching(name)
        return
    for name, found in zip(names, stats(names), strict=True):
        if found is None:
            raise FileError(f"cannot read {name}: there is no such file, and {pattern} stands for it")
        yield found


def _in_folder(folder: str, sought: Sequence[str], what: str, others: Counter[str]) -> list[Input]:
    result = []
    for name, found in files_in(folder, deep=True):
        if not name.rpartition("/")[2].startswith("._") and name.lower().endswith(tuple(sought)):
            result.append(_input(found, name))
        else:
            others[_kind(name)] += 1
    if not result:
        raise UsageError(f"no {what} in {folder}; expected files named {', '.join(sought)}")
    return result


def _input(found: Stat, name: str) -> Input:
    name = as_text(name).replace(os.sep, "/")
    if name.lower().endswith(PACKED):
        raise UnsupportedError(
            f"{found.place} is a packed tar file, in which no picture has a place of its own; unpack it"
        )
    return Input(found.place, name[: -len(TAR)] if name.lower().endswith(TAR) else name, found.size, found.etag)


def _kind(name: str) -> str:
    base = name.rpartition("/")[2]
    if base.startswith("._"):
        return "._*"
    return base[base.rfind(".") :].lower() if "." in base.strip(".") else "without suffix"
