"""The names section: one relative POSIX path a picture, deflated together."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, LimitError, UsageError
from aecodec.limits import MAX_NAME_BYTES, MAX_NAMES_BYTES

_FORBIDDEN = set('\\:*?"<>|') | {chr(code) for code in range(32)} | {chr(127)}


def is_safe_name(name: str) -> bool:
    """Whether ``name`` can be a file below any folder, on any system."""
    parts = name.split("/")
    sound = all(part not in ("", ".", "..") and not _FORBIDDEN & set(part) for part in parts)
    return sound and _encodes(name)


def are_distinct(names: Sequence[str]) -> bool:
    """Whether no two are equal, and none is a folder of another's."""
    known = set(names)
    folders = {"/".join(parts[:end]) for parts in (n.split("/") for n in known) for end in range(1, len(parts))}
    return len(known) == len(names) and not known & folders


def _encodes(name: str) -> bool:
    try:
        return 0 < len(name.encode()) <= MAX_NAME_BYTES
    except UnicodeEncodeError:
        return False


def pack_names(names: Sequence[str]) -> bytes:
    """Length of the section, then the section. Raises UsageError for an unsafe or repeated name."""
    for name in names:
        if not is_safe_name(name):
            raise UsageError(f"{name!r} cannot be a name in a container: not a plain relative path")
    if not are_distinct(names):
        raise UsageError("two pictures of a container have the same name, or one has another's folder for its name")
    if sum(len(name.encode()) + 1 for name in names) > MAX_NAMES_BYTES:
        raise LimitError(f"names of more than {MAX_NAMES_BYTES} bytes")
    coder = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    packed = coder.compress("".join(f"{name}\0" for name in names).encode()) + coder.flush()
    return varint(len(packed)) + packed


def read_names(cursor: Cursor, count: int) -> tuple[str, ...]:
    """Raises FormatError for anything but ``count`` different safe names."""
    packed = cursor.take(cursor.varint("length of the names"), "names")
    coder = zlib.decompressobj(-15)
    try:
        raw = coder.decompress(packed, min(count * (MAX_NAME_BYTES + 1), MAX_NAMES_BYTES) + 1)
        if len(raw) > MAX_NAMES_BYTES:
            raise LimitError(f"names of more than {MAX_NAMES_BYTES} bytes")
        if raw.count(0) != count:  # before memory is taken for each
            raise FormatError(f"the names are not {count} names")
        names = tuple(raw.decode().split("\0"))
    except (zlib.error, UnicodeDecodeError) as error:
        raise FormatError(f"the names are damaged: {error}") from error
    if not coder.eof or coder.unused_data or names[-1] or len(names) != count + 1:
        raise FormatError(f"the names are not {count} names")
    names = names[:-1]
    if not all(map(is_safe_name, names)) or not are_distinct(names):
        raise FormatError("a name in the file is unsafe or repeated")
    return names
