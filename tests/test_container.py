"""The container: exact sizes, every rule of formats/aec.md, and no damage that passes."""

from __future__ import annotations

import tracemalloc
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecodec.container import Container, Header, Shape, Shapes, build, parse
from aecodec.container.names import are_distinct, is_safe_name, pack_names, read_names, why_unsafe
from aecodec.container.varint import Cursor, varint
from aecodec.errors import AecError, FormatError, LimitError, UnsupportedError, UsageError
from tests.checks import check_damage_is_found, check_error, flipped, sealed

PRINT = bytes.fromhex("0badcafe")
MODEL, EXACT, GEOMETRY, MANY, NAMES, STEP = 1, 2, 4, 8, 16, 32


def raw(flags: int, *parts: bytes | int, version: int = 0xC1) -> bytes:
    """A file with a good checksum, whatever its fields say; numbers are written as varints."""
    body = b"".join(varint(part) if isinstance(part, int) else part for part in parts)
    return sealed(bytes([0xAE, version, flags]) + body)


def deflated(content: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(content) + coder.flush()


def names_field(content: bytes) -> bytes:
    packed = deflated(content)
    return varint(len(packed)) + packed


# --- numbers ---------------------------------------------------------------------------------


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


# --- round trips -----------------------------------------------------------------------------

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


# --- each rule -------------------------------------------------------------------------------

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


# --- shapes ----------------------------------------------------------------------------------


def test_shapes_are_a_sequence() -> None:
    each = [Shape(1, 2), Shape(1, 2), Shape(3, 1, 3), Shape(1, 2)]
    shapes = Shapes.of(each)
    assert shapes.runs == ((Shape(1, 2), 2), (Shape(3, 1, 3), 1), (Shape(1, 2), 1))
    assert len(shapes) == 4 and list(shapes) == each and shapes.kinds == set(each)
    for place in range(-4, 4):
        assert shapes[place] == each[place]
    for part in (slice(1, 3), slice(None), slice(3, 9), slice(0, 0), slice(None, None, -1)):
        assert shapes[part] == each[part]
    with pytest.raises(IndexError):
        shapes[4]
    assert shapes == Shapes(shapes.runs) != Shapes.of(each[1:]) and hash(shapes) == hash(Shapes.of(each))
    assert len(Shapes([])) == 0 and list(Shapes([])) == []


def test_millions_of_shapes_take_no_memory() -> None:
    """A file of 20 kB tells of 2**24 pictures of one size."""
    count, block = 1 << 24, 4096
    blocks = count // block
    fields = varint(count) + varint(block) + varint(count) + b"\0\x01\x01" + varint(4) * blocks
    data = sealed(b"\xae\xc1\x0e" + fields + bytes(4 * blocks))
    tracemalloc.start()
    found = parse(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.header.shapes is not None and len(found.header.shapes) == count
    assert most < 4 << 20


# --- names -----------------------------------------------------------------------------------


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
