"""Picture files made byte by byte, for what no library would write."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GREY = (np.arange(35, dtype=np.uint8).reshape(5, 7) * 7) % 251
COLOUR = np.stack([GREY, GREY[::-1], 255 - GREY], axis=-1)
ALPHA = (GREY * np.uint8(3))[..., None]  # mod 256
PICTURES = {
    1: GREY,
    2: np.dstack([GREY[..., None], ALPHA]),
    3: COLOUR,
    4: np.dstack([COLOUR, ALPHA]),
}


def saved(image: Image.Image | NDArray[Any], form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(out, form, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, bits: int, colour: int, *rest: int) -> bytes:
    return struct.pack(">IIBBBBB", width, height, bits, colour, *(rest or (0, 0, 0)))


def chunks(*each: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks alone."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in each)


def png(width: int, height: int, bits: int, colour: int, raw: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    head = (b"IHDR", header(width, height, bits, colour))
    return chunks(head, *extra, (b"IDAT", zlib.compress(raw)), (b"IEND", b""))


def rows(picture: NDArray[np.uint8]) -> bytes:
    """A PNG's rows, each behind filter 0."""
    return b"".join(b"\0" + row.tobytes() for row in picture)


def tiff(
    strips: Sequence[bytes], tags: Mapping[int, int | Sequence[int]], *, order: str = "<", texts: Any = None
) -> bytes:
    """A TIFF of ``strips``, uncompressed unless ``tags`` say otherwise; values of all tags but texts are longs."""
    data = b"".join(strips)
    lengths = [len(each) for each in strips]
    places = [8 + sum(lengths[:number]) for number in range(len(strips))]
    values: dict[int, bytes] = {}
    for tag, value in {273: places, 279: lengths, **tags}.items():
        numbers = [value] if isinstance(value, int) else list(value)
        values[tag] = struct.pack(f"{order}{len(numbers)}I", *numbers)
    kinds = dict.fromkeys(values, 4)
    for tag, text in (texts or {}).items():
        values[tag], kinds[tag] = text, 7
    start = 8 + len(data)
    beyond = start + 2 + 12 * len(values) + 4
    directory, behind = struct.pack(order + "H", len(values)), b""
    for tag in sorted(values):
        count = len(values[tag]) // (4 if kinds[tag] == 4 else 1)
        directory += struct.pack(order + "HHI", tag, kinds[tag], count)
        if len(values[tag]) <= 4:
            directory += values[tag].ljust(4, b"\0")
        else:
            directory += struct.pack(order + "I", beyond + len(behind))
            behind += values[tag]
    magic = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, start)
    return magic + data + directory + bytes(4) + behind


def tiff_of(picture: NDArray[Any], **more: Any) -> bytes:
    """A TIFF of one strip that says of its samples what ``more`` adds or replaces, as ``t258=(16,)``."""
    samples = picture.shape[2] if picture.ndim == 3 else 1
    tags = {
        256: picture.shape[1],
        257: picture.shape[0],
        258: (8 * picture.itemsize,) * samples,
        259: 1,
        262: 2 if samples >= 3 else 1,
        277: samples,
        278: picture.shape[0],
    }
    tags |= {int(name[1:]): value for name, value in more.items() if name[0] == "t"}
    return tiff([picture.tobytes()], {tag: value for tag, value in tags.items() if value is not None})


def bmp(
    width: int, height: int, bits: int, body: bytes, *, palette: bytes = b"", coding: int = 0, masks: bytes = b""
) -> bytes:
    """A BMP with a header of 40 bytes and the masks behind it."""
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, coding, len(body), 0, 0, len(palette) // 4, 0)
    place = 14 + len(info) + len(masks) + len(palette)
    return b"BM" + struct.pack("<IHHI", place + len(body), 0, 0, place) + info + masks + palette + body


def mpo(pictures: Sequence[NDArray[np.uint8]], kind: int) -> bytes:
    """A JPEG with further pictures behind it, which its index says are of ``kind``."""
    first, *others = [Image.fromarray(each) for each in pictures]
    data = bytearray(saved(first, "MPO", save_all=True, append_images=others))
    base = data.index(b"MPF\0") + 4
    order = "<" if data[base : base + 2] == b"II" else ">"
    for number in range(struct.unpack_from(order + "H", data, base + 8)[0]):
        tag, _, count, place = struct.unpack_from(order + "HHII", data, base + 10 + 12 * number)
        if tag == 0xB002:
            for at in range(16, count, 16):
                struct.pack_into(order + "I", data, base + place + at, 0x40000000 | kind)
    return bytes(data)
