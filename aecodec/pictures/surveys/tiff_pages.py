"""TIFF: the directories of a file, each of which says what a page is."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from aecodec.errors import FormatError

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_ENTRIES: Final = 1 << 16

KIND, WIDTH, HEIGHT, _BITS, COMPRESSION, MEANING = 254, 256, 257, 258, 259, 262
_STRIPS, ORIENTATION, SAMPLES, _STRIP_ROWS, _STRIP_BYTES, _PLANAR = 273, 274, 277, 278, 279, 284
_COLOURS, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES = 320, 322, 323, 324, 325
BELOW, _EXTRA, _FORMAT, TABLES, XMP, LAYERS = 330, 338, 339, 347, 700, 37724
# What decides pixels: the above, FillOrder, options of fax coding, Predictor, old JPEG's places, YCbCr's and more.
_KEPT: Final = frozenset(
    {WIDTH, HEIGHT, _BITS, COMPRESSION, MEANING, _STRIPS, SAMPLES, _STRIP_ROWS, _STRIP_BYTES, _PLANAR, _COLOURS}
    | {_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES, _EXTRA, _FORMAT, TABLES, 266, 292, 293, 317}
    | {332, *range(512, 522), *range(529, 533)}
)
OLD_JPEG, JPEG = 6, 7
_DEPTHS: Final = (32997, 32998)  # of a volume, or of its tiles
_COMPRESSIONS: Final = frozenset({1, 2, 3, 4, 5, OLD_JPEG, JPEG, 8, 32773, 32946, 34925, 50000})
_COLOUR_SAMPLES: Final = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3}  # by photometric interpretation
_MEANINGS: Final = {4: "a mask", 5: "CMYK", 6: "YCbCr", 8: "LAB", 9: "LAB", 10: "LAB", 32803: "a camera's raw samples"}
_FORMATS: Final = {2: "signed", 3: "floating-point", 4: "undefined", 5: "complex", 6: "complex floating-point"}
_DEEP_KINDS: Final = {(0, 1), (1, 1), (2, 3), (2, 4)}  # photometric interpretation, samples
_ADVICE: Final = "expected 8-bit grey, grey and alpha, RGB, RGB and alpha, or a palette; convert it first"


class _Entry(NamedTuple):
    kind: int
    length: int  # values
    raw: bytes  # as it stands in the directory
    at: int  # of the values

    @property
    def size(self) -> int:
        return _SIZES.get(self.kind, 1) * self.length


class Reader:
    """Directories of one file, classic or big."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.big = self.number("H", 2) == 43
        self.count, self.head, self.place = ("Q", "HHQ", "Q") if self.big else ("H", "HHI", "I")
        self.inner = struct.calcsize("<" + self.place)  # bytes of values that stand in the directory itself
        self.first = self.inner  # where the first directory's place is written

    def number(self, form: str, at: int) -> int:
        try:
            return int(struct.unpack_from(self.order + form, self.data, at)[0])
        except struct.error as error:
            raise FormatError("it is cut short, within its header or a directory") from error

    def page(self, at: int) -> tuple[Page, int]:
        """Return the directory at ``at``, and where the next one is."""
        number, length = self.number(self.count, at), struct.calcsize("<" + self.head) + self.inner
        at += struct.calcsize(self.count)
        if number > _MOST_ENTRIES or at + number * length > len(self.data):
            raise FormatError("one of its directories lies beyond its end")
        entries: dict[int, _Entry] = {}
        for here in range(at, at + number * length, length):
            tag, kind, count = struct.unpack_from(self.order + self.head, self.data, here)
            value = here + length - self.inner
            if _SIZES.get(kind, 1) * count > self.inner:
                value = self.number(self.place, value)
            entries.setdefault(tag, _Entry(kind, count, self.data[here : here + length], value))
        end = at + number * length
        return Page(self, entries, end + self.inner), self.number(self.place, end)


class Page:
    """One directory, and what it says of a picture."""

    def __init__(self, reader: Reader, entries: dict[int, _Entry], end: int) -> None:
        self.reader = reader
        self.entries = entries
        self.end = end

    def all(self, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Return a tag's integers, ``default`` where it is not there."""
        entry, data = self.entries.get(tag), self.reader.data
        if entry is None:
            return default
        if entry.kind not in _INTEGERS or not entry.length or entry.at + entry.size > len(data):
            raise FormatError(f"its tag {tag} cannot be read")
        return struct.unpack_from(f"{self.reader.order}{entry.length}{_INTEGERS[entry.kind]}", data, entry.at)

    def one(self, tag: int, default: int | None = None) -> int:
        values = self.all(tag)
        if not values:
            if default is None:
                raise FormatError(f"its tag {tag} is missing")
            return default
        return values[0]

    def text(self, tag: int) -> bytes:
        entry = self.entries.get(tag)
        return b"" if entry is None else self.reader.data[entry.at : entry.at + entry.size]

    def rebuilt(self) -> bytes:
        """Return the file with this directory for its only one, without metadata."""
        reader = self.reader
        raws = [self.entries[tag].raw for tag in sorted(_KEPT & self.entries.keys())]
        padding = bytes(-len(reader.data) % 8)
        place = struct.pack(reader.order + reader.place, len(reader.data) + len(padding))
        behind = memoryview(reader.data)[reader.first + len(place) :]
        head = struct.pack(reader.order + reader.count, len(raws))
        return b"".join([reader.data[: reader.first], place, behind, padding, head, *raws, bytes(reader.inner)])

    def refusal(self) -> str:
        """Return what makes its samples others than are taken; nothing where they are."""
        meaning, compression = self.one(MEANING, 0), self.one(COMPRESSION, 1)
        samples, extra = self.one(SAMPLES, 1), self.all(_EXTRA)
        bits, forms = self.all(_BITS, (1,)), set(self.all(_FORMAT, (1,))) - {1}
        own = _COLOUR_SAMPLES.get(meaning)
        if compression not in _COMPRESSIONS:
            return f"is compressed in a way not known here ({compression}); save it anew first"
        if any(self.one(tag, 1) > 1 for tag in _DEPTHS):
            return "is a volume, expected one picture; save its slices apart first"
        if forms:
            form = max(forms)
            return f"has {max(bits)}-bit {_FORMATS.get(form, 'unknown')} samples; {_ADVICE}"
        if max(bits) > 8 and not self.is_deep:
            return f"has {max(bits)}-bit samples; {_ADVICE}"
        if own is None or meaning == 5:
            return f"has samples that mean {_MEANINGS.get(meaning, f'nothing known here ({meaning})')}; {_ADVICE}"
        if meaning == 6 and compression not in (OLD_JPEG, JPEG):
            return f"has samples of YCbCr; {_ADVICE}"
        if samples - own > 1 or (samples > own and extra and extra[0] not in (1, 2, 999)):
            return f"has {samples} samples a pixel, {samples - own} more than its colours and no alpha; {_ADVICE}"
        if samples > own and extra and extra[0] == 1:
            return f"has colours multiplied by alpha, which cannot be kept exactly; {_ADVICE}"
        return ""

    @property
    def is_deep(self) -> bool:
        """Whether it has 16-bit samples of a kind that is taken: grey, RGB or RGB and alpha, a pixel's together."""
        together = self.one(_PLANAR, 1) == 1 or self.one(SAMPLES, 1) == 1
        kind = self.one(MEANING, 0), self.one(SAMPLES, 1)
        return set(self.all(_BITS, (1,))) == {16} and together and kind in _DEEP_KINDS

    def check_colours(self) -> str:
        """Return the refusal of a palette that 8 bits cannot hold. Raises FormatError if it is missing or cut
        short.
        """
        if self.one(MEANING, 0) != 3:
            return ""
        colours, bits = self.all(_COLOURS), self.one(_BITS, 1)
        if bits <= 8 and len(colours) != 3 << bits:
            raise FormatError(f"its palette has {len(colours)} numbers, expected {3 << bits}")
        if any(each % 257 for each in colours) and any(each % 256 for each in colours):
            return f"has a palette of 16-bit colours; {_ADVICE}"
        return ""

    def strips(self) -> list[tuple[memoryview, int]]:
        """Return the coded data of all strips or tiles, and their lengths decoded.

        Raises FormatError if they cannot cover the picture.
        """
        width, height = self.one(WIDTH), self.one(HEIGHT)
        tiled = _TILES in self.entries
        places = self.all(_TILES if tiled else _STRIPS)
        lengths = self.all(_TILE_BYTES if tiled else _STRIP_BYTES)
        across = self.one(_TILE_WIDTH) if tiled else width
        down = self.one(_TILE_HEIGHT) if tiled else min(self.one(_STRIP_ROWS, height), height)
        planes = self.one(SAMPLES, 1) if self.one(_PLANAR, 1) == 2 else 1
        if not across or not down:
            raise FormatError("its strips or tiles have no size")
        expected = planes * -(-width // across) * -(-height // down)
        if len(places) != expected:
            raise FormatError(f"it has {len(places)} strips or tiles, expected {expected}")
        row = (across * (sum(self._all_bits()) // planes) + 7) // 8
        rows = [down if tiled else min(down, height - n % (expected // planes) * down) for n in range(expected)]
        needed = [row * each for each in rows]
        if self.one(COMPRESSION, 1) == 1:
            if lengths and (len(lengths) != expected or any(a < b for a, b in zip(lengths, needed, strict=True))):
                raise FormatError("its strips or tiles are shorter than their pixels")
            lengths = tuple(needed)
        if not lengths and expected == 1:
            lengths = (max(len(self.reader.data) - places[0], 0),)
        if len(lengths) != expected or any(n <= 0 for n in lengths):
            raise FormatError("it does not say how long its strips or tiles are")
        if any(place + n > len(self.reader.data) for place, n in zip(places, lengths, strict=True)):
            raise FormatError("it is cut short: strips or tiles lie beyond its end")
        coded = (memoryview(self.reader.data)[place : place + n] for place, n in zip(places, lengths, strict=True))
        return list(zip(coded, needed, strict=True))

    def claims(self) -> tuple[int, int, int]:
        """Return where the last byte that the page needs ends, and bytes of its strips, and of all else that it
        names.
        """
        values = [(entry.at, entry.size) for entry in self.entries.values()]
        strips = [
            each
            for places, lengths in ((_STRIPS, _STRIP_BYTES), (_TILES, _TILE_BYTES))
            for each in zip(self.all(places), self.all(lengths), strict=False)
        ]
        ends = [at + n for at, n in (*values, *strips) if at + n <= len(self.reader.data)]
        return max(ends, default=0), sum(n for _, n in strips), sum(n for _, n in values)

    def _all_bits(self) -> tuple[int, ...]:
        bits, samples = self.all(_BITS, (1,)), self.one(SAMPLES, 1)
        return bits * samples if len(bits) == 1 else bits
