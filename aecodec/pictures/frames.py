"""The frames of an animation or the pages of a scan in one picture file, each a picture, decoded one by one.

Pages are taken as files of one page are, each with its own size and channels. Frames are what a viewer shows when their
turn comes: the whole canvas, RGB and alpha. How long each is shown is not kept.
"""

from __future__ import annotations

from aecodec.arrays import Picture
from aecodec.errors import AecError, LimitError
from aecodec.limits import MAX_FRAMES
from aecodec.pictures.canvas import Canvas
from aecodec.pictures.images import Reading, decode_frame, decode_with_remarks, explained, form_of
from aecodec.pictures.surveys import FILMS
from aecodec.pictures.surveys.survey import Film, Frame, check_size


class Frames:
    """The pictures of the bytes of a file; ``name`` is for messages.

    ``broken`` is the error of the frame or page behind the last one, where that is damaged so that no more can be
    known. ``is_animation``: frames build on those before them, so behind one that cannot be decoded none can.
    """

    def __init__(self, data: bytes, name: str) -> None:
        """Find the frames or pages. Raises UnsupportedError, FormatError or LimitError where there can be none."""
        self._data, self._name = data, name
        self.broken: AecError | None = None
        self._frames: list[Frame] = []
        self._size: tuple[int, int] | None = None
        self._canvas, self._next = Canvas(0, 0), 0
        self._shown: tuple[int, Picture] | None = None
        self._what = "page"
        if not data:
            return
        with explained(name):
            form = form_of(data)
            film = FILMS[form](data) if form in FILMS else None
            if film is not None and film.size is not None:
                check_size(*film.size)
                self._size, self._what = film.size, "frame"
        try:
            self._find(film)
        except AecError as error:
            self.broken = error

    def _find(self, film: Film | None) -> None:
        """Take the frames, as many as can be known; the error of what follows names that."""
        each = iter(()) if film is None else film.frames
        while True:
            with explained(self._label(len(self._frames))):
                frame = next(each, None)
                if frame is not None and len(self._frames) == MAX_FRAMES:
                    raise LimitError(f"is one of more than {MAX_FRAMES}, the limit for a file")
            if frame is None:
                return
            self._frames.append(frame)

    @property
    def bytes(self) -> int:
        """How long the file is."""
        return len(self._data)

    def __len__(self) -> int:
        """How many there are, 1 of a file that is no animation and has no pages."""
        return 1 if self.is_single else len(self._frames)

    @property
    def is_single(self) -> bool:
        """Whether it is a file of one picture, as any other."""
        return not self._frames and self.broken is None

    @property
    def is_animation(self) -> bool:
        """Whether frames build on those before them."""
        return self._size is not None

    def read(self, number: int) -> Reading:
        """Return a picture, counted from 0: uint8 ``[H, W]`` or ``[H, W, C]``, of an animation ``[H, W, 4]``.

        Those of an animation are quick one after the other; otherwise all before are decoded again. Errors name file
        and frame: UnsupportedError, FormatError or LimitError.
        """
        if self.is_single:
            return decode_with_remarks(self._data, self._name)
        if self._size is None:
            return self._decoded(number)
        if self._shown is None or self._shown[0] != number:
            self._shown = number, self._drawn(number, self._size)
        return Reading(self._shown[1], ())

    def _drawn(self, number: int, size: tuple[int, int]) -> Picture:
        if not 0 < self._next <= number:
            self._canvas, self._next = Canvas(*size), 0
        while True:
            place = self._frames[self._next].place
            assert place is not None
            at, self._next = self._next, 0  # begin anew after an error
            shown = self._canvas.show(self._decoded(at).picture, place)
            self._next = at + 1
            if at == number:
                return shown

    def _decoded(self, number: int) -> Reading:
        frame, label = self._frames[number], self._label(number)
        with explained(label):
            picture, remarks = decode_frame(frame)
        return Reading(picture, tuple(f"{label}: {remark}" for remark in remarks))

    def _label(self, number: int) -> str:
        return f"{self._name}, {self._what} {number + 1},"
