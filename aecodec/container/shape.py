"""The geometry of pictures: of one, and of all that a container holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby
from typing import overload

from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.frozen import dataclass
from aecodec.limits import MAX_PIXELS, MAX_SIDE

_CHANNELS_MASK, _EQUAL, _DEEP = 0x03, 0x04, 0x10


@dataclass(frozen=True)
class Shape:
    """One picture's geometry. ``channels`` 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha;
    ``equal``: its colour planes are the same and one stands for all. ``deep``: samples have 16 bits, not 8.
    """

    height: int
    width: int
    channels: int = 1
    equal: bool = False
    deep: bool = False

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.channels in (2, 4)

    @property
    def colour_planes(self) -> int:
        """Planes coded, not counting alpha."""
        return 1 if self.equal else self.channels - self.has_alpha

    @property
    def sample_bytes(self) -> int:
        """Bytes of a sample."""
        return 2 if self.deep else 1

    @property
    def opaque(self) -> Shape:
        """That of the colour planes alone."""
        return Shape(self.height, self.width, self.colour_planes)

    @property
    def of_array(self) -> tuple[int, ...]:
        """That of the picture's array: height and width, and of more than one channel their number."""
        return (self.height, self.width) if self.channels == 1 else (self.height, self.width, self.channels)

    def check(self) -> None:
        """Raise LimitError for a picture too large."""
        if max(self.height, self.width) > MAX_SIDE or self.height * self.width > MAX_PIXELS:
            raise LimitError(
                f"a picture of {self.width}x{self.height}; the limits are {MAX_SIDE} a side and {MAX_PIXELS} pixels"
            )

    def pack(self) -> bytes:
        """Return one byte for the channels, then width and height."""
        kind = self.channels - 1 | (_EQUAL if self.equal else 0) | (_DEEP if self.deep else 0)
        return bytes([kind]) + varint(self.width) + varint(self.height)

    @classmethod
    def read(cls, cursor: Cursor) -> Shape:
        """Read a shape; raises FormatError, UnsupportedError or LimitError."""
        kind = cursor.byte("picture kind")
        if kind & ~(_CHANNELS_MASK | _EQUAL | _DEEP):
            raise UnsupportedError(f"picture kind {kind:#04x} is not known to this aecodec; a newer one may be")
        width, height = cursor.varint("width", 1), cursor.varint("height", 1)
        shape = cls(height, width, (kind & _CHANNELS_MASK) + 1, bool(kind & _EQUAL), bool(kind & _DEEP))
        if shape.equal and shape.channels < 3:
            raise FormatError("a grey picture is marked as having equal colour planes")
        shape.check()
        return shape


class Shapes(Sequence[Shape]):
    """The shapes of a container's pictures in order, kept as runs: a few bytes of a file tell of millions."""

    def __init__(self, runs: Iterable[tuple[Shape, int]]) -> None:
        """Take ``runs``: a shape and how many pictures in a row have it; neighbours differ."""
        self.runs = tuple(runs)
        self._ends = list(accumulate(length for _, length in self.runs))

    @classmethod
    def of(cls, shapes: Iterable[Shape]) -> Shapes:
        """Make the runs from the shape of every picture."""
        return cls((shape, sum(1 for _ in group)) for shape, group in groupby(shapes))

    @property
    def depths(self) -> frozenset[bool]:
        """Whether samples have 16 bits: all of them, none, or both."""
        return frozenset(shape.deep for shape, _ in self.runs)

    @property
    def kinds(self) -> frozenset[Shape]:
        """The different ones."""
        return frozenset(shape for shape, _ in self.runs)

    def pack(self) -> bytes:
        """Return for each run its length, then its shape."""
        return b"".join(varint(length) + shape.pack() for shape, length in self.runs)

    @classmethod
    def read(cls, cursor: Cursor, count: int) -> Shapes:
        """Read the shapes of ``count`` pictures; raises FormatError, UnsupportedError or LimitError."""
        runs: list[tuple[Shape, int]] = []
        left = count
        while left:
            length = cursor.varint("run of equal geometry", 1)
            shape = Shape.read(cursor)
            if length > left or (runs and shape == runs[-1][0]):
                raise FormatError("runs of sizes do not add up, or two neighbours are equal")
            runs.append((shape, length))
            left -= length
        return cls(runs)

    def place(self, index: int) -> tuple[int, int]:
        """Return the run that picture ``index`` is in, and how many of the run come before it; behind the last, a
        new run.
        """
        run = bisect_right(self._ends, index)
        return run, index - (self._ends[run - 1] if run else 0)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[Shape]:
        for shape, length in self.runs:
            for _ in range(length):
                yield shape

    @overload
    def __getitem__(self, index: int) -> Shape: ...

    @overload
    def __getitem__(self, index: slice) -> list[Shape]: ...

    def __getitem__(self, index: int | slice) -> Shape | list[Shape]:
        places = range(len(self))[index]  # which raises IndexError past the end
        if isinstance(places, int):
            return self.runs[bisect_right(self._ends, places)][0]
        return [self.runs[bisect_right(self._ends, place)][0] for place in places]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shapes) and self.runs == other.runs

    def __hash__(self) -> int:
        return hash(self.runs)
