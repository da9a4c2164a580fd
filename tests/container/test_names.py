"""Names in a file: distinct and safe, and unpacked in bounded time and memory."""

from __future__ import annotations

import tracemalloc
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from aecodec.container import Header, build
from aecodec.container.names import are_distinct, is_safe_name, pack_names, read_names, why_unsafe
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError, UsageError
from tests.checks import check_error
from tests.container.made import PRINT, SAFE_NAMES


@pytest.mark.parametrize("empty", [0, 100_000])
def test_inflating_names_takes_work_for_the_bytes_alone(empty: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty blocks make a section long at no cost; what inflate leaves unread of it is copied at each step."""
    names = [f"{number:07}/" + "a" * 1000 for number in range(500)]
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = coder.compress("".join(f"{name}\0" for name in names).encode()) + coder.flush(zlib.Z_SYNC_FLUSH)
    packed = first + b"\0\0\0\xff\xff" * empty + coder.flush()
    given: list[int] = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self, bits: int) -> None:
            self.coder = real(bits)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.coder, name)

        def decompress(self, data: bytes, most: int) -> bytes:
            given.append(len(data))
            return self.coder.decompress(data, most)

    monkeypatch.setattr("aecodec.container.names.zlib.decompressobj", Watched)
    section = varint(len(packed)) + packed
    assert read_names(Cursor(section, 0, len(section)), len(names)) == tuple(names)
    assert sum(given) < 2 * len(packed) + (1 << 20) and max(given) <= 1 << 16
    for wrong in (packed + b"\0", packed + b"\0" * (1 << 17), packed[:-1], packed[: len(packed) // 2]):
        section = varint(len(wrong)) + wrong
        check_error(FormatError, lambda s=section: read_names(Cursor(s, 0, len(s)), len(names)))


def test_nested_names_take_no_memory() -> None:
    """Each of these has 500 folders; a set of them all would take 120 MB."""
    names = [f"{number}/" + "a/" * 500 + "b" for number in range(500)]
    packed = pack_names(names)
    tracemalloc.start()
    assert read_names(Cursor(packed, 0, len(packed)), len(names)) == tuple(names)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 << 20


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a!", "a"), ("a/b/c", "a/b.c", "a/b"), ("a", "b", "a")])
def test_names_that_are_not_distinct(names: tuple[str, ...]) -> None:
    assert not are_distinct(names)


def test_names_that_are_distinct() -> None:
    assert are_distinct(("a!", "a/b", "a.b", "ab", "a/c", "aa/b", "b/a", "a\u0100"))


@given(SAFE_NAMES)
def test_safe_names(name: str) -> None:
    assert is_safe_name(name) == (len(name.encode()) <= 1024)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/..",
        "../a",
        "./a",
        "a\\b",
        "a:b",
        "a\0b",
        "\ud800",
        "a" * 1025,
    ],
)
def test_unsafe_names_are_not_written(name: str) -> None:
    assert not is_safe_name(name)
    header = Header(False, PRINT, True, 2, 2, None, ("fine", name))
    check_error(UsageError, lambda: build(header, [b""], [0]))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a:b", "it has ':'"),
        ("a\nb", "it has '\\n'"),
        ("a//b", "a part of it is empty"),
        ("../a", "a part of it is empty, . or .."),
        ("\udcff.png", "it is not text in UTF-8"),
        ("x" * 1025, "it is 1025 bytes long, and 1024 is the limit"),
    ],
)
def test_why_a_name_is_unsafe(name: str, why: str) -> None:
    assert not is_safe_name(name) and why_unsafe(name).startswith(why)


def test_repeated_names_are_not_written() -> None:
    header = Header(False, PRINT, True, 2, 2, None, ("a", "a"))
    check_error(UsageError, lambda: build(header, [b""], [0]))
    build(replace(header, names=("a", "A")), [b""], [0])
