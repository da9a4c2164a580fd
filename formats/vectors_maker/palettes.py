"""PNG files with a palette, as programs for pictures write them, field by field: no zlib has a part in their bytes."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from aecodec.arrays import Shallow
from formats.vectors_maker.pictures import stroke

INDEXED = 3  # PNG's type of colour


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def _stored(raw: bytes) -> bytes:
    """A zlib stream of one stored block."""
    head = b"\x78\x01\x01" + len(raw).to_bytes(2, "little") + (len(raw) ^ 0xFFFF).to_bytes(2, "little")
    return head + raw + zlib.adler32(raw).to_bytes(4, "big")


def indexed(indices: Shallow, bits: int, colours: bytes, alpha: bytes = b"") -> bytes:
    """A PNG of these indices, ``bits`` of them a pixel, into ``colours``, three bytes each, the first of them with
    ``alpha``, a byte each.
    """
    height, width = indices.shape
    each = np.unpackbits(indices[..., None], axis=2)[..., 8 - bits :].reshape(height, width * bits)
    rows = np.pad(np.packbits(each, axis=1), ((0, 0), (1, 0)))  # each behind its filter, which is none
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([bits, INDEXED, 0, 0, 0])
    chunks = [_chunk(b"IHDR", head), _chunk(b"PLTE", colours), *([_chunk(b"tRNS", alpha)] if alpha else [])]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + _chunk(b"IDAT", _stored(rows.tobytes())) + _chunk(b"IEND", b"")


def _make() -> dict[str, tuple[str, bytes, dict[str, Any]]]:
    colours = bytes([255, 255, 255, 200, 30, 30, 20, 120, 40, 0, 0, 90])
    greys = bytes(value for grey in range(16) for value in [17 * grey] * 3)
    wide, tall = (stroke(seed, *size) for seed, size in ((260, (19, 37)), (261, (31, 22))))
    lossy, exact = {"model": "mnist-64", "effort": 3}, {"model": "mnist-exact", "lossless": True, "effort": 3}
    return {
        "palette-colours": ("four colours, 2 bits a pixel", indexed(wide // 64, 2, colours), lossy),
        "palette-alpha": (
            "four colours, two of them transparent, 8 bits a pixel",
            indexed(tall // 64, 8, colours, bytes([0, 128])),
            {**lossy, "effort": 0},
        ),
        "palette-greys": ("16 greys, 4 bits a pixel, which make a grey picture", indexed(wide // 16, 4, greys), lossy),
        "palette-exact": ("four colours, two of them transparent", indexed(tall // 64, 2, colours, b"\0\x80"), exact),
        "palette-two": ("black and white, 1 bit a pixel", indexed(wide // 128, 1, bytes(3) + b"\xff" * 3), exact),
    }


PALETTES = _make()
