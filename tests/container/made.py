"""Containers that tests make: by hand, small, and random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from aecodec.container import Header, Shape, Shapes
from aecodec.container.varint import varint
from tests.checks import sealed

PRINT = bytes.fromhex("0badcafe")
MODEL, EXACT, GEOMETRY, MANY, NAMES, STEP = 1, 2, 4, 8, 16, 32


def raw(flags: int, *parts: bytes | int, version: int = 0xC1) -> bytes:
    """A file with a good checksum, whatever its fields say; numbers are written as varints."""
    body = b"".join(varint(part) if isinstance(part, int) else part for part in parts)
    return sealed(bytes([0xAE, version, flags]) + body)


SIDES = st.one_of(st.integers(1, 300), st.integers(1, 2730), st.just(32768))


@st.composite
def shapes(draw: Any) -> Shape:
    height, width = draw(SIDES), draw(st.integers(1, 2730))
    channels = draw(st.integers(1, 4))
    return Shape(height, width, channels, channels >= 3 and draw(st.booleans()))


LETTERS = st.one_of(st.integers(0x20, 0x17F), st.integers(0x20, 0x10FFFF)).map(chr)
SAFE_LETTERS = LETTERS.filter(lambda c: c not in '\\/:*?"<>|\x7f' and not 0xD800 <= ord(c) < 0xE000)
PARTS = st.lists(SAFE_LETTERS, min_size=1, max_size=12).map("".join)
SAFE_NAMES = st.lists(PARTS.filter(lambda part: part not in (".", "..")), min_size=1, max_size=3).map("/".join)

SMALL = {
    "native": (Header(False, PRINT, False), [b"abcdef"]),
    "step": (Header(False, PRINT, False, step=8), [b"abcdef"]),
    "exact": (Header(True, None, False, shapes=Shapes.of([Shape(2, 3, 2)])), [b"\0" + bytes(12)]),
    "sized": (Header(False, PRINT, False, shapes=Shapes.of([Shape(2, 300, 3, True)])), [b"xyz"]),
    "empty": (Header(False, PRINT, False), [b""]),
    "many": (Header(False, PRINT, True, 5, 2), [b"one", b"two", b""]),
    "mixed": (
        Header(True, None, True, 3, 2, Shapes.of([Shape(1, 2), Shape(1, 2), Shape(3, 1, 3)])),
        [b"\0aaaa", b"\1q"],
    ),
    "named": (Header(True, PRINT, True, 2, 9, None, ("a/b.png", "c")), [b"\3payload"]),
}
