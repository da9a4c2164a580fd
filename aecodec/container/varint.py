"""Reading and writing the container's fields, with every bound checked."""

from __future__ import annotations

from aecodec.container.file_bytes import Bytes
from aecodec.errors import FormatError

MAX_VARINT_BYTES = 5
_MAX_VALUE = (1 << 32) - 1


def varint(value: int) -> bytes:
    """Return an integer in LEB128: seven bits a byte, least significant first, the top bit set on all but the last."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Cursor:
    """Reads fields in order from ``data[at:end]``; raises FormatError past the end."""

    def __init__(self, data: Bytes, at: int, end: int) -> None:
        self.data, self.at, self.end = data, at, end

    def take(self, count: int, what: str) -> bytes:
        """Return the next ``count`` bytes."""
        return self.data[self.skip(count, what)]

    def skip(self, count: int, what: str) -> slice:
        """Where the next ``count`` bytes are; they are not read."""
        if count > self.end - self.at:
            raise FormatError(f"{what} needs {count} bytes, {self.end - self.at} are left")
        self.at += count
        return slice(self.at - count, self.at)

    def byte(self, what: str) -> int:
        """Return the next byte."""
        return self.take(1, what)[0]

    def varint(self, what: str, low: int = 0) -> int:
        """Return the next varint, ``low..2**32-1``, in its shortest form."""
        value = 0
        for place in range(MAX_VARINT_BYTES):
            byte = self.byte(what)
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                if place and not byte:
                    raise FormatError(f"{what} is not in its shortest form")
                if not low <= value <= _MAX_VALUE:
                    raise FormatError(f"{what} is {value}, below {low} or above {_MAX_VALUE}")
                return value
        raise FormatError(f"{what} is longer than {MAX_VARINT_BYTES} bytes")

    def finish(self, what: str) -> None:
        """Raise FormatError unless everything was read."""
        if self.at != self.end:
            raise FormatError(f"{self.end - self.at} extra bytes after {what}")
