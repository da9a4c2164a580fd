"""The whole file: header, index, names, records, checksum."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aecodec.container.header import SIGNATURE, VERSION, VERSION_BYTE, Header
from aecodec.container.names import pack_names, read_names
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.limits import MAX_FILE_BYTES

CHECKSUM_BYTES = 4
_SHORTEST = 3 + CHECKSUM_BYTES  # of a file that has flags


@dataclass(frozen=True)
class Container:
    """A parsed file: its header and, for each block, where its record lies in ``data``."""

    data: bytes
    header: Header
    records: tuple[slice, ...]

    def body(self, block: int) -> bytes:
        """The block's record without its check."""
        record = self.data[self.records[block]]
        return record[: len(record) - self.check_bytes]

    def check(self, block: int) -> bytes:
        """The last bytes of the CRC-32 of the block's decoded pixels."""
        return self.data[self.records[block]][-self.check_bytes :]

    @property
    def check_bytes(self) -> int:
        """4 in a container of many pictures, 1 in a file of one."""
        return check_length(self.header)


def check_length(header: Header) -> int:
    """How many of the low bytes of the pixels' CRC-32 a record keeps."""
    return 4 if header.many else 1


def build(header: Header, bodies: Sequence[bytes], checks: Sequence[int]) -> bytes:
    """The file of ``header``, one body and one CRC-32 of decoded pixels a block."""
    keep = check_length(header)
    records = [body + crc.to_bytes(4, "big")[4 - keep :] for body, crc in zip(bodies, checks, strict=True)]
    out = header.pack()
    if header.many:
        out += b"".join(varint(len(record)) for record in records)
        out += pack_names(header.names) if header.names else b""
    out += b"".join(records)
    if len(out) + CHECKSUM_BYTES > MAX_FILE_BYTES:
        raise LimitError(f"the file would have {len(out)} bytes; the limit is {MAX_FILE_BYTES}")
    return out + zlib.crc32(out).to_bytes(CHECKSUM_BYTES, "big")


def parse(data: bytes) -> Container:
    """Check ``data`` from signature to last byte, and find its records. Decodes nothing.

    Raises FormatError, UnsupportedError or LimitError, as formats/aec.md says for each field.
    """
    if len(data) < 2 or data[0] != SIGNATURE or data[1] & 0xF0 != VERSION_BYTE & 0xF0:
        found = data[:2].hex(" ") or "nothing"
        raise FormatError(f"not an .aec file: it begins with {found}, expected ae c1")
    if data[1] != VERSION_BYTE:
        raise UnsupportedError(f".aec version {data[1] & 15}; this aecodec reads version {VERSION}")
    if len(data) > MAX_FILE_BYTES:
        raise LimitError(f"a file of {len(data)} bytes; the limit is {MAX_FILE_BYTES}")
    if len(data) < _SHORTEST:
        raise FormatError(f"the file is cut short: {len(data)} bytes")
    end = len(data) - CHECKSUM_BYTES
    if zlib.crc32(memoryview(data)[:end]) != int.from_bytes(data[end:], "big"):
        raise FormatError("the file is damaged: its CRC-32 does not match")
    cursor = Cursor(data, 0, end)
    header, named = Header.read(cursor)
    keep = check_length(header)
    if not header.many:
        if end - cursor.at < keep:
            raise FormatError("the record is cut short")
        return Container(data, header, (slice(cursor.at, end),))
    if header.blocks > end - cursor.at:
        raise FormatError(f"{header.blocks} blocks in {end - cursor.at} bytes")
    lengths = [cursor.varint("length of a block", keep) for _ in range(header.blocks)]
    if named:
        header = replace(header, names=read_names(cursor, header.count))
    records = []
    for length in lengths:
        start = cursor.at
        cursor.take(length, "a block")
        records.append(slice(start, cursor.at))
    cursor.finish("the last block")
    return Container(data, header, tuple(records))
