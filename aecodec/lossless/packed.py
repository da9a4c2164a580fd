"""Pictures with exact repetitions, packed by LZMA.

Pixels go row by row or column by column. They are written as samples, as differences of samples, or as numbers of
colours in a palette. LZMA (Igor Pavlov) is a dictionary coder (Ziv and Lempel 1977) with an adaptive range coder.
Python's module ``lzma`` does the work.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Picture, Unsigned32
from aecodec.errors import FormatError, UnsupportedError
from aecodec.frozen import dataclass

try:
    import lzma
except ImportError:
    HAS_LZMA = False  # a Python that was built without it
else:
    HAS_LZMA = True

Size = tuple[int, int, int]  # height, width, samples of a pixel

COLUMNS, PALETTE, DIFFERENCES = 1, 2, 4  # bits of the first byte; at most one of the last two is set
# Content bytes that one packed byte can give. A match has 273 bytes at most; its 14 near certain bits cost 0.3 bits.
MOST_UNPACKED = 1 << 13
_DICTIONARY = 1 << 24  # bytes that a match may reach back
_MOST_COLOURS = 256
_MOST_SAMPLES = 4  # of a pixel whose colour is held as one number
_FEW_LEVELS = 128  # of grey; photographs have more
_SAMPLED = 1 << 12  # pixels of a picture to look at first; they mostly show where there are too many colours
_CLOSE = 1.3  # how many times the size of thorough packing a quick trial comes to
_QUICK, _THOROUGH = 2, 9  # of LZMA's presets


@dataclass(frozen=True)
class Palette:
    """All colours of some pictures: ``colours`` ``[n]``, sorted. Each is the ``samples`` of a pixel as one number."""

    colours: Unsigned32
    samples: int

    @property
    def is_small(self) -> bool:
        """Whether there are so few colours, or levels of grey, that pictures are drawn or were reduced to them."""
        return self.samples > 2 or len(self.colours) <= _FEW_LEVELS

    @property
    def bits(self) -> int:
        """How many bits the number of a colour takes: 1, 2, 4 or 8."""
        return _bits_of(len(self.colours))

    def head(self) -> bytes:
        """Return the start of the content: a byte for the count of colours less one, then the samples of each."""
        numbers = self.colours.astype(">u4").view(np.uint8).reshape(-1, 4)
        return bytes([len(self.colours) - 1]) + numbers[:, 4 - self.samples :].tobytes()

    def numbers(self, picture: Picture) -> bytes:
        """Return ``picture`` as numbers of colours, several to a byte, the first in the highest bits.

        Each row begins with a new byte.
        """
        found = np.searchsorted(self.colours, _keys(picture)).astype(np.uint8)
        if self.bits == 8:
            return found.tobytes()
        each = (found[..., None] >> np.arange(self.bits - 1, -1, -1, dtype=np.uint8)) & 1
        return np.packbits(each.reshape(len(found), -1), axis=1).tobytes()


def encode_packed(pictures: Sequence[Picture], below: int, *, likely: bool = True) -> bytes | None:
    """Return the body of ``pictures`` (uint8 ``[height, width, samples]``), if it has fewer than ``below`` bytes.

    Otherwise return None. Where success is not ``likely`` and there are many colours, only one way is tried. It
    suffices where large parts repeat.
    """
    if not HAS_LZMA:
        return None
    palette = palette_of(pictures)
    likely = likely or (palette is not None and palette.is_small)
    tried = islice(_contents(pictures, palette), None if likely else 1)
    sizes = ((len(_packed(content, _QUICK)), kind, content) for kind, content in tried)
    size, kind, content = min(sizes, key=itemgetter(0))
    if size > below * (_CLOSE if likely else 1):
        return None
    body = bytes([kind]) + _packed(content, _THOROUGH)
    return body if len(body) < below else None


def decode_packed(body: bytes, sizes: Sequence[Size]) -> list[Picture]:
    """Return the pictures of ``sizes``.

    Raises FormatError where the body is not exactly those pictures, UnsupportedError where Python lacks LZMA.
    """
    if not body or body[0] > (COLUMNS | DIFFERENCES):
        raise FormatError("a packed block that does not say how it is packed")
    kind, packed = body[0], body[1:]
    shapes = [
        (width, height, samples) if kind & COLUMNS else (height, width, samples) for height, width, samples in sizes
    ]
    pictures = (_by_palette if kind & PALETTE else _by_samples)(packed, shapes)
    if kind & DIFFERENCES:
        pictures = [np.cumsum(picture, axis=1, dtype=np.uint8) for picture in pictures]
    return [picture.swapaxes(0, 1) for picture in pictures] if kind & COLUMNS else pictures


def _contents(pictures: Sequence[Picture], palette: Palette | None) -> Iterator[tuple[int, bytes]]:
    """Yield the first byte of each way, and the content to pack.

    The content is the rows or the columns of all pictures: as samples, as differences, or as a palette and numbers.
    """
    for columns in (0, COLUMNS):
        laid = [picture.swapaxes(0, 1) if columns else picture for picture in pictures]
        yield columns, b"".join(picture.tobytes() for picture in laid)
        yield columns | DIFFERENCES, b"".join(_differences(picture).tobytes() for picture in laid)
        if palette is not None:
            yield columns | PALETTE, palette.head() + b"".join(map(palette.numbers, laid))


def _differences(picture: Picture) -> Picture:
    """Subtract from each sample that of the pixel to the left, mod 256. To the left of the first pixel it is 0."""
    return np.diff(picture, axis=1, prepend=np.uint8(0))


def _by_samples(packed: bytes, shapes: Sequence[Size]) -> list[Picture]:
    lengths = [math.prod(shape) for shape in shapes]
    total = sum(lengths)
    if total > MOST_UNPACKED * len(packed):  # before memory is taken for what there is
        raise FormatError(f"a packed block of {len(packed)} bytes, which cannot hold {total} bytes of pixels")
    content = _unpacked(packed, total)
    _check_length(content, total)
    return [part.reshape(shape) for part, shape in zip(_split(content, lengths), shapes, strict=True)]


def _by_palette(packed: bytes, shapes: Sequence[Size]) -> list[Picture]:
    samples = shapes[0][2]
    if any(shape[2] != samples for shape in shapes):
        raise FormatError("a palette for pictures of several numbers of samples")
    most = 1 + _MOST_COLOURS * samples + sum(height * width for height, width, _ in shapes)
    content = _unpacked(packed, min(most, MOST_UNPACKED * len(packed)))
    count = int(content[0]) + 1 if len(content) else 0
    if not len(content) > count * samples:
        raise FormatError("a palette that is cut short")
    bits, start = _bits_of(count), 1 + count * samples
    colours = content[1:start].reshape(count, samples)
    lengths = [height * -(-width * bits // 8) for height, width, _ in shapes]
    _check_length(content, start + sum(lengths))
    pictures = list[Picture]()
    for part, (height, width, _) in zip(_split(content[start:], lengths), shapes, strict=True):
        numbers = _apart(part.reshape(height, -1), bits)[:, :width]
        if numbers.max() >= count:
            raise FormatError("a colour that is not in the palette")
        pictures.append(colours[numbers])
    return pictures


def _bits_of(colours: int) -> int:
    return 1 if colours <= 2 else 2 if colours <= 4 else 4 if colours <= 16 else 8


def _apart(packed: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Unpack bytes ``[rows, bytes]`` to numbers of ``bits`` bits, ``[rows, numbers]``."""
    shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
    return ((packed[..., None] >> shifts) & np.uint8((1 << bits) - 1)).reshape(len(packed), -1)


def _split(content: NDArray[np.uint8], lengths: Iterable[int]) -> list[NDArray[np.uint8]]:
    parts, at = [], 0
    for length in lengths:
        parts.append(content[at : at + length])
        at += length
    return parts


def palette_of(pictures: Sequence[Picture]) -> Palette | None:
    """Return all colours of ``pictures``.

    Return None where there are more than 256 colours or 4 samples a pixel, or where pictures differ in these samples.
    """
    if len({picture.shape[2] for picture in pictures}) > 1 or pictures[0].shape[2] > _MOST_SAMPLES:
        return None
    colours = np.empty(0, np.uint32)
    for keys in _some_first(pictures):
        colours = np.union1d(colours, keys)
        if len(colours) > _MOST_COLOURS:
            return None
    return Palette(colours, pictures[0].shape[2])


def _some_first(pictures: Sequence[Picture]) -> Iterable[Unsigned32]:
    """Yield the colours of a few pixels first, so that many colours show early. Then yield those of all pixels."""
    for picture in islice(pictures, 16):
        flat = picture.reshape(-1, picture.shape[2])
        yield _keys(flat[:: -(-len(flat) // _SAMPLED)])
    yield from map(_keys, pictures)


def _keys(pixels: Picture) -> Unsigned32:
    """Return the samples of pixels, ``[..., samples]``, as one number each, ``[...]``; the first is in the top bits."""
    keys = np.zeros(pixels.shape[:-1], np.uint32)
    for sample in range(pixels.shape[-1]):
        keys = (keys << np.uint32(8)) | pixels[..., sample]
    return keys


def _filters(preset: int, dictionary: int) -> list[dict[str, int]]:
    return [
        {
            "id": lzma.FILTER_LZMA1,
            "preset": preset | (lzma.PRESET_EXTREME if preset == _THOROUGH else 0),
            "dict_size": dictionary,
            "lc": 4,
            "lp": 0,
            "pb": 0,
        }
    ]


def _packed(content: bytes, preset: int) -> bytes:
    dictionary = min(_DICTIONARY, max(1 << 12, 1 << (len(content) - 1).bit_length()))
    return lzma.compress(content, lzma.FORMAT_RAW, filters=_filters(preset, dictionary))


def _unpacked(packed: bytes, most: int) -> NDArray[np.uint8]:
    """Return the content of ``packed``, ``most`` + 1 bytes at most. Raises FormatError if it is damaged or longer."""
    if not HAS_LZMA:
        raise UnsupportedError("a packed block, which this Python cannot read: it was built without lzma")
    coder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_filters(0, _DICTIONARY))
    try:
        content = coder.decompress(packed, most + 1)
    except lzma.LZMAError as error:
        raise FormatError("a packed block is damaged") from error
    if not coder.eof or coder.unused_data:
        raise FormatError("a packed block is cut short or followed by other bytes")
    return np.frombuffer(bytearray(content), np.uint8)  # an array that can be written to


def _check_length(content: NDArray[np.uint8], expected: int) -> None:
    if len(content) != expected:
        raise FormatError(f"a packed block holds {len(content)} bytes, expected {expected}")
