"""Files of sound checksums that ask for a lot and give little; none can be decoded, and none needs work to see that."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import numpy as np

from aecodec.container.header import EXACT, GEOMETRY, LAYERS, MANY, MODEL, NAMES, STEP
from aecodec.container.varint import varint
from aecodec.limits import MAX_BLOCK_SAMPLES, MAX_NAMES_BYTES, MAX_PICTURES, MAX_PIXELS, MAX_SIDE, MAX_TILE_SAMPLES
from tests.checks import sealed
from tests.trust.golden import zoo

Rng = np.random.Generator
SEED = 3
MOST_BYTES = 200_000  # of a file


def file(flags: int, *fields: bytes) -> bytes:
    """A file of these fields, with its checksum."""
    return sealed(bytes([0xAE, 0xC1, flags]) + b"".join(fields))


def deflated(raw: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return coder.compress(raw) + coder.flush()


def shape(rng: Rng, width: int, height: int, channels: int | None = None) -> bytes:
    kind = int(rng.integers(4)) if channels is None else channels - 1
    return bytes([kind]) + varint(width) + varint(height)


def model(name: str = "vector-plain") -> bytes:
    return zoo().by_id(name).fingerprint


def up_to(rng: Rng, low: int, high: int) -> int:
    """A number of any order of magnitude from ``low`` to ``high``."""
    return min(high, max(low, int(2 ** rng.uniform(np.log2(low), np.log2(high + 1)))))


def large(rng: Rng) -> tuple[int, int]:
    """Sides of one of the largest pictures there may be."""
    width = up_to(rng, 3000, MAX_SIDE)
    return width, min(MAX_SIDE, MAX_PIXELS // width)


def pictures_beyond_the_limit(rng: Rng) -> bytes:
    count = up_to(rng, MAX_PICTURES + 1, (1 << 32) - 1)
    return file(EXACT | GEOMETRY | MANY, varint(count), varint(4096), varint(count), shape(rng, 1, 1), rng.bytes(40))


def blocks_beyond_the_limit(rng: Rng) -> bytes:
    count, block = up_to(rng, 2, MAX_PICTURES), up_to(rng, 4097, (1 << 32) - 1)
    return file(MODEL | MANY, model(), varint(count), varint(block), rng.bytes(40))


def more_blocks_than_bytes(rng: Rng) -> bytes:
    count, block = up_to(rng, 1 << 20, MAX_PICTURES), up_to(rng, 1, 512)
    return file(MODEL | MANY, model(), varint(count), varint(block), varint(4) * up_to(rng, 1, 1000))


def many_pictures_without_records(rng: Rng) -> bytes:
    """Every field is sound, up to millions of pictures, but the blocks lack a method."""
    count = up_to(rng, 1 << 16, MAX_PICTURES)
    blocks = -(-count // 4096)
    fields = varint(count) + varint(4096) + varint(count) + shape(rng, up_to(rng, 1, 99), up_to(rng, 1, 99), 1)
    return file(EXACT | GEOMETRY | MANY, fields, varint(4) * blocks, rng.bytes(4 * blocks))


def native_pictures_without_records(rng: Rng) -> bytes:
    count = up_to(rng, 1 << 16, MAX_PICTURES)
    blocks = -(-count // 4096)
    return file(MODEL | EXACT | MANY, model(), varint(count), varint(4096), varint(4) * blocks, rng.bytes(4 * blocks))


def runs_that_do_not_add_up(rng: Rng) -> bytes:
    count = up_to(rng, 1 << 20, MAX_PICTURES)
    runs = [varint(up_to(rng, 1, count)) + shape(rng, 1 + at, 1 + at) for at in range(up_to(rng, 1, 2000))]
    return file(EXACT | GEOMETRY | MANY, varint(count), varint(4096), *runs)


def sides_beyond_the_limit(rng: Rng) -> bytes:
    width, height = up_to(rng, MAX_SIDE + 1, (1 << 32) - 1), up_to(rng, 1, (1 << 32) - 1)
    return file(EXACT | GEOMETRY, shape(rng, *((width, height) if rng.integers(2) else (height, width))), rng.bytes(9))


def pixels_beyond_the_limit(rng: Rng) -> bytes:
    width = up_to(rng, 3000, MAX_SIDE)
    return file(EXACT | GEOMETRY, shape(rng, width, min(MAX_SIDE, MAX_PIXELS // width + 1) + 1), rng.bytes(9))


def samples_beyond_the_limit(rng: Rng) -> bytes:
    """A block of pictures each of which is allowed; of some, lines, the tiles take more than the pictures."""
    if rng.integers(2):
        count = up_to(rng, MAX_TILE_SAMPLES // (3 * 8 * MAX_SIDE) + 1, 3000)
        head = varint(count) * 3 + b"\2" + varint(MAX_SIDE) + varint(1)
        return file(MODEL | GEOMETRY | MANY, model(), head, varint(4 + 9), rng.bytes(4 + 9))
    width, height = large(rng)
    count = MAX_BLOCK_SAMPLES // (width * height) + up_to(rng, 1, 4000)
    head = varint(count) * 3 + shape(rng, width, height, 1)
    return file(MODEL | GEOMETRY | MANY, model(), head, varint(4 + 9), rng.bytes(4 + 9))


def large_pictures_of_few_bytes(rng: Rng) -> bytes:
    """Stored, deflated or differenced, of far too few bytes."""
    method, body = int(rng.integers(3)), rng.bytes(up_to(rng, 1, 4000))
    if method and rng.integers(2):
        body = deflated(bytes(up_to(rng, 1, 1 << 20)))
    return file(EXACT | GEOMETRY, shape(rng, *large(rng)), bytes([method]), body, rng.bytes(1))


def bombs_in_small_pictures(rng: Rng) -> bytes:
    body = deflated(bytes(up_to(rng, 1 << 20, 1 << 26)))
    return file(EXACT | GEOMETRY, shape(rng, 9, 9), bytes([int(rng.integers(1, 3))]), body, rng.bytes(1))


def alpha_of_few_bytes(rng: Rng) -> bytes:
    """Alpha planes come first, so that no tile is decoded."""
    alpha = bytes([int(rng.integers(3))]) + rng.bytes(up_to(rng, 1, 2000))
    length = len(alpha) if rng.integers(2) else up_to(rng, 4000, (1 << 32) - 1)
    return file(MODEL | GEOMETRY, model(), shape(rng, *large(rng), 2), varint(length), alpha, rng.bytes(20))


def _named(packed: bytes, count: int) -> bytes:
    blocks = -(-count // 4096)
    head = varint(count) + varint(4096) + varint(count) + b"\0\1\1" + varint(5) * blocks
    return file(EXACT | GEOMETRY | MANY | NAMES, head, varint(len(packed)), packed, bytes(5 * blocks))


def bombs_of_names(rng: Rng) -> bytes:
    """Of empty, endless, equal or unsafe names, or ones that are no text; up to 64 MiB and more."""
    size = up_to(rng, 1 << 20, MAX_NAMES_BYTES + 9)
    some = [b"\0", b"a", b"a\0", b"../a\0", b"\xff", b"a" * 1024 + b"\0", b"a/" * 500 + b"b\0"]
    unit = some[int(rng.integers(len(some)))]
    count = int(rng.choice([size // len(unit), up_to(rng, 2, MAX_PICTURES)]))
    return _named(deflated(unit * (size // len(unit))), min(max(count, 2), MAX_PICTURES))


def names_in_deep_folders(rng: Rng) -> bytes:
    """Different names of hundreds of folders each, the last of which has another's folder for its name."""
    count, depth = up_to(rng, 100, 1000), up_to(rng, 50, 500)
    names = [f"{at}/" + "a/" * depth + "b" for at in range(count)] + ["7/a/a"]
    return _named(deflated("".join(f"{name}\0" for name in names).encode()), len(names))


def names_beyond_the_end(rng: Rng) -> bytes:
    count = up_to(rng, 2, 4000)
    head = varint(count) + varint(4096) + varint(count) + b"\0\1\1" + varint(5)
    return file(EXACT | GEOMETRY | MANY | NAMES, head, varint(up_to(rng, 1 << 10, (1 << 32) - 1)), rng.bytes(99))


def long_records(rng: Rng) -> bytes:
    blocks = up_to(rng, 1, 200)
    index = [varint(up_to(rng, 1 << 12, (1 << 32) - 1)) for _ in range(blocks)]
    return file(MODEL | MANY, model(), varint(blocks), varint(1), *index, rng.bytes(400))


def long_first_layers(rng: Rng) -> bytes:
    length = up_to(rng, 100, (1 << 32) - 1)
    return file(
        LAYERS | MODEL | EXACT | int(rng.choice([0, MANY, GEOMETRY])), model(), b"\x10", varint(length), rng.bytes(30)
    )


def second_layers_of_few_bytes(rng: Rng) -> bytes:
    """The first is sound in itself, and tells of millions of pictures; the second's index has nothing behind it."""
    count = up_to(rng, 1 << 16, MAX_PICTURES)
    blocks = -(-count // 4096)
    fields = varint(count) + varint(4096) + varint(4) * blocks + rng.bytes(4 * blocks)
    first = file(LAYERS | MODEL | EXACT | MANY, model("vector-based"), b"\x10", varint(len(fields)), fields)
    index = varint(up_to(rng, 4, (1 << 32) - 1)) * min(blocks, up_to(rng, 1, 4000))
    return sealed(first + model("vector-based") + index + rng.bytes(8))


def more_symbols_than_a_payload_may_have(rng: Rng) -> bytes:
    """Lossy, with a residual, with scans; each picture a line, which takes many tiles."""
    method, name = [
        (b"", "vector-plain"),
        (b"\3", "vector-plain"),
        (b"\4", "vector-ink"),
        (b"\5", "vector-network"),
    ][int(rng.integers(4))]
    head = varint(4096) * 3 + b"\2" + varint(int(rng.integers(32_000, MAX_SIDE + 1))) + varint(1)
    record = method + rng.bytes(up_to(rng, 4, 400))
    return file(MODEL | GEOMETRY | MANY | (EXACT if method else 0), model(name), head, varint(len(record)), record)


def models_that_do_not_exist(rng: Rng) -> bytes:
    head = varint(1000) * 3 + shape(rng, *large(rng), 1)
    return file(MODEL | GEOMETRY | MANY, rng.bytes(4), head, varint(99), rng.bytes(99))


def unknown_methods(rng: Rng) -> bytes:
    method = bytes([int(rng.integers(3, 256))])
    return file(EXACT | GEOMETRY, shape(rng, *large(rng)), method, rng.bytes(99))


def escapes_without_end(rng: Rng) -> bytes:
    """Payloads of ones, whose symbols lie beyond their tables as far as can be written."""
    payload = bytes([255]) * up_to(rng, 1, 4000) + rng.bytes(9)
    step = bytes([int(rng.integers(2, 17))])
    if rng.integers(2):
        return file(MODEL | STEP, model(), step, payload)
    return file(MODEL | STEP | GEOMETRY, model(), step, shape(rng, 60, 60, 3), payload)


KINDS: tuple[Callable[[Rng], bytes], ...] = (
    pictures_beyond_the_limit,
    blocks_beyond_the_limit,
    more_blocks_than_bytes,
    many_pictures_without_records,
    native_pictures_without_records,
    runs_that_do_not_add_up,
    sides_beyond_the_limit,
    pixels_beyond_the_limit,
    samples_beyond_the_limit,
    large_pictures_of_few_bytes,
    bombs_in_small_pictures,
    alpha_of_few_bytes,
    bombs_of_names,
    names_in_deep_folders,
    names_beyond_the_end,
    long_records,
    long_first_layers,
    second_layers_of_few_bytes,
    more_symbols_than_a_payload_may_have,
    models_that_do_not_exist,
    unknown_methods,
    escapes_without_end,
)


def hostile(count: int) -> Iterator[tuple[str, bytes]]:
    """What a file does, and its bytes; each kind in turn."""
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        data = kind(np.random.default_rng([SEED, number]))
        assert len(data) <= MOST_BYTES, (kind.__name__, len(data))
        yield f"{kind.__name__}, number {number}", data
