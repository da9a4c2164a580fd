"""formats/aec.ksy on made files: random ones, and fields at the edges of what they may hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from kaitaistruct import KaitaiStream, KaitaiStructError

from aecodec.container import Header, Shape, Shapes, add_second, build
from aecodec.container.varint import Cursor, varint
from aecodec.errors import FormatError
from aecodec.limits import MAX_PICTURES, MAX_PIXELS, MAX_SIDE
from tests.checks import sealed
from tests.generated.aec import Aec
from tests.structure import by_package, by_parser
from tests.test_structure import agreement

PRINT, SECOND = b"mod1", b"mod2"  # fingerprints
KINDS = [(1, False), (2, False), (3, False), (4, False), (3, True), (4, True)]


def random_shapes(rng: np.random.Generator, count: int) -> Shapes:
    """Runs of one to five pictures, some of them large; or of a few shapes that differ little and come again."""
    alike = bool(rng.integers(2))
    kinds = KINDS[:2] if alike else KINDS
    shapes: list[Shape] = []
    while len(shapes) < count:
        height, width = (int(side) for side in rng.integers(1, 3 if alike else rng.choice([5, 200, 9000]), 2))
        shapes += [Shape(height, width, *kinds[rng.integers(len(kinds))])] * int(rng.integers(1, 6))
    return Shapes.of(shapes[:count])


def random_header(rng: np.random.Generator) -> Header:
    kind, many = rng.choice(["free", "exact", "lossy", "layered", "grid", "pixels"]), bool(rng.integers(2))
    count = int(rng.integers(1, 30)) if many else 1
    altered = int(rng.integers(101)) if kind == "pixels" and rng.integers(2) else None
    return Header(
        exact=kind in ("free", "exact", "pixels"),
        fingerprint=None if kind == "free" else PRINT,
        many=many,
        count=count,
        block_pictures=int(rng.integers(1, count + 3)) if many else 1,
        shapes=random_shapes(rng, count) if kind in ("free", "grid", "pixels") or rng.integers(4) else None,
        names=tuple(f"{at}/{rng.integers(99)}" for at in range(count)) if many and rng.integers(2) else None,
        step=int(rng.integers(1, 17)) if kind in ("lossy", "layered") else 1,
        layered=kind == "layered",
        quality=int(rng.integers(101)) if kind == "grid" else None,
        pixels=kind == "pixels",
        referenced=kind == "grid" and many and bool(rng.integers(2)),
        altered=altered,
        restored=altered is not None and bool(rng.integers(2)),
    )


def random_body(rng: np.random.Generator, header: Header, block: int) -> bytes:
    """Noise behind what the structure asks for."""
    start = block * header.block_pictures
    shapes = (header.shapes or ())[start : start + header.block_pictures]
    methods = [0, 1, 2, 7] if header.pixels else range(6 if header.fingerprint else 3)
    front = bytes([rng.choice(methods)]) if header.has_method else b""
    if header.referenced:
        front += random_references(rng, shapes)
    if not header.exact and any(shape.has_alpha for shape in shapes):
        alpha = rng.bytes(int(rng.integers(0, rng.choice([3, 300]))))
        front += varint(len(alpha) + 1) + bytes([rng.integers(3)]) + alpha
    return front + rng.bytes(int(rng.integers(0, rng.choice([5, 400, 20_000]))))


def random_references(rng: np.random.Generator, shapes: Sequence[Shape]) -> bytes:
    """A list of references, of which some may be to pictures that are not there."""
    has = rng.random(len(shapes)) < rng.choice([0.1, 0.5])
    mask = np.packbits(has, bitorder="little").tobytes().rstrip(b"\0")
    return varint(len(mask)) + mask + b"".join(varint(int(rng.integers(300))) for _ in range(int(has.sum())))


def random_file(seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    header = random_header(rng)
    checks = rng.integers(0, 2**32, header.blocks).tolist()
    data = build(header, [random_body(rng, header, block) for block in range(header.blocks)], checks)
    if header.layered:
        bodies = [bytes([rng.choice([0, 1, 2, 3, 6])]) + rng.bytes(int(rng.integers(0, 200))) for _ in checks]
        data = add_second(data, replace(header, exact=True), SECOND, bodies, checks[::-1])
    return data


@pytest.mark.parametrize("seed", range(200))
def test_random_files(seed: int) -> None:
    data = random_file(seed)
    assert by_parser(data) == by_package(data)


@pytest.mark.parametrize("layered", [False, True])
@pytest.mark.parametrize("step", range(1, 17))
def test_every_step(step: int, layered: bool) -> None:
    data = build(Header(False, PRINT, False, step=step, layered=layered), [b"body"], [7])
    assert by_parser(data) == by_package(data)
    assert by_parser(data).step == step


@pytest.mark.parametrize("many", [False, True])
def test_every_quality(many: bool) -> None:
    """And one below and above them."""
    shapes = Shapes([(Shape(2, 3, 4), 1)])
    for quality in range(-1, 102):
        data = build(Header(False, PRINT, many, shapes=shapes, quality=quality), [b"\x04\0abcbody"], [7])
        if 0 <= quality <= 100:
            assert by_parser(data) == by_package(data)
            assert by_parser(data).quality == quality
        else:
            assert agreement(data) == "refused"


def of_size(width: int, height: int) -> bytes:
    """A file of one picture of that size, in which the picture is missing."""
    return sealed(b"\xae\xc1\x06\x00" + varint(width) + varint(height) + b"\x00\x00")


@pytest.mark.parametrize(("width", "height"), [(MAX_SIDE, 1), (1, MAX_SIDE), (6235, 14351), (1, 1)])
def test_largest_sizes(width: int, height: int) -> None:
    assert by_parser(of_size(width, height)) == by_package(of_size(width, height))


TOO_LARGE = [(MAX_SIDE + 1, 1), (1, MAX_SIDE + 1), (2761, 32408), (0, 1), (1, 0)]


def test_the_sizes_are_the_very_limits() -> None:
    assert MAX_PIXELS == 6235 * 14351 and MAX_PIXELS < 2761 * 32408 <= MAX_PIXELS + 3


@pytest.mark.parametrize(("width", "height"), TOO_LARGE)
def test_sizes_beyond(width: int, height: int) -> None:
    assert agreement(of_size(width, height)) == "refused"


def of_count(count: int, block_pictures: int = 4096) -> bytes:
    """A lossy container of pictures of the model's size, whose records are checks alone."""
    blocks = -(-count // block_pictures)
    head = b"\xae\xc1\x09" + PRINT + varint(count) + varint(block_pictures)
    return sealed(head + varint(4) * blocks + bytes(4 * blocks))


@pytest.mark.parametrize(("count", "block_pictures"), [(MAX_PICTURES, 4096), (4096, 4096), (4097, 4096), (3, 1)])
def test_many_pictures(count: int, block_pictures: int) -> None:
    data = of_count(count, block_pictures)
    assert by_parser(data) == by_package(data)


@pytest.mark.parametrize(("count", "block_pictures"), [(MAX_PICTURES + 1, 4096), (4097, 4097)])
def test_too_many_pictures(count: int, block_pictures: int) -> None:
    assert agreement(of_count(count, block_pictures)) == "refused"


def read_both(raw: bytes) -> tuple[int | None, int | None]:
    """What the package and the parser read at the beginning of ``raw``, None where they refuse it."""
    parsed = Aec.Varint(KaitaiStream(BytesIO(raw)))
    try:
        parsed._read()
        theirs: int | None = parsed.value
    except KaitaiStructError:
        theirs = None
    try:
        return Cursor(raw, 0, len(raw)).varint("a number"), theirs
    except FormatError:
        return None, theirs


def test_varints() -> None:
    """Both sides of every change in length, forms that are too long, and random bytes."""
    edges = {(1 << bits) + by for bits in range(36) for by in (-1, 0, 1)}
    for value in edges:
        assert read_both(varint(value)) == (value if value < 1 << 32 else None,) * 2
        longer = varint(value)
        longer = longer[:-1] + bytes([longer[-1] | 0x80, 0])
        assert read_both(longer) == (None, None)
    rng = np.random.default_rng(5)
    for _ in range(2000):
        raw = (rng.integers(0, 256, 6) | rng.choice([0, 128], 6)).astype(np.uint8).tobytes()
        ours, theirs = read_both(raw)
        assert ours == theirs, raw.hex()


@pytest.mark.parametrize(
    ("method", "expected"), [(0, "same"), (2, "same"), (3, "method"), (128, "method"), (255, "method")]
)
def test_methods_of_alpha(method: int, expected: str) -> None:
    header = Header(False, PRINT, False, shapes=Shapes([(Shape(2, 3, 2), 1)]))
    data = build(header, [b"\x07" + bytes([method]) + b"planes"], [7])
    assert agreement(data) == expected
