"""Exact pixels: the residual coder against its specification, and the plain methods."""

from __future__ import annotations

import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import FormatError, ModelError
from aecodec.lossless import ResidualCoder, decode_plain, encode_plain, residual
from aecodec.lossless.plain import DEFLATED, DIFFERENCED, MOST_INFLATED, STORED
from aecodec.lossless.residual import CONTEXTS, contexts_and_symbols
from tests.checks import check_all_same, check_error, check_same, damages
from tests.made import strokes

Tiles = NDArray[np.uint8]


def learned_costs(seed: int = 1) -> NDArray[np.uint8]:
    """Tables of all shapes: no two contexts alike, some extremely sharp."""
    rng = np.random.default_rng(seed)
    costs = rng.integers(0, 256, (CONTEXTS, 256)).astype(np.uint8)
    costs[::7] = 255
    costs[::7, 0] = 0
    costs[3] = 0
    return costs


CODER = ResidualCoder.from_costs(learned_costs())


def noise(count: int, height: int, width: int, seed: int = 2) -> Tiles:
    return np.random.default_rng(seed).integers(0, 256, (count, height, width)).astype(np.uint8)


def near(tiles: Tiles, spread: int, seed: int = 3) -> Tiles:
    """A base that is about right."""
    error = np.random.default_rng(seed).integers(-spread, spread + 1, tiles.shape)
    return np.clip(tiles + error, 0, 255).astype(np.uint8)


STROKES = strokes(6)
ZEROS, FULL = np.zeros((2, 5, 4), np.uint8), np.full((2, 5, 4), 255, np.uint8)
CASES = {
    "noise on noise": (noise(5, 9, 8), noise(5, 9, 8, 7)),
    "noise on itself": (noise(5, 9, 8), noise(5, 9, 8)),
    "strokes nearly right": (STROKES, near(STROKES, 6)),
    "strokes right": (STROKES, STROKES),
    "strokes on another": (STROKES, STROKES[::-1]),
    "saturated": (near(np.full((4, 9, 9), 253, np.uint8), 3), near(np.full((4, 9, 9), 251, np.uint8), 4)),
    "black on white": (ZEROS, FULL),
    "white on black": (FULL, ZEROS),
    "flat": (np.full((3, 4, 4), 77, np.uint8), np.full((3, 4, 4), 78, np.uint8)),
    "one pixel": (noise(9, 1, 1), noise(9, 1, 1, 8)),
    "one row": (noise(3, 1, 30), near(noise(3, 1, 30), 20)),
    "one column": (noise(3, 30, 1), near(noise(3, 30, 1), 20)),
}


def check_residual_round_trip(tiles: Tiles, base: Tiles, coder: ResidualCoder = CODER) -> bytes:
    writer = StreamWriter()
    coder.encode(tiles, base, writer)
    payload = writer.finish()
    reader = StreamReader(payload)
    check_same(coder.decode(base, reader), tiles)
    reader.finish()
    return payload


@pytest.mark.parametrize("name", CASES)
def test_residual_round_trip(name: str) -> None:
    check_residual_round_trip(*CASES[name])


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 7), st.integers(1, 7), st.integers(0, 255))
def test_residual_round_trip_of_any(seed: int, count: int, height: int, width: int, spread: int) -> None:
    tiles = noise(count, height, width, seed)
    check_residual_round_trip(tiles, near(tiles, spread, seed))


def plain_contexts(p: list[list[int]], b: list[list[int]]) -> tuple[list[int], list[int]]:
    """Table and symbol of each pixel of one tile: formats/aec.md, section 11, pixel by pixel."""
    height, width = len(p), len(p[0])

    def r(y: int, x: int) -> int:
        return abs(p[y][x] - b[y][x]) if 0 <= y < height and 0 <= x < width else 0

    def count(edges: list[int], value: int) -> int:
        return sum(edge <= value for edge in edges)

    tables, symbols, largest = [], [], 0
    for y in range(height):
        for x in range(width):
            rows = [min(max(y + i, 0), height - 1) for i in (-1, 0, 1)]
            columns = [min(max(x + i, 0), width - 1) for i in (-1, 0, 1)]
            around = [b[i][j] for i in rows for j in columns]
            v = count([1, 9, 41, 101, 161, 216, 247], b[y][x])
            c = count([1, 9, 49, 113], max(around) - min(around))
            before = r(y, x - 1) + r(y - 1, x) + (r(y - 1, x - 1) + r(y - 1, x + 1)) // 2
            e = count([1, 5, 17, 65], before)
            t = count([252, 253, 254, 255], largest)
            tables.append((35 + t) * 5 + e if v == 7 else (v * 5 + c) * 5 + e)
            symbols.append((p[y][x] - (largest if v == 7 and t > 0 else b[y][x])) % 256)
            largest = max(largest, p[y][x])
    return tables, symbols


@pytest.mark.parametrize("name", CASES)
def test_contexts_are_those_specified(name: str) -> None:
    tiles, base = CASES[name]
    contexts, symbols = contexts_and_symbols(tiles, base)
    for tile in range(len(tiles)):
        expected = plain_contexts(tiles[tile].tolist(), base[tile].tolist())
        assert (contexts[tile].tolist(), symbols[tile].tolist()) == expected


def test_every_context_is_met() -> None:
    """So the cases above prove every table's number, and 200 tables are what is needed."""
    met = set()
    ramp = np.tile(np.arange(256, dtype=np.uint8), (3, 1))[None]
    for seed in range(12):
        smooth = np.repeat(np.repeat(noise(40, 4, 4, seed), 4, 1), 4, 2)
        bright = np.clip(smooth.astype(int) // 4 + 200, 0, 255).astype(np.uint8)
        for base in (smooth, bright, near(smooth, 12), near(smooth // 32, 3), near(bright, 40), ramp):
            for spread in (0, 2, 6, 30, 255):
                met |= set(contexts_and_symbols(near(base, spread, seed), base)[0].ravel().tolist())
    assert met <= set(range(CONTEXTS)) and len(met) > 0.95 * CONTEXTS, sorted(set(range(CONTEXTS)) - met)


def test_the_residual_does_not_depend_on_the_other_tiles() -> None:
    tiles, base = CASES["strokes nearly right"]
    whole = contexts_and_symbols(tiles, base)
    for tile in range(len(tiles)):
        alone = contexts_and_symbols(tiles[tile : tile + 1], base[tile : tile + 1])
        check_same(alone[0][0], whole[0][tile])
        check_same(alone[1][0], whole[1][tile])


@pytest.mark.parametrize("shape", [(3, 5, 7), (2, 1, 1), (4, 1, 9), (1, 9, 1), (40, 28, 28)])
def test_rows_see_what_the_whole_sees(shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    base = noise(*shape)
    near, contrast = residual._base_features(base)
    for at_once in (1, 3 * shape[0] * shape[2], 1 << 20):
        monkeypatch.setattr(residual, "_AT_ONCE", at_once)
        for row, (its_near, its_contrast) in enumerate(residual._row_features(base)):
            check_same(its_near, near[:, row])
            check_same(its_contrast, contrast[:, row])
        assert row == shape[1] - 1


def test_large_tiles_take_memory_for_a_few_rows() -> None:
    base = noise(10, 1000, 1000)
    tracemalloc.start()
    for _ in residual._row_features(base):
        pass
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 64 << 20


def test_a_good_base_costs_less() -> None:
    steps = np.minimum(np.arange(256), 256 - np.arange(256)) * 2 + 8
    coder = ResidualCoder.from_costs(np.tile(np.minimum(steps, 200), (CONTEXTS, 1)).astype(np.uint8))
    right, wrong = (len(check_residual_round_trip(STROKES, b, coder)) for b in (near(STROKES, 1), STROKES[::-1]))
    assert right < 0.6 * wrong


@pytest.mark.parametrize(
    "costs",
    [
        np.zeros((CONTEXTS, 256), np.int8),
        np.zeros((CONTEXTS, 256), np.float32),
        np.full((CONTEXTS, 256), np.nan, np.float32),
        np.zeros((CONTEXTS, 255), np.uint8),
        np.zeros((CONTEXTS - 1, 256), np.uint8),
        np.zeros(CONTEXTS * 256, np.uint8),
    ],
)
def test_refused_tables(costs: Any) -> None:
    check_error(ModelError, lambda: ResidualCoder.from_costs(costs))


# --- without a model -------------------------------------------------------------------------


def sizes_of(planes: list[NDArray[np.uint8]]) -> list[tuple[int, int]]:
    return [(plane.shape[0], plane.shape[1]) for plane in planes]


def check_plain_round_trip(planes: list[NDArray[np.uint8]]) -> int:
    method, body = encode_plain(planes)
    check_all_same(decode_plain(method, body, sizes_of(planes)), planes)
    assert len(body) <= sum(plane.size for plane in planes)
    return method


def deflate(raw: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(raw) + coder.flush()


RAMP = (np.add.outer(np.arange(40) * 3, np.arange(50) * 5) % 256).astype(np.uint8)
CURVED = (np.add.outer(np.arange(40) ** 2, np.arange(50) ** 3) % 256).astype(np.uint8)


def test_each_method_is_chosen_where_it_is_shortest() -> None:
    assert check_plain_round_trip([noise(1, 30, 30)[0]]) == STORED
    assert check_plain_round_trip([np.tile(noise(1, 1, 20)[0], (40, 1)).repeat(3, 1)]) in (
        DEFLATED,
        DIFFERENCED,
    )
    assert check_plain_round_trip([CURVED]) == DIFFERENCED
    text = np.frombuffer(b"the same words again and again, the same words. " * 30, np.uint8).reshape(40, 36)
    assert check_plain_round_trip([text]) == DEFLATED
    assert check_plain_round_trip([]) == STORED


@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 5, 255])), max_size=4),
    st.integers(0, 9),
)
def test_plain_round_trip(planes: list[tuple[int, int, int]], seed: int) -> None:
    check_plain_round_trip([noise(1, h, w, seed)[0] % values for h, w, values in planes])


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_differences_are_those_specified(height: int, width: int, seed: int) -> None:
    """d(y,x) = p(y,x) - p(y,x-1) - p(y-1,x) + p(y-1,x-1) mod 256, and 0 outside."""
    plane = noise(1, height, width, seed)[0]
    p = {(y, x): int(plane[y, x]) for y in range(height) for x in range(width)}
    raw = bytes(
        (p[y, x] - p.get((y, x - 1), 0) - p.get((y - 1, x), 0) + p.get((y - 1, x - 1), 0)) % 256
        for y in range(height)
        for x in range(width)
    )
    check_same(decode_plain(DIFFERENCED, deflate(raw), [(height, width)])[0], plane)


def test_planes_can_be_written_to() -> None:
    for method, body in ((STORED, bytes(6)), (DEFLATED, deflate(bytes(6))), (DIFFERENCED, deflate(bytes(6)))):
        first, second = decode_plain(method, body, [(1, 2), (2, 2)])
        first[:] = 7
        assert not second.any()


@pytest.mark.parametrize("method", [STORED, DEFLATED, DIFFERENCED])
@pytest.mark.parametrize("wrong", [0, 1, 5, 7, 12, 60_000])
def test_wrong_lengths_are_refused(method: int, wrong: int) -> None:
    raw = bytes(range(256)) * 250
    body = raw[:wrong] if method == STORED else deflate(raw[:wrong])
    check_error(FormatError, lambda: decode_plain(method, body, [(2, 3)]))
    sound = raw[:6] if method == STORED else deflate(raw[:6])
    assert decode_plain(method, sound, [(2, 3)])[0].shape == (2, 3)


@pytest.mark.parametrize("method", [DEFLATED, DIFFERENCED])
def test_damaged_deflate(method: int) -> None:
    """Refused, or other pixels: a deflate stream has no check of its own, the container has two."""
    body = deflate(CURVED.tobytes()[:300])
    sound = decode_plain(method, body, [(15, 20)])
    for what, damaged in damages(body):
        try:
            found = decode_plain(method, damaged, [(15, 20)])
        except FormatError:
            continue
        assert what.startswith("bit"), what
        assert found[0].shape == sound[0].shape
    for form in (zlib.compress(CURVED.tobytes()[:300]), body + b"\0", body + body, body[:-1], b""):
        check_error(FormatError, lambda f=form: decode_plain(method, f, [(15, 20)]))


def test_a_bomb_is_not_unpacked() -> None:
    bomb = deflate(bytes(1 << 26))
    check_error(FormatError, lambda: decode_plain(DEFLATED, bomb, [(3, 3)]))


def test_a_deflated_block_of_too_few_bytes() -> None:
    """Refused before any is inflated; the densest stream is read."""
    for side in (2000, 9000):
        body = deflate(bytes(side * side))
        assert side * side > 990 * len(body)
        check_same(decode_plain(DEFLATED, body, [(side, side)])[0], np.zeros((side, side), np.uint8))
    for body in (b"", deflate(bytes(1 << 25))[:-1]):
        height = MOST_INFLATED * len(body) + 1
        tracemalloc.start()
        with pytest.raises(FormatError, match="cannot hold"):
            decode_plain(DEFLATED, body, [(height, 1)])
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 1 << 16
