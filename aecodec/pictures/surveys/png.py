"""PNG by the rules of its specification on chunks, palettes, transparent colours and compressed data.

Chunks that decide no pixel are left out, whatever they hold.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from PIL import Image

from aecodec.arrays import DeepPicture
from aecodec.errors import FormatError
from aecodec.pictures.deep import by_halves, by_pairs, with_transparent
from aecodec.pictures.surveys.survey import Survey, check_size, orientation_of, several, what_follows

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNK: Final = (1 << 31) - 1
_MOST_TEXT: Final = 1 << 20  # bytes of a text that may tell the orientation
_PIECE: Final = 1 << 20
_MOST_MORE: Final = 1 << 24  # bytes that are inflated behind the last row, for the checksum behind them
_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # by colour type
_DEEP: Final = 16  # bits
_BYTES_AS: Final = {0: 4, 4: 6}  # by colour type: that of 8 bits with as many bytes a pixel
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
# Those that decide neither a pixel nor how it is shown here: what is wrong in one of them costs that chunk alone.
_METADATA: Final = frozenset(
    {b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD"}
    | {b"hIST", b"pHYs", b"sPLT", b"tIME", b"oFFs", b"pCAL", b"sCAL", b"sTER", b"caNv", b"orNT", b"vpAg"}
)


class Header(NamedTuple):
    width: int
    height: int
    bits: int
    colour: int
    compression: int
    filter: int
    interlace: int

    @property
    def inflated(self) -> int:
        """Bytes of all rows, each with its filter."""
        depth = self.bits * _SAMPLES[self.colour]
        total = 0
        for x, y, across, down in _ADAM7 if self.interlace else ((0, 0, 1, 1),):
            columns, rows = -((x - self.width) // across), -((y - self.height) // down)
            total += rows * (1 + (columns * depth + 7) // 8) if columns > 0 else 0
        return total


def survey(data: bytes) -> Survey:
    """Return the survey of a file that begins as a PNG does."""
    if not data.startswith(SIGNATURE):
        raise FormatError("its signature is not that of a PNG")
    walk = Walk()
    end = len(SIGNATURE)
    for kind, body, sound in chunks_of(data):
        walk.take(kind, body, sound)
        end += len(body) + 12
    walk.finish()
    remarks = (*walk.remarks, *check_deflated(walk.parts, walk.header.inflated), *what_follows(data, end))
    deep = walk.deep if walk.header.bits == _DEEP else None
    return Survey(walk.rebuilt(), remarks, orientation_of(walk.metadata), check=walk.check_indices, deep=deep)


def chunks_of(data: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Yield kind, body and whether its checksum is right, for all chunks to IEND."""
    view, at, kind = memoryview(data), len(SIGNATURE), b""
    while kind != b"IEND":
        if at + 12 > len(data):
            raise FormatError("it is cut short: its IEND chunk is missing")
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if not kind.isalpha() or length > _MOST_CHUNK:
            raise FormatError(f"byte {at} begins no chunk")
        if end > len(data):
            raise FormatError(f"it is cut short: its {kind.decode()} chunk has {length} bytes")
        found = zlib.crc32(view[at + 4 : end - 4])
        yield kind, view[at + 8 : end - 4], found == struct.unpack_from(">I", data, end - 4)[0]
        at = end


class Walk:
    """What the chunks have said so far."""

    def __init__(self) -> None:
        self.header = Header(0, 0, 0, 0, 0, 0, 0)
        self.palette = b""
        self.transparent = b""
        self.parts: list[bytes] = []
        self.metadata: dict[str, bytes | str] = {}
        self.remarks: list[str] = []
        self._seen: set[bytes] = set()
        self._last = b""
        self.stated = 0  # frames, by acTL
        self._frames = 0  # fcTL
        self._first_is_frame = False

    def take(self, kind: bytes, body: memoryview, sound: bool) -> None:
        name = kind.decode()
        if not self._last and kind != b"IHDR":
            raise FormatError(f"its first chunk is {name}, expected IHDR")
        if not sound:
            if kind not in _METADATA:
                raise FormatError(f"the checksum of its {name} chunk is wrong")
            remark = f"the checksum of its {name} chunk is wrong; nothing of that is kept"
            self.remarks += [remark] if remark not in self.remarks else []
            return
        if kind in self._seen and kind in (b"IHDR", b"PLTE", b"tRNS"):
            raise FormatError(f"it has two {name} chunks")
        if kind == b"IDAT" and self.parts and self._last != b"IDAT":
            raise FormatError("other chunks lie between its IDAT chunks")
        if kind in (b"PLTE", b"tRNS") and self.parts:
            raise FormatError(f"its {name} chunk is behind its data")
        method = _METHODS.get(kind)
        if method is not None:
            method(self, bytes(body))
        elif kind[:1].isupper():
            raise FormatError(f"it has a critical chunk {name}, which PNG does not know")
        self._seen.add(kind)
        self._last = kind

    def finish(self) -> None:
        if not self.parts:
            raise FormatError("it has no IDAT chunk")
        frames = max(self.stated, self._frames) + (b"fdAT" in self._seen and not self._first_is_frame)
        if frames > 1 or b"fdAT" in self._seen:
            raise several(max(frames, 2))

    def deep(self) -> DeepPicture:
        """Decode samples of 16 bits."""
        header, grey = self.header, _BYTES_AS.get(self.header.colour)
        if grey is None:
            picture = by_halves(self.rebuilt(header), "PNG")
        else:
            picture = by_pairs(self.rebuilt(header._replace(bits=8, colour=grey)), "PNG")
        if not self.transparent:
            return picture
        return with_transparent(picture, struct.unpack(f">{_SAMPLES[header.colour]}H", self.transparent))

    def rebuilt(self, header: Header | None = None) -> bytes:
        """Return the file with no more than decides its pixels; with another ``header``, without transparent colour."""
        return self.file_of(header or self.header, self.parts, transparent=header is None)

    def file_of(self, header: Header, parts: Sequence[bytes], *, transparent: bool = True) -> bytes:
        """Return a file of these ``parts`` of compressed data, with the palette of this one, and with its
        ``transparent`` colour where that is wanted.
        """
        chunks: list[tuple[bytes, bytes]] = [(b"IHDR", struct.pack(">IIBBBBB", *header))]
        if self.header.colour == 3:
            chunks.append((b"PLTE", self.palette))
        if self.transparent and transparent:
            chunks.append((b"tRNS", self.transparent))
        chunks += [(b"IDAT", part) for part in parts]
        pieces = [SIGNATURE]
        for kind, body in [*chunks, (b"IEND", b"")]:
            pieces += [struct.pack(">I4s", len(body), kind), body]
            pieces.append(struct.pack(">I", zlib.crc32(body, zlib.crc32(kind))))
        return b"".join(pieces)

    def check_indices(self, image: Image.Image) -> Sequence[str]:
        """Raise FormatError if a pixel has no colour in the palette."""
        if self.header.colour == 3:
            most, colours = image.getextrema()[1], len(self.palette) // 3
            if isinstance(most, int | float) and most >= colours:
                raise FormatError(f"a pixel has colour {most} of a palette of {colours}")
        return ()

    def _take_header(self, body: bytes) -> None:
        if len(body) != 13:
            raise FormatError(f"its IHDR chunk has {len(body)} bytes, expected 13")
        header = Header(*struct.unpack(">IIBBBBB", body))
        if not 0 < header.width <= _MOST_CHUNK or not 0 < header.height <= _MOST_CHUNK:
            raise FormatError(f"its size is {header.width}x{header.height}")
        if header.bits not in _DEPTHS.get(header.colour, ()):
            raise FormatError(f"it has {header.bits} bits and colour type {header.colour}, which PNG does not know")
        if header.compression or header.filter or header.interlace > 1:
            raise FormatError("its method of compression, filtering or interlacing is none that PNG knows")
        check_size(header.width, header.height)
        self.header = header

    def _take_palette(self, body: bytes) -> None:
        if self.header.colour in (0, 4):
            raise FormatError("it is grey and has a palette")
        if b"tRNS" in self._seen:
            raise FormatError("its PLTE chunk is behind its tRNS chunk")
        most = 1 << self.header.bits if self.header.colour == 3 else 256
        if len(body) % 3 or not 0 < len(body) <= 3 * most:
            raise FormatError(f"its palette has {len(body)} bytes, expected 3 for each of 1 to {most} colours")
        self.palette = body

    def _take_transparent(self, body: bytes) -> None:
        colour, most = self.header.colour, len(self.palette) // 3
        if colour not in (0, 2, 3):
            raise FormatError("it has alpha and a transparent colour")
        if colour == 3 and not 0 < len(body) <= most:
            raise FormatError(f"its tRNS chunk has {len(body)} bytes for a palette of {most} colours")
        if colour != 3 and len(body) != 2 * _SAMPLES[colour]:
            raise FormatError(f"its tRNS chunk has {len(body)} bytes, expected {2 * _SAMPLES[colour]}")
        if colour != 3:  # of each number only as many bits as samples have
            numbers = struct.unpack(f">{_SAMPLES[colour]}H", body)
            body = struct.pack(f">{len(numbers)}H", *(n & (1 << self.header.bits) - 1 for n in numbers))
        self.transparent = body

    def _take_data(self, body: bytes) -> None:
        if self.header.colour == 3 and not self.palette:
            raise FormatError("it has no palette before its data")
        self.parts.append(body)

    def _take_end(self, body: bytes) -> None:
        if body:
            raise FormatError(f"its IEND chunk has {len(body)} bytes, expected none")

    def _take_animation(self, body: bytes) -> None:
        if len(body) == 8:
            self.stated = int.from_bytes(body[:4])

    def _take_frame(self, body: bytes) -> None:
        self._frames += 1
        self._first_is_frame |= not self.parts

    def _take_exif(self, body: bytes) -> None:
        self.metadata.setdefault("exif", b"Exif\0\0" + body)

    def _take_xmp(self, body: bytes) -> None:
        if body.startswith(b"XML:com.adobe.xmp\0\0") and len(body) < _MOST_TEXT:
            self.metadata["xmp"] = body

    def _take_packed_profile(self, body: bytes) -> None:
        name, _, packed = body.partition(b"\0")
        try:
            self._take_profile(name + b"\0" + zlib.decompressobj().decompress(packed[1:], _MOST_TEXT))
        except zlib.error:
            return

    def _take_profile(self, body: bytes) -> None:
        """Take EXIF as ImageMagick keeps it."""
        name, _, text = body.partition(b"\0")
        if name == b"Raw profile type exif" and len(text) < _MOST_TEXT:
            self.metadata[name.decode()] = text.decode("latin-1")


_METHODS: Final[dict[bytes, Callable[[Walk, bytes], None]]] = {
    b"IHDR": Walk._take_header,
    b"PLTE": Walk._take_palette,
    b"tRNS": Walk._take_transparent,
    b"IDAT": Walk._take_data,
    b"IEND": Walk._take_end,
    b"acTL": Walk._take_animation,
    b"fcTL": Walk._take_frame,
    b"eXIf": Walk._take_exif,
    b"iTXt": Walk._take_xmp,
    b"tEXt": Walk._take_profile,
    b"zTXt": Walk._take_packed_profile,
}


def check_deflated(parts: Sequence[bytes | memoryview], expected: int) -> Sequence[str]:
    """Return a remark where the compressed data hold more than ``expected`` bytes.

    Raises FormatError if they hold fewer, or are not whole; of much more no more is looked at.
    """
    engine, total = zlib.decompressobj(), 0
    remark = ("its data hold more than its pixels; that is not kept",)
    try:
        for part in parts:
            pending = part
            while pending:
                if engine.eof or total > expected + _MOST_MORE:
                    return remark
                total += len(engine.decompress(pending, _PIECE))
                pending = engine.unconsumed_tail
    except zlib.error as error:
        raise FormatError(f"its data cannot be inflated: {error}") from error
    if total < expected:
        raise FormatError(f"its data end after {total} of {expected} bytes")
    if not engine.eof:
        raise FormatError("its data end without their checksum")
    return remark if total > expected else ()
