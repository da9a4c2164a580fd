"""The SHA-256 of model files that were read before, so that the right one of many is found without reading them all.

They are noted in the user's cache (:mod:`aecodec.zoo.cache`), each with place, size and times of its file. Whoever
then loads a file compares its SHA-256, so a note that is wrong can take a file for another, but passes none as another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from aecodec.zoo.cache import note, noted

_ABOUT: Final = "digests 1"
_MOST: Final = 200  # files


class FileState(NamedTuple):
    """A regular file as it is now; times are in nanoseconds."""

    path: Path
    device: int
    inode: int
    size: int
    modified: int
    changed: int


def known_digest(file: FileState) -> str | None:
    """Return the SHA-256 of a file that has not changed since it was noted, or None if it is not known."""
    found = _noted().get(str(file.path))
    return str(found[-1]) if found is not None and found[:-1] == list(file[1:]) else None


def note_digests(digests: Mapping[FileState, str]) -> None:
    """Note the SHA-256 of files, as far as they are not."""
    new = {str(file.path): [*file[1:], digest] for file, digest in digests.items() if known_digest(file) != digest}
    if new:
        kept = {path: entry for path, entry in _noted().items() if path not in new}
        _noted.cache_clear()
        note(_ABOUT, json.dumps(dict(list((kept | new).items())[-_MOST:])))


@cache
def _noted() -> dict[str, list[object]]:
    text = noted(_ABOUT)
    if text is None:
        return {}
    found: dict[str, list[object]] = json.loads(text)  # it is as it was written, or it would not be there
    return found
