"""The pictures of a batch in bounded memory: each file is read once, and again when what it holds is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import tee
from typing import TYPE_CHECKING, Final

from aecodec.arrays import Picture
from aecodec.engine import HERE, Engine
from aecodec.errors import AecError
from aecodec.files.batch import Source
from aecodec.files.chunks import in_chunks
from aecodec.files.frame_names import FrameNames
from aecodec.files.read import STDIO, read_bytes, shown
from aecodec.frozen import dataclass
from aecodec.pictures.images import decode_picture, decode_with_remarks
from aecodec.pictures.sequence import PictureSequence

if TYPE_CHECKING:
    from aecodec.pictures.frames import Frames

KEPT_BYTES: Final = 1 << 28  # of decoded pixels; pictures beyond are read again when asked for


@dataclass(frozen=True)
class _Read:
    """A picture, the size of its file, and what of that is not kept."""

    picture: Picture
    bytes: int
    remarks: Sequence[str]


def _read_some(sources: Sequence[Source]) -> list[_Read | AecError]:
    """Read some pictures; an error in place of one that has one, or gives one."""
    found: list[_Read | AecError] = []
    for source in sources:
        try:
            if source.error is not None:
                raise source.error
            data = read_bytes(source.path)
            picture, remarks = decode_with_remarks(data, shown(source.path))
            found.append(_Read(picture, len(data), remarks))
        except AecError as error:
            found.append(error)
    return found


class Gallery(PictureSequence):
    """The pictures of ``sources`` that :meth:`survey` could read, decoded when asked for.

    With ``frames`` a file of several frames or pages is as many pictures: ``scan.tiff`` becomes ``scan/0001.png`` and
    so on. ``remarks`` are lines on what of their files is not kept; ``deep`` are the files with samples of 16 bits.
    """

    def __init__(self, sources: Sequence[Source], *, frames: bool = False) -> None:
        self.sources = list(sources)
        self.input_bytes = 0
        self.remarks: list[str] = []
        self.deep: list[str] = []
        self._frames = frames
        self._kept: dict[Source, Picture] = {}
        self._open: tuple[str, Frames] | None = None  # the file whose frames were asked for last

    def survey(self, engine: Engine = HERE) -> list[AecError]:
        """Read every picture once; those that have an error, or give one, are left out, and the errors returned.

        ``engine`` reads them, many small ones at a time; frames are read here, one by one.
        """
        sound, errors, room = [], [], KEPT_BYTES
        for source, read in self._framed() if self._frames else self._plain(engine):
            if isinstance(read, AecError):
                errors.append(read)
                continue
            sound.append(source)
            self.input_bytes += read.bytes
            self.remarks += read.remarks
            if read.picture.itemsize > 1:
                self.deep.append(source.path)
            if read.picture.nbytes <= room or (source.path == STDIO and source.frame is None):
                self._kept[source] = read.picture
                room -= read.picture.nbytes
        self.sources = sound
        return errors

    def _plain(self, engine: Engine) -> Iterator[tuple[Source, _Read | AecError]]:
        chunks, again = tee(in_chunks(self.sources, lambda source: source.path))
        for chunk, found in zip(again, engine.map(_read_some, chunks), strict=True):
            yield from zip(chunk, found, strict=True)

    def _framed(self) -> Iterator[tuple[Source, _Read | AecError]]:
        names = FrameNames()
        for source in self.sources:
            try:
                if source.error is not None:
                    raise source.error
                film = self._film(source.path)
                is_single = film.is_single or (len(film) == 1 and film.broken is None)
                named = names.of(source, len(film), is_single=is_single)
            except AecError as error:
                yield source, error
                continue
            size = film.bytes
            for number, each in enumerate(named):
                found = _read_frame(film, each, number, size)
                yield each, found
                if isinstance(found, _Read):
                    size = 0  # each file counts once
                elif film.is_animation and each.error is None:
                    break
            else:
                if film.broken is not None:
                    yield source, film.broken

    def _film(self, path: str) -> Frames:
        if self._open is None or self._open[0] != path:
            from aecodec.pictures.frames import Frames  # which files of one picture need not wait for

            self._open = path, Frames(read_bytes(path), shown(path))
        return self._open[1]

    def __len__(self) -> int:
        return len(self.sources)

    def read(self, index: int) -> Picture:
        """See PictureSequence."""
        source = self.sources[index]
        kept = self._kept.get(source)
        if kept is not None:
            return kept
        if source.frame is not None:
            return self._film(source.path).read(source.frame).picture
        return decode_picture(read_bytes(source.path), shown(source.path))


def _read_frame(film: Frames, source: Source, number: int, size: int) -> _Read | AecError:
    try:
        if source.error is not None:
            raise source.error
        picture, remarks = film.read(number)
    except AecError as error:
        behind = len(film) - number - 1
        if source.error is not None or not film.is_animation or not behind:
            return error
        return type(error)(*error.args, f"; the {behind} behind it are left out, too, for they build on it")
    return _Read(picture, size, remarks)
