"""Pictures of 16 bits a sample to the bytes of files: Pillow writes such samples of grey pictures alone."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from aecodec.arrays import Picture
from aecodec.errors import LimitError
from aecodec.limits import DEEP_MAX
from aecodec.lossless.filtered import filtered_rows

_BITS = 16
_PNG_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}  # PNG's colour type, by channels
_SHORT, _LONG = 3, 4  # TIFF's types of numbers
_UNASSOCIATED = 2  # of TIFF: alpha by which colours are not multiplied
_ENTRY = 12  # bytes
_MOST_BYTES = (1 << 32) - 1  # of a TIFF


def deep_png(picture: Picture) -> bytes:
    """Return a PNG of ``picture``, ``[H, W]`` or ``[H, W, C]``, C 2 to 4."""
    pixels = np.atleast_3d(picture)
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, _BITS, _PNG_COLOURS[channels], 0, 0, 0)
    rows = filtered_rows(np.ascontiguousarray(pixels, ">u2").view(np.uint8))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
        for kind, body in chunks
    )


def deep_pnm(picture: Picture) -> bytes:
    """Return a PGM of a grey picture, or a PPM."""
    height, width = picture.shape[:2]
    kind = "P5" if picture.ndim == 2 else "P6"
    return f"{kind}\n{width} {height}\n{DEEP_MAX}\n".encode() + picture.astype(">u2").tobytes()


def deep_tiff(picture: Picture) -> bytes:
    """Return a TIFF of one strip, not compressed. Raises LimitError if that is too long for one."""
    pixels = np.atleast_3d(picture)
    height, width, channels = pixels.shape
    colours = 1 if channels < 3 else 3
    alpha = [(338, _SHORT, [_UNASSOCIATED])] if channels > colours else []
    content = pixels.astype("<u2").tobytes()
    entries = [
        *((256, _LONG, [width]), (257, _LONG, [height]), (258, _SHORT, [_BITS] * channels), (259, _SHORT, [1])),
        *((262, _SHORT, [1 if colours == 1 else 2]), (273, _LONG, [8]), (277, _SHORT, [channels])),
        *((278, _LONG, [height]), (279, _LONG, [len(content)]), *alpha),
    ]
    start = 8 + len(content)
    behind = start + 2 + _ENTRY * len(entries) + 4
    if behind + 2 * channels > _MOST_BYTES:
        raise LimitError(f"a TIFF of {behind} bytes; the most is {_MOST_BYTES}; choose another suffix")
    directory, more = struct.pack("<H", len(entries)), b""
    for tag, kind, values in entries:
        packed = struct.pack(f"<{len(values)}{'H' if kind == _SHORT else 'I'}", *values)
        if len(packed) > 4:
            packed, more = struct.pack("<I", behind), packed
        directory += struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    return struct.pack("<2sHI", b"II", 42, start) + content + directory + bytes(4) + more
