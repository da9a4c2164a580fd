"""The whole file, or its first layer: header, index, names, records, checksum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aecodec.container.file_bytes import Bytes
from aecodec.container.frame import CHECKSUM_BYTES, checked_end, seal
from aecodec.container.header import Header
from aecodec.container.names import pack_names, read_names
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError
from aecodec.frozen import dataclass


@dataclass(frozen=True)
class Container:
    """A parsed file, or one layer of it: its header and, for each block, where its record lies in ``data``.

    ``stop`` is the place behind its checksum.
    """

    data: Bytes
    header: Header
    records: tuple[slice, ...]
    stop: int

    def record(self, block: int) -> tuple[bytes, bytes]:
        """Return the block's body, and its check: the last bytes of the CRC-32 of its decoded pixels."""
        record, kept = self.data[self.records[block]], self.header.check_bytes
        return record[:-kept], record[-kept:]

    def body(self, block: int) -> bytes:
        """Return the block's record without its check."""
        return self.record(block)[0]

    def check(self, block: int) -> bytes:
        """Return the last bytes of the CRC-32 of the block's decoded pixels."""
        return self.record(block)[1]


def build(header: Header, bodies: Sequence[bytes], checks: Sequence[int]) -> bytes:
    """Return the file of ``header``, one body and one CRC-32 of decoded pixels a block; or a first layer."""
    index, records = pack_records(header, bodies, checks)
    names = pack_names(header.names) if header.many and header.names else b""
    front, rest = header.front(), header.fields() + index + names + records
    if header.layered:
        front += varint(len(rest))
    return seal(front + rest)


def parse(data: Bytes, *, sealed: bool = True) -> Container:
    """Check ``data`` from signature to last byte, and find its records. Decodes nothing.

    Where it is not to be found ``sealed``, nothing but its front is read, up to the first record, and its checksum is
    not looked at.

    Of a file of two layers this is the first, and nothing behind it is looked at: see
    :func:`aecodec.container.second.parse_second`. Raises FormatError, UnsupportedError or LimitError, as
    formats/aec.md says for each field.
    """
    end = checked_end(data, sealed=sealed)
    cursor = Cursor(data, 0, end)
    header, named = Header.read(cursor)
    lengths = read_index(cursor, header)
    if named:
        header = replace(header, names=read_names(cursor, header.count))
    return Container(data, header, find_records(cursor, lengths), end + CHECKSUM_BYTES)


def pack_records(header: Header, bodies: Sequence[bytes], checks: Sequence[int]) -> tuple[bytes, bytes]:
    """Return the index, which is empty in a file of one picture, and the records."""
    keep = header.check_bytes
    records = [body + crc.to_bytes(4, "big")[4 - keep :] for body, crc in zip(bodies, checks, strict=True)]
    index = b"".join(varint(len(record)) for record in records) if header.many else b""
    return index, b"".join(records)


def read_index(cursor: Cursor, header: Header) -> list[int] | None:
    """Return the length of each block's record; None in a file of one picture, whose record is all that is left."""
    keep = header.check_bytes
    if not header.many:
        if cursor.end - cursor.at < keep:
            raise FormatError("the record is cut short")
        return None
    if header.blocks > cursor.end - cursor.at:
        raise FormatError(f"{header.blocks} blocks in {cursor.end - cursor.at} bytes")
    return [cursor.varint("length of a block", keep) for _ in range(header.blocks)]


def find_records(cursor: Cursor, lengths: Sequence[int] | None) -> tuple[slice, ...]:
    """Return where the records lie, which fill the rest."""
    if lengths is None:
        return (slice(cursor.at, cursor.end),)
    records = tuple(cursor.skip(length, "a block") for length in lengths)
    cursor.finish("the last block")
    return records
