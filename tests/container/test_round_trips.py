"""The container: what goes in comes out, at exact sizes, and no damage passes."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecodec.container import Container, Header, Shape, Shapes, build, parse
from aecodec.errors import FormatError, LimitError, UnsupportedError
from tests.checks import check_damage_is_found, sealed
from tests.container.made import EXACT, GEOMETRY, MANY, MODEL, PRINT, SAFE_NAMES, SMALL, STEP, raw, shapes

# --- round trips -----------------------------------------------------------------------------


@st.composite
def files(draw: Any) -> tuple[Header, list[bytes], list[int]]:
    many = draw(st.booleans())
    exact = draw(st.booleans())
    fingerprint = (
        draw(st.binary(min_size=4, max_size=4) | st.none()) if exact else draw(st.binary(min_size=4, max_size=4))
    )
    count = draw(st.integers(1, 12)) if many else 1
    geometry = fingerprint is None or draw(st.booleans())
    pool = draw(st.lists(shapes(), min_size=1, max_size=3))
    names = draw(st.none() | st.lists(SAFE_NAMES, min_size=count, max_size=count, unique=True)) if many else None
    header = Header(
        exact=exact,
        fingerprint=fingerprint,
        many=many,
        count=count,
        block_pictures=draw(st.integers(1, 14)) if many else 1,
        shapes=Shapes.of(draw(st.sampled_from(pool)) for _ in range(count)) if geometry else None,
        names=tuple(names) if names else None,
        step=1 if exact else draw(st.integers(1, 16)),
    )
    bodies = draw(st.lists(st.binary(max_size=200), min_size=header.blocks, max_size=header.blocks))
    checks = draw(st.lists(st.integers(0, 2**32 - 1), min_size=header.blocks, max_size=header.blocks))
    return header, bodies, checks


def check_reads_back(header: Header, bodies: list[bytes], checks: list[int]) -> bytes:
    data = build(header, bodies, checks)
    found = parse(data)
    assert found.header == header
    assert [found.body(block) for block in range(header.blocks)] == bodies
    kept = 4 if header.many else 1
    assert [found.check(block) for block in range(header.blocks)] == [
        check.to_bytes(4, "big")[-kept:] for check in checks
    ]
    assert build(found.header, bodies, checks) == data
    return data


@given(files())
def test_round_trip(file: tuple[Header, list[bytes], list[int]]) -> None:
    check_reads_back(*file)


def test_golden_files() -> None:
    """Every field where formats/aec.md says it is."""
    one = Header(exact=False, fingerprint=PRINT, many=False)
    assert build(one, [b"payload"], [0x01020304]) == raw(MODEL, PRINT, b"payload\x04")
    coarse = replace(one, step=3)
    assert build(coarse, [b"payload"], [4]) == raw(MODEL | STEP, PRINT, 3, b"payload\x04")
    stepped = Header(False, PRINT, True, 3, 2, Shapes([(Shape(8, 9), 3)]), step=16)
    fields = (PRINT, 16, 3, 2, 3, b"\0", 9, 8, 5, 5, b"a\0\0\0\1b\0\0\0\2")
    assert build(stepped, [b"a", b"b"], [1, 2]) == raw(MODEL | GEOMETRY | MANY | STEP, *fields)
    sized = Header(exact=True, fingerprint=None, many=False, shapes=Shapes.of([Shape(300, 5, 4, True)]))
    assert build(sized, [b"\x00x"], [0xFF]) == raw(EXACT | GEOMETRY, bytes([7]), 5, 300, b"\x00x\xff")
    several = Header(
        exact=True,
        fingerprint=PRINT,
        many=True,
        count=3,
        block_pictures=2,
        shapes=Shapes.of([Shape(9, 8), Shape(9, 8), Shape(1, 200, 3)]),
        names=("a", "b/c", "ü"),
    )
    data = build(several, [b"\x03one", b"\x01second"], [1, 2])
    packed = data[len(raw(31, PRINT, 3, 2, 2, b"\0", 8, 9, 1, b"\2", 200, 1, 8, 11)) - 4 :]
    length = packed[0]
    assert zlib.decompress(packed[1 : 1 + length], -15) == "a\0b/c\0ü\0".encode()
    rest = packed[: 1 + length] + b"\x03one\0\0\0\1" + b"\x01second\0\0\0\2"
    assert data == raw(31, PRINT, 3, 2, 2, b"\0", 8, 9, 1, b"\2", 200, 1, 8, 11, rest)


# --- sizes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [0, 1, 60, 2000])
def test_twelve_bytes_around_a_native_picture(payload: int) -> None:
    header = Header(exact=False, fingerprint=PRINT, many=False)
    assert len(build(header, [b"p" * payload], [5])) == payload + 12


@pytest.mark.parametrize("per_block", [1000, 100, 8])
def test_two_bytes_a_picture_around_a_thousand(per_block: int) -> None:
    header = Header(exact=False, fingerprint=PRINT, many=True, count=1000, block_pictures=per_block)
    bodies = [b"p" * 50 * per_block] * header.blocks
    over = len(build(header, bodies, [1] * header.blocks)) - sum(map(len, bodies))
    assert over <= 2000
    if per_block == 1000:
        assert over == 3 + 4 + 2 + 2 + 3 + 4 + 4  # signature to flags, print, count, block, index, check, crc


# --- damage ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
def test_every_damage_is_found(name: str) -> None:
    header, bodies = SMALL[name]
    data = check_reads_back(header, bodies, [0xDEADBEEF] * len(bodies))
    check_damage_is_found(data, parse)


@given(st.binary(max_size=60))
def test_noise_is_refused(noise: bytes) -> None:
    for data in (noise, b"\xae\xc1" + noise, sealed(b"\xae\xc1" + noise)):
        try:
            found = parse(data)
        except (FormatError, UnsupportedError, LimitError):
            continue
        assert data[:-4] == sealed(b"\xae\xc1" + noise)[:-4] and isinstance(found, Container)
