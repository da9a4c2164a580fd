"""``aecodec.open``: the pictures of a file as a sequence, each read and decoded when it is asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any, overload

from aecodec.arrays import Picture
from aecodec.codec.api import ModelPath
from aecodec.codec.arguments import count, flag, folders, positive, shown, whole
from aecodec.codec.decode import Decoder
from aecodec.codec.inspection import Info, info_of
from aecodec.codec.recent import RECENT_BYTES, Recent
from aecodec.container import Shapes, parse, parse_second
from aecodec.container.file_bytes import FRONT_BYTES, Bytes, FileBytes, PathBytes
from aecodec.errors import Argument, UsageError
from aecodec.zoo import Zoo

ArrayShape = tuple[int, ...]  # (H, W) or (H, W, C)


class NoPictureError(UsageError, IndexError):
    """There is no picture at that place: an IndexError, as of any sequence, and as of ``decompress`` a UsageError."""


def open(
    file: Any,
    *,
    model_path: ModelPath = (),
    base: bool = False,
    jobs: int = 1,
    cache_bytes: int = RECENT_BYTES,
) -> Reader:
    """Open an ``.aec`` file, to read some of its pictures or all: a :class:`Reader`.

    Only the front of the file is read now, in pieces of 64 KiB: header, index and names. The file's CRC-32 is over all
    its bytes, so it is compared only if the whole file is in the first piece. Without it, damage to the front may go
    unnoticed, and a name or a size may be wrong. Pixels cannot be: each block has a check of its own, which is compared
    whenever the block is decoded. The structure is checked in any case. :meth:`Reader.verify` compares the CRC-32;
    :func:`aecodec.decompress` always does.

    Args:
        file: a path, or a binary file with ``read``, ``seek`` and ``tell``, as :func:`open`, :class:`io.BytesIO` and
            fsspec give them. Such a file stays open and belongs to the caller, who must not read it meanwhile; nor must
            a process that is forked. A file that was opened by its path may be read there, too.
        model_path: a folder, or several, that are searched for models before ``AECODEC_MODEL_PATH``.
        base: read only the first layer of a progressive file, the lossy pictures.
        jobs: as for :func:`aecodec.decompress`.
        cache_bytes: keep the blocks that were read last, up to so many bytes of pixels.

    Raises:
        FileError: the file cannot be read.

    It also raises what :func:`aecodec.decompress` raises, here or when a picture is asked for. A file that asks for too
    much work is an error only when too much of it is done.

    """
    paths, base, jobs = folders("model_path", model_path), flag("base", base), positive("jobs", jobs)
    again = partial(open, model_path=paths, base=base, jobs=jobs, cache_bytes=count("cache_bytes", cache_bytes))
    return Reader(file, Zoo(paths), base=base, jobs=jobs, kept=Recent(cache_bytes), again=again)


class Reader(Sequence[Picture]):
    """The pictures of one file, uint8 or uint16 ``[H, W]`` or ``[H, W, C]`` each, decoded when asked for.

    ``reader[i]`` is a picture, ``reader[a:b]`` is a list of them, and iteration goes block after block. To read one
    picture, all of its block are decoded, and kept for a while. Each picture that you get is a copy of its own. A file
    of one picture is a sequence of one.

    Several threads may use a reader; they take turns. A reader that was opened by a path can be pickled: the file is
    then opened anew, and nothing decoded goes along. ``with`` closes the file, and so does the end of the reader.
    """

    def __init__(
        self,
        file: Any,
        zoo: Zoo,
        *,
        base: bool = False,
        jobs: int = 1,
        kept: Recent | None = None,
        again: partial[Reader] | None = None,
    ) -> None:
        """See :func:`open`. Several readers may share what they keep, if they are used by one thread."""
        self._path = _path_of(file)
        self._again, self._jobs = again, jobs
        self._kept = Recent() if kept is None else kept
        self._key: Hashable = object() if self._path is None else self._path
        self._lock = threading.RLock()
        self._source = FileBytes(file) if self._path is None else PathBytes(self._path)
        try:
            self._decoder = Decoder(_small_or_lazy(self._source), zoo, base=base, jobs=jobs)
        except BaseException:
            self._source.close()
            raise

    @property
    def many(self) -> bool:
        """Whether it is a container, and not a file of one picture."""
        return self._decoder.container.header.many

    @property
    def is_exact(self) -> bool:
        """Whether the pictures are the very ones that were compressed."""
        return self._decoder.is_exact

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names of all pictures, or None if the file keeps none."""
        return self._decoder.container.header.names

    @cached_property
    def shapes(self) -> Sequence[ArrayShape]:
        """The shapes of all pictures, as of their arrays; nothing is decoded for them."""
        return _ArrayShapes(self._decoder.shapes)

    @property
    def block_pictures(self) -> int:
        """How many pictures are in a block, the last one apart: ``reader[i]`` is in block ``i // block_pictures``."""
        return self._decoder.container.header.block_pictures

    @cached_property
    def info(self) -> Info:
        """What :func:`aecodec.inspect` says of the file, or of the layers that are read. Of exact files it reads all
        records, which say by what method they are coded.
        """
        return info_of(self._decoder.container, self._decoder.second)

    def index_of(self, name: str) -> int:
        """Return the place of the picture of that name. Raises UsageError if there is none."""
        found = self._places.get(name)
        if found is None:
            why = "" if self.names else "; the file has no names"
            raise UsageError(f"there is no picture named {name!r:.200}{why}")
        return found

    def take(self, indices: Iterable[int]) -> list[Picture]:
        """Return the pictures at ``indices``, in their order; each block is decoded but once."""
        places = [self._place(index) for index in indices]
        ordered = sorted(set(places))
        found = dict(zip(ordered, self._pictures(ordered), strict=True))
        first = {place: at for at, place in reversed([*enumerate(places)])}
        return [found[place] if first[place] == at else found[place].copy() for at, place in enumerate(places)]

    def verify(self) -> None:
        """Read the whole file, and compare its CRC-32, or in two layers both; decodes nothing. Raises FormatError."""
        with self._lock:
            first = parse(self._source)
            if self._decoder.second is not None:
                parse_second(first)

    def close(self) -> None:
        """Close the file, if it was opened by its path, and give no more pictures."""
        with self._lock:
            self._source.close()

    def __len__(self) -> int:
        return len(self._decoder)

    @overload
    def __getitem__(self, index: int) -> Picture: ...

    @overload
    def __getitem__(self, index: slice) -> list[Picture]: ...

    def __getitem__(self, index: int | slice) -> Picture | list[Picture]:
        if isinstance(index, slice):
            return list(self._pictures(range(len(self))[index]))
        return next(self._pictures([self._place(index)]))

    def __iter__(self) -> Iterator[Picture]:
        if self._jobs > 1:
            self._source.check_open()
            return iter(self._decoder)
        return self._pictures(range(len(self)))

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._path is None or self._again is None:
            raise TypeError("a Reader of an open file cannot be pickled: open the file by its path")
        return self._again, (os.path.abspath(self._path),)

    def __repr__(self) -> str:
        return f"<aecodec.Reader of {len(self)} picture{'s' * (len(self) != 1)}>"

    def _place(self, index: int) -> int:
        place, size = whole("index", index), len(self)
        if not -size <= place < size:
            raise NoPictureError(f"there is no picture {place}; the file has {size}, counted from 0")
        return place % size

    def _pictures(self, places: Iterable[int]) -> Iterator[Picture]:
        """Yield copies of the pictures at ``places``, which are in the order of their blocks."""
        current, pictures = -1, list[Picture]()
        for place in places:
            block, within = divmod(place, self.block_pictures)
            if block != current:
                current, pictures = block, self._block(block)
            yield pictures[within].copy()

    def _block(self, block: int) -> list[Picture]:
        with self._lock:
            self._source.check_open()
            found = self._kept.get((self._key, block))
            if found is None:
                found = self._decoder.block(block)
                self._kept.keep((self._key, block), found)
            return found

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names or ())}


class _ArrayShapes(Sequence[ArrayShape]):
    """The shapes of arrays, made as they are asked for: a few bytes of a file tell of millions."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes

    def __len__(self) -> int:
        return len(self._shapes)

    @overload
    def __getitem__(self, index: int) -> ArrayShape: ...

    @overload
    def __getitem__(self, index: slice) -> list[ArrayShape]: ...

    def __getitem__(self, index: int | slice) -> ArrayShape | list[ArrayShape]:
        if isinstance(index, slice):
            return [shape.of_array for shape in self._shapes[index]]
        return self._shapes[index].of_array

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(other) == len(self) and all(map(tuple.__eq__, self, other))

    def __repr__(self) -> str:
        return f"<shapes of {len(self)} pictures>"


def _path_of(file: Any) -> str | None:
    """Return the path that ``file`` is, or None if it is an open file; raises UsageError for anything else."""
    if isinstance(file, str | os.PathLike):
        path = os.fspath(file)
        if isinstance(path, str):
            return path
    elif all(callable(getattr(file, name, None)) for name in ("read", "seek", "tell")):
        return None
    advice = "; give the bytes of a file to aecodec.decompress, or in an io.BytesIO" if isinstance(file, bytes) else ""
    raise UsageError(Argument("file"), f" must be a path or a binary file, not {shown(file)}{advice}")


def _small_or_lazy(source: FileBytes) -> Bytes:
    """All bytes of a file that is read at once in any case, and is then checked whole."""
    return source[: len(source)] if len(source) <= FRONT_BYTES else source
