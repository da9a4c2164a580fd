"""What the frames or pages of picture files are called in a container: each file is a folder of numbered pictures."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from aecodec.container.names import is_safe_name, why_unsafe
from aecodec.errors import UsageError
from aecodec.files.batch import Source, clash, folders_of

_DIGITS = 4  # at least


class FrameNames:
    """Gives names, none of them twice, and none as if another one were a folder."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}  # names, and the folders in them, with the file that has each
        self._folders: dict[str, str] = {}

    def of(self, source: Source, count: int, *, is_single: bool) -> Iterator[Source]:
        """Return a source for each of the ``count`` pictures of the file ``source``, with an error where its name is
        another's; ``is_single``: it keeps the name of the file.

        Raises UsageError if the file cannot be a folder's name, or another one is that folder.
        """
        if is_single:
            return iter([self._placed(replace(source, frame=0))])
        folder, digits = posixpath.splitext(source.name)[0], max(_DIGITS, len(str(count)))
        named = (replace(source, name=f"{folder}/{n + 1:0{digits}d}.png", frame=n) for n in range(count))
        first = f"{folder}/{1:0{digits}d}.png"
        if not is_safe_name(first):
            reason = why_unsafe(first)
            raise UsageError(f"the frames of {source.path!r} cannot be named in a container: {reason}; rename it")
        if first in self._places:
            raise clash(self._places[first], replace(source, name=first))
        return map(self._placed, named)

    def _placed(self, source: Source) -> Source:
        folders = list(folders_of(source.name))
        taken = next((self._places[name] for name in (source.name, *folders) if name in self._places), None)
        if taken is None:
            taken = self._folders.get(source.name)
        if taken is not None:
            return replace(source, error=clash(taken, source))
        self._places[source.name] = source.path
        self._folders.update(dict.fromkeys(folders, source.path))
        return source
