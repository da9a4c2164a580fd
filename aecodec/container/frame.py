"""What frames a file: its signature, and the checksum that its fields come under."""

from __future__ import annotations

import zlib

from aecodec.container.file_bytes import Bytes
from aecodec.container.header import FINGERPRINT_BYTES, MANY, SIGNATURE, VERSION, VERSION_BYTE, has_form, read_form
from aecodec.container.varint import Cursor
from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.limits import MAX_FILE_BYTES

CHECKSUM_BYTES = 4
_HEAD = 3  # bytes up to the flags, these included
_PIECE = 1 << 20  # bytes that are read, and counted into a checksum, at once


def seal(content: bytes) -> bytes:
    """Return ``content`` and its checksum; raises LimitError if that is too long for a file."""
    if len(content) + CHECKSUM_BYTES > MAX_FILE_BYTES:
        raise LimitError(f"the file would have {len(content)} bytes; the limit is {MAX_FILE_BYTES}")
    return content + zlib.crc32(content).to_bytes(CHECKSUM_BYTES, "big")


def is_sealed(data: Bytes, end: int) -> bool:
    """Return whether the bytes of ``data`` from ``end`` on begin with the checksum of those before it."""
    crc, found = 0, data[end : end + CHECKSUM_BYTES]
    for start in range(0, end, _PIECE):
        crc = zlib.crc32(data[start : min(start + _PIECE, end)], crc)
    return crc.to_bytes(CHECKSUM_BYTES, "big") == found


def states_many(data: bytes) -> bool:
    """Return whether the first bytes of a file say that it holds many pictures; nothing is checked."""
    return len(data) >= _HEAD and data[:2] == bytes([SIGNATURE, VERSION_BYTE]) and bool(data[_HEAD - 1] & MANY)


def checked_end(data: Bytes, *, sealed: bool = True) -> int:
    """Check signature, version, length and, unless not ``sealed``, the checksum: where that begins.

    It is the last of the file or, in one of two layers, that of the first; what follows is then not looked at.
    Raises FormatError, UnsupportedError or LimitError.
    """
    head = data[:_HEAD]
    if len(head) < 2 or head[0] != SIGNATURE or head[1] & 0xF0 != VERSION_BYTE & 0xF0:
        found = head[:2].hex(" ") or "nothing"
        raise FormatError(f"not an .aec file: it begins with {found}, expected ae c1")
    if head[1] != VERSION_BYTE:
        raise UnsupportedError(f".aec version {head[1] & 15}; this aecodec reads version {VERSION}")
    if len(data) > MAX_FILE_BYTES:
        raise LimitError(f"a file of {len(data)} bytes; the limit is {MAX_FILE_BYTES}")
    if len(data) < _HEAD + CHECKSUM_BYTES:
        raise FormatError(f"the file is cut short: {len(data)} bytes")
    end = _first_end(data) if has_form(head[_HEAD - 1]) else len(data) - CHECKSUM_BYTES
    if sealed and not is_sealed(data, end):
        raise FormatError("the file is damaged: its CRC-32 does not match")
    return end


def _first_end(data: Bytes) -> int:
    cursor = Cursor(data, _HEAD + FINGERPRINT_BYTES, len(data))
    length = read_form(cursor, data[_HEAD - 1]).length
    if length is None:
        return len(data) - CHECKSUM_BYTES
    if length > len(data) - CHECKSUM_BYTES - cursor.at:
        raise FormatError(f"the file is cut short: {len(data)} bytes, which is less than its first layer")
    return cursor.at + length
