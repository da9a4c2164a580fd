"""The second layer of a file, which makes the pictures of the first exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aecodec.container.frame import CHECKSUM_BYTES, is_sealed, seal
from aecodec.container.header import FINGERPRINT_BYTES, Header
from aecodec.container.layout import Container, find_records, pack_records, read_index
from aecodec.container.varint import Cursor
from aecodec.errors import Argument, FormatError

ADVICE = ("its first layer is sound, and decodes to lossy pictures: ask for these with ", Argument("base"))


def add_second(
    first: bytes, header: Header, fingerprint: bytes, bodies: Sequence[bytes], checks: Sequence[int]
) -> bytes:
    """Return the whole file: the ``first`` layer, whose ``header`` that is, and one body and one CRC-32 a block
    behind it.
    """
    index, records = pack_records(header, bodies, checks)
    return seal(first + fingerprint + index + records)


def is_whole(first: Container) -> bool:
    """Return whether the second layer is there, and sound as far as its checksum tells."""
    end = len(first.data) - CHECKSUM_BYTES
    return end >= first.stop and is_sealed(first.data, end)


def parse_second(first: Container, *, sealed: bool = True) -> Container:
    """Return the second layer of the file whose first one this is; its header has the other model's fingerprint.

    Where it is not to be found ``sealed``, its checksum is not looked at, and nothing but its front is read. Raises
    FormatError where it is not whole.
    """
    if len(first.data) == first.stop:
        raise FormatError("the file is cut short after its first layer; ", *ADVICE)
    if len(first.data) < first.stop + CHECKSUM_BYTES or (sealed and not is_whole(first)):
        raise FormatError("the file is damaged or cut short in its second layer; ", *ADVICE)
    end = len(first.data) - CHECKSUM_BYTES
    cursor = Cursor(first.data, first.stop, end)
    fingerprint = cursor.take(FINGERPRINT_BYTES, "fingerprint of the second layer's model")
    header = replace(first.header, exact=True, fingerprint=fingerprint, step=1)
    records = find_records(cursor, read_index(cursor, header))
    return Container(first.data, header, records, end + CHECKSUM_BYTES)
