"""Which picture of a folder is the one that a file holds."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from aecodec.container import Header
from aecodec.files import Source, find_files, numbered_names, picture_names
from aecodec.files.suffixes import TAKEN


class Originals:
    """The pictures of a folder by their names below it, and which of them were asked for."""

    def __init__(self, folder: str) -> None:
        """Look through ``folder``; raises UsageError if it has no picture, FileError if it cannot be read."""
        self.folder = folder
        found = find_files([folder], TAKEN, "pictures").sources
        self._paths = {source.name: source.path for source in found}
        self._stems: dict[str, str] = {}
        for name in self._paths:
            self._stems.setdefault(posixpath.splitext(name)[0], name)
        self._asked: set[str] = set()

    def of_file(self, source: Source) -> str | None:
        """Return the path of the picture that became the file ``source`` of one, by its name without suffix."""
        return self._path(self._stems.get(posixpath.splitext(source.name)[0]))

    def of_container(self, header: Header) -> Iterator[tuple[str, str | None]]:
        """Yield the name of each picture of a container, and its path: of what was compressed, or decompressed."""
        if header.names is None:
            for name in numbered_names(header.count):
                yield name, self._path(name)
            return
        shapes = header.shapes
        channels = [1] * header.count if shapes is None else [shape.channels for shape in shapes]
        for name, other in zip(header.names, picture_names(header.names, channels), strict=True):
            yield name, self._path(name if name in self._paths else other)

    @property
    def others(self) -> list[str]:
        """The paths of those that nobody asked for."""
        return [path for name, path in self._paths.items() if name not in self._asked]

    def _path(self, name: str | None) -> str | None:
        if name is None or name not in self._paths:
            return None
        self._asked.add(name)
        return self._paths[name]
