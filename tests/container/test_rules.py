"""Each rule of formats/aec.md about the container: kept, or refused with the right error."""

from __future__ import annotations

import zlib

import pytest

from aecodec.container import Header, build, parse
from aecodec.container.varint import varint
from aecodec.errors import AecError, FormatError, LimitError, UnsupportedError
from tests.checks import check_error, flipped, sealed
from tests.container.made import EXACT, GEOMETRY, MANY, MODEL, NAMES, PRINT, SMALL, STEP, raw


def deflated(content: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(content) + coder.flush()


def names_field(content: bytes) -> bytes:
    packed = deflated(content)
    return varint(len(packed)) + packed


GREY_2X3 = b"\0\3\2"  # kind, width, height
ONE = (EXACT | GEOMETRY, GREY_2X3)
LOTS = (MODEL | MANY, PRINT)
NAMED = (MODEL | MANY | NAMES, PRINT, 2, 2, 5)
RECORD = b"\0\0\0\0\0"

SOUND = [
    pytest.param(raw(MODEL, PRINT, b"c"), id="no body, one check byte"),
    pytest.param(raw(*ONE, b"c"), id="exact"),
    pytest.param(raw(MODEL | STEP, PRINT, 2, b"c"), id="smallest step"),
    pytest.param(raw(MODEL | STEP, PRINT, 16, b"c"), id="largest step"),
    pytest.param(raw(EXACT | GEOMETRY, b"\0\x80\x80\x02\xaa\x15", b"c"), id="largest side, 32768x2730"),
    pytest.param(raw(*LOTS, 1, 4096, 5, RECORD), id="largest block"),
    pytest.param(raw(*LOTS, 2, 1, 5, 4, RECORD, b"abcd"), id="record of a check alone"),
    pytest.param(raw(*NAMED, names_field(b"a\0b\0"), RECORD), id="named"),
    pytest.param(raw(*NAMED, names_field(b"a" * 1024 + b"\0b\0"), RECORD), id="longest name"),
    pytest.param(raw(EXACT | GEOMETRY | MANY, 3, 3, 2, GREY_2X3, 1, b"\1\3\2", 5, RECORD), id="two runs"),
]


@pytest.mark.parametrize("data", SOUND)
def test_sound(data: bytes) -> None:
    assert parse(data).data == data


CASES: list[tuple[str, type[AecError], bytes]] = [
    ("nothing", FormatError, b""),
    ("one byte", FormatError, b"\xae"),
    ("signature alone", FormatError, b"\xae\xc1"),
    ("another first byte", FormatError, raw(MODEL, PRINT, b"c").replace(b"\xae", b"\xaf", 1)),
    ("another high half", FormatError, raw(MODEL, PRINT, b"c", version=0xB1)),
    ("a text", FormatError, b"hello, world"),
    ("version 0", UnsupportedError, raw(MODEL, PRINT, b"c", version=0xC0)),
    ("version 2", UnsupportedError, raw(MODEL, PRINT, b"c", version=0xC2)),
    ("version 15", UnsupportedError, raw(MODEL, PRINT, b"c", version=0xCF)),
    ("version 2, whatever follows", UnsupportedError, b"\xae\xc2"),
    ("version 2, a bad checksum", UnsupportedError, b"\xae\xc2" + bytes(20)),
    ("a bad checksum", FormatError, flipped(raw(MODEL, PRINT, b"c"), -1 + len(raw(MODEL, PRINT, b"c")))),
    ("step 0", FormatError, raw(MODEL | STEP, PRINT, 0, b"c")),
    ("step 1", FormatError, raw(MODEL | STEP, PRINT, 1, b"c")),
    ("step 17", FormatError, raw(MODEL | STEP, PRINT, 17, b"c")),
    ("step 255", FormatError, raw(MODEL | STEP, PRINT, b"\xff", b"c")),
    ("no step", FormatError, raw(MODEL | STEP, PRINT)),
    ("a step and no record", FormatError, raw(MODEL | STEP, PRINT, 2)),
    ("step of an exact file", UnsupportedError, raw(MODEL | EXACT | STEP, PRINT, 2, b"c")),
    ("step of an exact container", UnsupportedError, raw(MODEL | EXACT | MANY | STEP, PRINT, 2, 1, 1, 5, RECORD)),
    ("step without a model", UnsupportedError, raw(EXACT | GEOMETRY | STEP, 2, GREY_2X3, b"c")),
    ("step without a model, a bad checksum", FormatError, raw(*ONE, b"c")[:2] + b"\x26" + raw(*ONE, b"c")[3:]),
    ("step, lossy and no model", UnsupportedError, raw(GEOMETRY | STEP, 2, GREY_2X3, b"c")),
    ("step and no fields", UnsupportedError, raw(0xFF, b"cc")),
    ("no model and lossy", FormatError, raw(GEOMETRY, GREY_2X3, b"c")),
    ("no model and no geometry", FormatError, raw(EXACT, b"ccc")),
    ("no flags", FormatError, raw(0, b"ccc")),
    ("names of one picture", FormatError, raw(MODEL | NAMES, PRINT, names_field(b"a\0"), b"c")),
    ("names of one exact picture", FormatError, raw(ONE[0] | NAMES, GREY_2X3, names_field(b"a\0"), b"c")),
    ("fingerprint cut short", FormatError, raw(MODEL, PRINT[:3])),
    ("no record", FormatError, raw(MODEL, PRINT)),
    ("no record after geometry", FormatError, raw(*ONE)),
    ("kind with bit 3", UnsupportedError, raw(ONE[0], b"\x08\3\2", b"c")),
    ("kind with bit 7", UnsupportedError, raw(ONE[0], b"\x80\3\2", b"c")),
    ("equal planes of grey", FormatError, raw(ONE[0], b"\4\3\2", b"c")),
    ("equal planes of grey and alpha", FormatError, raw(ONE[0], b"\5\3\2", b"c")),
    ("no width", FormatError, raw(ONE[0], b"\0\0\2", b"c")),
    ("no height", FormatError, raw(ONE[0], b"\0\3\0", b"c")),
    ("width of a longer form", FormatError, raw(ONE[0], b"\0\x83\0\2", b"c")),
    ("geometry cut short", FormatError, raw(ONE[0], b"\0\3", b"")),
    ("too wide", LimitError, raw(ONE[0], b"\0", 32769, 1, b"c")),
    ("too high", LimitError, raw(ONE[0], b"\0", 1, 32769, b"c")),
    ("too many pixels", LimitError, raw(ONE[0], b"\0", 32768, 2731, b"c")),
    ("widest number", LimitError, raw(ONE[0], b"\0", 2**32 - 1, 2**32 - 1, b"c")),
    ("count 0", FormatError, raw(*LOTS, 0, 1, 5, RECORD)),
    ("count above the limit", LimitError, raw(*LOTS, (1 << 24) + 1, 4096, 5, RECORD)),
    ("count at the limit, and too few blocks", FormatError, raw(*LOTS, 1 << 24, 4096, 5, RECORD)),
    ("no pictures a block", FormatError, raw(*LOTS, 1, 0, 5, RECORD)),
    ("too many pictures a block", LimitError, raw(*LOTS, 1, 4097, 5, RECORD)),
    ("a record without its check", FormatError, raw(*LOTS, 1, 1, 3, b"\0\0\0")),
    ("a record longer than the file", FormatError, raw(*LOTS, 1, 1, 6, RECORD)),
    ("a byte left over", FormatError, raw(*LOTS, 1, 1, 4, RECORD)),
    ("a block missing", FormatError, raw(*LOTS, 2, 1, 5, RECORD)),
    ("a block too many", FormatError, raw(*LOTS, 2, 2, 5, 5, RECORD, RECORD)),
    ("an index of a longer form", FormatError, raw(*LOTS, 1, 1, b"\x85\0", RECORD)),
    ("no index", FormatError, raw(*LOTS, 1, 1)),
    ("run of none", FormatError, raw(EXACT | GEOMETRY | MANY, 1, 1, 0, GREY_2X3, 1, GREY_2X3, 5, RECORD)),
    ("runs beyond the count", FormatError, raw(EXACT | GEOMETRY | MANY, 2, 2, 3, GREY_2X3, 5, RECORD)),
    ("a run that says all", FormatError, raw(EXACT | GEOMETRY | MANY, 2, 2, 2**32 - 1, GREY_2X3, 5, RECORD)),
    ("runs below the count", FormatError, raw(EXACT | GEOMETRY | MANY, 9, 9, 2, GREY_2X3, 5, RECORD)),
    (
        "equal neighbours",
        FormatError,
        raw(EXACT | GEOMETRY | MANY, 2, 2, 1, GREY_2X3, 1, GREY_2X3, 5, RECORD),
    ),
    ("a run too large", LimitError, raw(EXACT | GEOMETRY | MANY, 1, 1, 1, b"\0", 40000, 1, 5, RECORD)),
    ("names that are no deflate", FormatError, raw(*NAMED, 3, b"\xff\xff\xff", RECORD)),
    ("names longer than the file", FormatError, raw(*NAMED, 99, RECORD)),
    ("no names", FormatError, raw(*NAMED, 0, RECORD)),
    (
        "a byte after the names",
        FormatError,
        raw(*NAMED, 1 + len(deflated(b"a\0b\0")), deflated(b"a\0b\0"), b"x", RECORD),
    ),
    (
        "names cut short",
        FormatError,
        raw(*NAMED, len(deflated(b"a\0b\0")) - 1, deflated(b"a\0b\0")[:-1], RECORD),
    ),
    *[
        (f"names {content!r}", FormatError, raw(*NAMED, names_field(content), RECORD))
        for content in [
            b"",
            b"a\0",
            b"a\0b",
            b"a\0b\0c",
            b"a\0b\0c\0",
            b"a\0a\0",
            b"a\0\0",
            b"a\0..\0",
            b"a\0.\0",
            b"a\0/b\0",
            b"a\0b/\0",
            b"a\0b//c\0",
            b"a\0b/../c\0",
            b"a\0b/./c\0",
            b"a\0C:b\0",
            b"a\0b\\c\0",
            b"a\0b*\0",
            b"a\0b?\0",
            b'a\0b"\0',
            b"a\0b<\0",
            b"a\0b>\0",
            b"a\0b|\0",
            b"a\0b\n\0",
            b"a\0b\x1f\0",
            b"a\0b\x7f\0",
            b"a\0b\xff\0",
            b"a\0b\xed\xa0\x80\0",
            b"a\0" + b"b" * 1025 + b"\0",
            b"a\0" + "ü".encode() * 513 + b"\0",
        ]
    ],
]


@pytest.mark.parametrize(("error", "data"), [pytest.param(e, d, id=n[:60]) for n, e, d in CASES])
def test_refused(error: type[AecError], data: bytes) -> None:
    check_error(error, lambda: parse(data))


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("optional", [0x40, 0x80, 0xC0])
def test_optional_flags_are_ignored(name: str, optional: int) -> None:
    header, bodies = SMALL[name]
    data = build(header, bodies, [7] * len(bodies))
    assert not data[2] & 0xC0
    found = parse(sealed(flipped(data, 2, optional)[:-4]))
    assert found.header == header
    assert [found.body(block) for block in range(header.blocks)] == bodies


def test_a_file_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    header = Header(False, PRINT, False)
    data = build(header, [bytes(88)], [0])
    monkeypatch.setattr("aecodec.container.frame.MAX_FILE_BYTES", 100)
    assert len(data) == 100 and parse(data)
    assert build(header, [bytes(88)], [0]) == data
    check_error(LimitError, lambda: build(header, [bytes(89)], [0]))
    check_error(LimitError, lambda: parse(data + bytes(1)))
    check_error(FormatError, lambda: parse(bytes(101)))  # no .aec file at all
