"""The names section: one relative POSIX path a picture, deflated together."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, LimitError, UsageError
from aecodec.limits import MAX_NAME_BYTES, MAX_NAMES_BYTES

_PIECE = 1 << 16  # bytes inflated at once, and given to inflate: what it leaves of them is copied
# a character that some system forbids; a part that is empty, "." or ".."
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]|(?:\A|/)\.{0,2}(?:/|\Z)')


def is_safe_name(name: str) -> bool:
    """Return whether ``name`` can be a file below any folder, on any system."""
    return not _UNSAFE.search(name) and _encodes(name)


def why_unsafe(name: str) -> str:
    """Return why :func:`is_safe_name` says no, in words that go behind a colon."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return "it is not text in UTF-8"
    if length > MAX_NAME_BYTES:
        return f"it is {length} bytes long, and {MAX_NAME_BYTES} is the limit"
    found = _UNSAFE.search(name)
    if found is None or "/" in found[0] or not found[0].strip("."):
        return "a part of it is empty, . or .."
    return f"it has {found[0]!r}"


def are_distinct(names: Sequence[str]) -> bool:
    """Return whether no two are equal, and none is a folder of another's."""
    order = sorted(name.replace("/", "\0") for name in names)  # a folder stands right before what is in it
    return not any(after == name or after.startswith(name + "\0") for name, after in pairwise(order))


def _encodes(name: str) -> bool:
    try:
        return 0 < len(name.encode()) <= MAX_NAME_BYTES
    except UnicodeEncodeError:
        return False


def check_names(names: Sequence[str]) -> None:
    """Raise UsageError for names that are unsafe or clash, LimitError for too many bytes of them."""
    for name in names:
        if not is_safe_name(name):
            raise UsageError(f"{name!r} cannot be a name in a container: not a plain relative path")
    if not are_distinct(names):
        raise UsageError("two pictures of a container have the same name, or one has another's folder for its name")
    if sum(len(name.encode()) + 1 for name in names) > MAX_NAMES_BYTES:
        raise LimitError(f"names of more than {MAX_NAMES_BYTES} bytes")


def pack_names(names: Sequence[str]) -> bytes:
    """Return the length of the section, then the section. Raises what :func:`check_names` does."""
    check_names(names)
    coder = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    packed = coder.compress("".join(f"{name}\0" for name in names).encode()) + coder.flush()
    return varint(len(packed)) + packed


def read_names(cursor: Cursor, count: int) -> tuple[str, ...]:
    """Read the names; raise FormatError for anything but ``count`` different safe names, LimitError for too many bytes
    of them.

    They are inflated piece by piece, and the first that is wrong ends it: a few bytes can stand for very many.
    """
    packed = cursor.take(cursor.varint("length of the names"), "names")
    names: list[str] = []
    known: set[str] = set()
    rest = b""
    for piece in _inflated(packed):
        *whole, rest = (rest + piece).split(b"\0")
        for name in map(_checked, whole):
            if name in known or len(names) == count:
                raise FormatError(f"the names are not {count} different names")
            names.append(name)
            known.add(name)
        if len(rest) > MAX_NAME_BYTES:
            raise FormatError("a name in the file is too long")
    if rest or len(names) != count:
        raise FormatError(f"the names are not {count} names")
    if not are_distinct(names):
        raise FormatError("a name in the file is another's folder")
    return tuple(names)


def _checked(raw: bytes) -> str:
    try:
        name = raw.decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"a name in the file is damaged: {error}") from error
    if not is_safe_name(name):
        raise FormatError("a name in the file is unsafe")
    return name


def _inflated(packed: bytes) -> Iterator[bytes]:
    coder, total, given, at = zlib.decompressobj(-15), 0, b"", 0
    while not coder.eof:
        if not given:
            given, at = packed[at : at + _PIECE], at + _PIECE
        is_end = not given
        try:
            piece = coder.decompress(given, _PIECE)
        except zlib.error as error:
            raise FormatError(f"the names are damaged: {error}") from error
        given, total = coder.unconsumed_tail, total + len(piece)
        if total > MAX_NAMES_BYTES:
            raise LimitError(f"names of more than {MAX_NAMES_BYTES} bytes")
        if is_end and not piece and not coder.eof:
            raise FormatError("the names are cut short")
        yield piece
    if coder.unused_data or at < len(packed):
        raise FormatError("the names are followed by other bytes")
