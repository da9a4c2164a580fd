"""WebP: where its container ends, and its metadata. Frames are counted by Pillow."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from aecodec.errors import FormatError
from aecodec.pictures.surveys.survey import Survey, orientation_of, what_follows

_METADATA: Final = 0x2C  # VP8X's flags of a colour profile, EXIF and XMP


def chunks_of(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of the chunks of a file that begins as a WebP does. Raises FormatError for a short file."""
    end = 8 + int.from_bytes(data[4:8], "little")
    yield from chunks_in(data, 12, min(end, len(data)))
    if end > len(data):
        raise FormatError(f"it is cut short: it has {len(data)} of {end} bytes")


def chunks_in(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of the chunks from ``at`` to ``end``; raises FormatError for one that is not whole."""
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise FormatError("it is cut short, within a chunk")
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def survey(data: bytes) -> Survey:
    """Return the survey of a file that begins as a WebP does."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise FormatError(f"it is cut short: it has {len(data)} of {end} bytes")
    metadata: dict[str, bytes | str] = {}
    kept: list[bytes] = []
    for kind, body in chunks_of(data):
        if kind == b"EXIF":
            metadata.setdefault("exif", body if body.startswith(b"Exif\0\0") else b"Exif\0\0" + body)
        elif kind == b"XMP ":
            metadata.setdefault("xmp", body)
        elif kind != b"ICCP":
            body = bytes([body[0] & ~_METADATA]) + body[1:] if kind == b"VP8X" and body else body
            kept += [kind, struct.pack("<I", len(body)), body, bytes(len(body) % 2)]
    inner = b"WEBP" + b"".join(kept)
    whole = b"RIFF" + struct.pack("<I", len(inner)) + inner
    return Survey(whole, what_follows(data, end), orientation_of(metadata), thorough=False)
