"""From folders of pictures to the cache that a run trains on. The one part of it that needs Pillow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from aecodec.arrays import Shallow
from aecodec.errors import AecError, FileError, UsageError
from aecodec.files import Source, find_pictures, read_bytes, read_shallow
from aecodec.train.grid.pictures import Cache, make_cache, open_cache

SOURCES = "sources.json"  # beside the cache: names of the files, and the SHA-256 of each


def cached(folders: Sequence[Path], into: Path, tell: Callable[[str], None]) -> Cache:
    """Return the cache in ``into`` of all pictures below ``folders``: the one that is there, where it is of the same
    files.

    ``tell`` gets a line for each that cannot be read and is left out. Raises UsageError for a folder without pictures,
    or none that is large enough; FileError where ``into`` cannot be written.
    """
    sources = [source for folder in folders for source in _found(folder)]
    listed = json.dumps([[source.name, _sha256(source)] for source in sources], indent=0) + "\n"
    try:
        if (into / SOURCES).is_file() and (into / SOURCES).read_text(encoding="utf-8") == listed:
            return open_cache(into)
    except (OSError, UsageError):
        pass  # it is made anew
    try:
        (into / SOURCES).unlink(missing_ok=True)
        made = make_cache(into, _decoded(sources, tell))
        (into / SOURCES).write_text(listed, encoding="utf-8")
    except OSError as error:
        raise FileError(f"cannot write the cache of pictures in {into}: {error.strerror or error}") from error
    return made


def _found(folder: Path) -> list[Source]:
    if not folder.is_dir():
        found = "it is a file" if folder.is_file() else "there is no such folder"
        raise UsageError(f"no pictures in {folder}: {found}")
    return find_pictures([str(folder)])


def _sha256(source: Source) -> str:
    try:
        return hashlib.sha256(read_bytes(source.path)).hexdigest()
    except AecError:
        return ""


def _decoded(sources: Sequence[Source], tell: Callable[[str], None]) -> Iterator[tuple[str, Shallow]]:
    for source in sources:
        try:
            picture = read_shallow(source.path)
        except AecError as error:
            tell(f"left out: {error}")
            continue
        yield source.name, picture
