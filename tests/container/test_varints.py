"""Numbers of a file: written and read, and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError
from tests.checks import check_error


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02"), (16384, "808001"), (2**32 - 1, "ffffffff0f")],
)
def test_golden_varints(value: int, written: str) -> None:
    assert varint(value).hex() == written


@given(st.integers(0, 2**32 - 1), st.binary(max_size=3))
def test_varints(value: int, after: bytes) -> None:
    written = varint(value)
    cursor = Cursor(written + after, 0, len(written) + len(after))
    assert cursor.varint("it") == value and cursor.at == len(written) <= 5
    for length in range(len(written)):
        check_error(FormatError, lambda n=length: Cursor(written, 0, n).varint("it"))


@pytest.mark.parametrize(
    "written", ["8000", "ff00", "808000", "8080808000", "8080808010", "ffffffff7f", "808080808001", "", "80"]
)
def test_varints_refused(written: str) -> None:
    data = bytes.fromhex(written)
    check_error(FormatError, lambda: Cursor(data, 0, len(data)).varint("it"))


def test_varint_below_its_least() -> None:
    check_error(FormatError, lambda: Cursor(b"\x03", 0, 1).varint("it", 4))
    assert Cursor(b"\x04", 0, 1).varint("it", 4) == 4
