"""Frequency tables against their definition, and the stream: exact, shortest, and honest about damage."""

from __future__ import annotations

import contextlib
from math import log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.entropy import (
    COST_UNIT_BITS,
    FINE_COST_UNIT_BITS,
    StreamReader,
    StreamWriter,
    bin_costs,
    costs,
    fine_costs,
    frequencies,
    logit_costs,
)
from aecodec.errors import FormatError, LimitError
from aecodec.limits import FREQUENCY_TOTAL
from tests.checks import check_error, damages

Table = NDArray[np.int64]
TOTAL = 1 << 24


# --- tables ----------------------------------------------------------------------------------


def floor_power(fraction: int) -> int:
    """floor(2**(31 - fraction/256)) by bisection: the largest v with v**256 <= 2**(31*256 - fraction)."""
    low, high = 1, 1 << 31
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**256 <= 1 << (31 * 256 - fraction) else (low, middle - 1)
    return low


POWERS = [floor_power(fraction) for fraction in range(256)]


def plain_table(logits: list[int]) -> list[int]:
    """formats/aec.md, section 10."""
    below = [max(logits) - each for each in logits]
    weights = [POWERS[t % 256] >> min(t // 256, 31) for t in below]
    freq = [1 + w * (TOTAL - len(logits)) // sum(weights) for w in weights]
    freq[weights.index(max(weights))] += TOTAL - sum(freq)
    return freq


def table_of(logits: list[int]) -> list[int]:
    return [int(each) for each in frequencies(np.array([logits], np.float32))[0]]


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([0], [16777216]),
        ([0, 0], [8388608, 8388608]),
        ([0, 0, 0], [5592406, 5592405, 5592405]),  # by hand: 1 + (2**24 - 3) // 3, one is left
        ([0, -256], [11184811, 5592405]),  # by hand: 1 + 2 * (2**24 - 2) // 3, one is left
        ([-256, 0], [5592405, 11184811]),
        ([16384, -16384], [16777215, 1]),
        ([-16384, 16384, -16384], [1, 16777214, 1]),
        ([0, -6144], [16777215, 1]),  # 24 bits below: just under one unit, and the one that all have
        ([0, -5888], [16777214, 2]),
        ([0, -1, -100, -255], [5144098, 5130186, 3923911, 2579021]),
    ],
)
def test_golden_tables(logits: list[int], expected: list[int]) -> None:
    assert plain_table(logits) == expected
    assert table_of(logits) == expected


LOGITS = st.one_of(st.integers(-16384, 16384), st.integers(-300, 300), st.sampled_from([-16384, 0, 16384]))


@given(st.lists(LOGITS, min_size=1, max_size=300))
def test_tables_equal_their_definition(logits: list[int]) -> None:
    found = table_of(logits)
    assert found == plain_table(logits)
    assert sum(found) == TOTAL and min(found) >= 1


@pytest.mark.parametrize("size", [1, 2, 256, 4096])
def test_tables_of_extreme_logits(size: int) -> None:
    rng = np.random.default_rng(size)
    rows = rng.choice(np.array([-16384, -6000, -1, 0, 1, 16384], np.float32), (50, size))
    rows[0], rows[1] = 16384, -16384
    freq = frequencies(rows)
    assert freq.dtype == np.int64 and freq.min() >= 1
    np.testing.assert_array_equal(freq.sum(-1), TOTAL)
    alone = np.concatenate([frequencies(row[None]) for row in rows])
    np.testing.assert_array_equal(freq, alone)


def test_tables_follow_order() -> None:
    """A larger logit never has a smaller frequency."""
    logits = np.sort(np.random.default_rng(1).integers(-8000, 8000, (20, 200)).astype(np.float32))
    assert (np.diff(frequencies(logits)) >= 0).all()


def plain_summed_table(logits: list[int], starts: list[int]) -> list[int]:
    """formats/aec.md, section 10: the weights of each bin are summed before they become frequencies."""
    below = [max(logits) - each for each in logits]
    single = [POWERS[t % 256] >> min(t // 256, 31) for t in below]
    weights = [sum(single[a:b]) for a, b in zip(starts, [*starts[1:], len(logits)], strict=True)]
    freq = [1 + w * (TOTAL - len(starts)) // sum(weights) for w in weights]
    freq[weights.index(max(weights))] += TOTAL - sum(freq)
    return freq


@given(st.lists(LOGITS, min_size=1, max_size=300), st.sets(st.integers(1, 299)))
def test_summed_tables_equal_their_definition(logits: list[int], cuts: set[int]) -> None:
    starts = [0, *sorted(cut for cut in cuts if cut < len(logits))]
    found = frequencies(np.array([logits, logits[::-1]], np.float32), np.array(starts))
    assert found[0].tolist() == plain_summed_table(logits, starts)
    assert found[1].tolist() == plain_summed_table(logits[::-1], starts)
    assert found.dtype == np.int64


def test_a_summed_table_by_hand() -> None:
    """Weights 2, 1, 1 and 4 of 8: the first two summed make 3/8 of what 2**24 - 3 leaves."""
    found = frequencies(np.array([[-256, -512, -512, 0]], np.float32), np.array([0, 2, 3]))
    assert found[0].tolist() == [6291455, 2097152, 8388609]


# --- costs -----------------------------------------------------------------------------------


def in_bits(units: Any) -> NDArray[np.float64]:
    return np.asarray(units) / (1 << COST_UNIT_BITS)


def test_costs_are_bits() -> None:
    rng = np.random.default_rng(2)
    freq = np.concatenate(
        [np.arange(1, 5000), TOTAL - np.arange(3000), 1 << np.arange(25), rng.integers(1, TOTAL + 1, 20_000)]
    )
    exact = 24 - np.log2(freq.astype(np.float64))
    assert np.abs(in_bits(costs(freq)) - exact).max() < 0.002
    assert in_bits(costs(np.array([TOTAL, TOTAL // 2, 1]))).tolist() == [0, 1, 24]


def test_fine_costs_are_bits_to_the_last_unit() -> None:
    rng = np.random.default_rng(2)
    freq = np.concatenate([np.arange(1, 500), TOTAL - np.arange(500), rng.integers(1, TOTAL, 2000)])
    exact = (24 - np.log2(freq)) * (1 << FINE_COST_UNIT_BITS)
    assert np.abs(fine_costs(freq) - exact).max() < 1.01


@pytest.mark.parametrize("size", [2, 7, 60, 256])
def test_logit_costs_agree_with_the_table(size: int) -> None:
    rng = np.random.default_rng(size)
    logits = rng.integers(-2000, 1, (300, size)).astype(np.float32)
    freq = frequencies(logits)
    for entry in range(min(size, 8)):
        chosen = np.full(300, entry)
        found = in_bits(logit_costs(logits, chosen[:, None])[:, 0])
        exact = in_bits(costs(freq[:, entry]))
        assert np.abs(found - exact)[freq[:, entry] > 1 << 14].max() < 0.003
        assert (found > exact - 0.003).all()  # what is rarer than a table can say costs no less here


@pytest.mark.parametrize("width", [1, 2, 5, 16])
def test_bin_costs_agree_with_the_summed_table(width: int) -> None:
    rng = np.random.default_rng(width)
    logits = rng.integers(-2000, 1, (300, 61)).astype(np.float32)
    starts = np.arange(0, 61, width)
    freq = frequencies(logits, starts)
    first = np.tile(starts, (300, 1))
    found = in_bits(bin_costs(logits, first, np.minimum(first + width, 61)))
    exact = in_bits(costs(freq))
    assert np.abs(found - exact)[freq > 1 << 14].max() < 0.003
    assert (found > exact - 0.003).all()


# --- the stream ------------------------------------------------------------------------------


def tables(rng: np.random.Generator, count: int, size: int, sharpness: int) -> Table:
    return frequencies(rng.integers(-sharpness, sharpness + 1, (count, size)).astype(np.float32))


def drawn(rng: np.random.Generator, freq: Table) -> NDArray[np.int64]:
    """Symbols that follow their tables."""
    points = rng.integers(0, TOTAL, len(freq))
    return (np.cumsum(freq, 1) <= points[:, None]).sum(1)


def message(seed: int, parts: list[tuple[int, int, int]], uniform: bool = False) -> list[tuple[NDArray[Any], Table]]:
    """Symbols and tables of each part, given as (symbols, entries, sharpness)."""
    rng = np.random.default_rng(seed)
    out = []
    for count, size, sharpness in parts:
        freq = tables(rng, count, size, sharpness)
        out.append((rng.integers(0, size, count) if uniform else drawn(rng, freq), freq))
    return out


def written(parts: list[tuple[NDArray[Any], Table]]) -> bytes:
    writer = StreamWriter()
    for symbols, freq in parts:
        writer.encode(symbols, freq)
    return writer.finish()


def read(payload: bytes, parts: list[tuple[NDArray[Any], Table]], finish: bool = True) -> list[list[int]]:
    reader = StreamReader(payload)
    found = [reader.decode(freq).tolist() for _, freq in parts]
    if finish:
        reader.finish()
    return found


def symbols_of(parts: list[tuple[NDArray[Any], Table]]) -> list[list[int]]:
    return [symbols.tolist() for symbols, _ in parts]


def test_golden_payload() -> None:
    """A change of tables, coder or escape code shows here. Only ever add to this."""
    state, writer = 7, StreamWriter()
    for size in (2, 3, 17, 256):
        rows, symbols = [], []
        for _ in range(5):
            logits = []
            for _ in range(size):
                state = (state * 1103515245 + 12345) % 2**31
                logits.append(-(state >> 16) % 1500)
            rows.append(logits)
            symbols.append((state >> 20) % size)
        writer.encode(np.array(symbols), frequencies(np.array(rows, np.float32)))
        writer.encode_excess(size % 2 == 0, size)
    assert writer.finish().hex() == GOLDEN


GOLDEN = "55f00aa11742ff063a892458595f93"


def test_nothing_is_no_bytes() -> None:
    assert StreamWriter().finish() == b""
    StreamReader(b"").finish()
    for payload in (b"\0", b"\x01", b"\0\0\0\0", b"\x80"):
        check_error(FormatError, StreamReader(payload).finish)
    writer = StreamWriter()
    writer.encode(np.zeros(0, np.int64), np.zeros((0, 5), np.int64))
    assert writer.finish() == b""
    certain = [(np.zeros(9, np.int64), np.tile(np.array([TOTAL - 1, 1]), (9, 1)))]
    assert len(written(certain)) <= 1
    assert read(written(certain), certain) == symbols_of(certain)


PARTS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(2, 300), st.sampled_from([0, 10, 400, 3000, 16384])),
    max_size=6,
)


@given(st.integers(0, 2**32 - 1), PARTS, st.booleans())
def test_round_trip(seed: int, parts: list[tuple[int, int, int]], uniform: bool) -> None:
    """Also where unlikely symbols are drawn: ``uniform``."""
    sent = message(seed, parts, uniform)
    payload = written(sent)
    assert read(payload, sent) == symbols_of(sent)
    assert not payload.endswith(b"\0")


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 511), st.integers(0, 3)), max_size=30))
def test_round_trip_of_escapes(escapes: list[tuple[bool, int, int]]) -> None:
    freq = frequencies(np.array([[0, -300, -20, -900]], np.float32))
    writer = StreamWriter()
    for below, excess, symbol in escapes:
        writer.encode(np.array([symbol]), freq)
        writer.encode_excess(below, excess)
    payload = writer.finish()
    reader = StreamReader(payload)
    for below, excess, symbol in escapes:
        assert reader.decode(freq).tolist() == [symbol]
        assert reader.decode_excess() == (below, excess)
    reader.finish()


def test_escape_bits_are_those_specified() -> None:
    """One bit for the side, n zeros, a one, n low bits from the top."""
    coin = np.full((1, 2), TOTAL // 2, np.int64)
    for below, excess, bits in [
        (False, 1, "01"),
        (True, 1, "11"),
        (True, 2, "1010"),
        (False, 3, "0011"),
        (True, 13, "10001101"),
        (False, 256, "0" + "0" * 8 + "1" + "0" * 8),
    ]:
        by_code, by_bits = StreamWriter(), StreamWriter()
        by_code.encode_excess(below, excess)
        for bit in bits:
            by_bits.encode(np.array([int(bit)]), coin)
        assert by_code.finish() == by_bits.finish()


def test_an_escape_code_too_long_is_refused() -> None:
    writer = StreamWriter()
    writer.encode_excess(False, 512)  # nine zeros
    reader = StreamReader(writer.finish())
    check_error(FormatError, reader.decode_excess)
    check_error(FormatError, StreamReader(b"").decode_excess)


class PlainDecoder:
    """formats/aec.md, section 8, in Python integers."""

    def __init__(self, payload: bytes) -> None:
        self.payload, self.words = payload, 2
        self.lower, self.range = 0, (1 << 64) - 1
        self.point = self.word(0) << 32 | self.word(1)

    def word(self, number: int) -> int:
        return int.from_bytes(self.payload[4 * number : 4 * number + 4].ljust(4, b"\0"), "big")

    def decode(self, freq: list[int]) -> int:
        scale = self.range >> 24
        quantile = (self.point - self.lower) % (1 << 64) // scale
        assert quantile < TOTAL
        below, symbol = 0, 0
        while below + freq[symbol] <= quantile:
            below, symbol = below + freq[symbol], symbol + 1
        self.lower = (self.lower + scale * below) % (1 << 64)
        self.range = scale * freq[symbol]
        if self.range < 1 << 32:
            self.lower, self.range = (self.lower << 32) % (1 << 64), self.range << 32
            self.point = ((self.point << 32) + self.word(self.words)) % (1 << 64)
            self.words += 1
        return symbol


@given(st.integers(0, 2**32 - 1), PARTS)
def test_the_specified_decoder_reads_it(seed: int, parts: list[tuple[int, int, int]]) -> None:
    sent = message(seed, parts, uniform=True)
    plain = PlainDecoder(written(sent))
    for symbols, freq in sent:
        assert [plain.decode(row) for row in freq.tolist()] == symbols.tolist()


# --- the one form ----------------------------------------------------------------------------


def decodes(payload: bytes, parts: list[tuple[NDArray[Any], Table]]) -> bool:
    """Whether ``payload``, followed by zeros, gives the symbols, whatever its form."""
    try:
        return read(payload, parts, finish=False) == symbols_of(parts)
    except FormatError:
        return False


def short_messages(count: int) -> list[list[tuple[NDArray[Any], Table]]]:
    rng = np.random.default_rng(11)
    return [
        message(seed, [(int(rng.integers(1, 25)), int(rng.integers(2, 40)), int(rng.integers(1, 2000)))])
        for seed in range(count)
    ]


def test_no_shorter_payload_and_no_smaller_one() -> None:
    """The byte strings that decode to a message are an interval. If its least one of n bytes
    is the payload, and neither neighbour of n - 1 bytes is inside, there is no shorter one.
    """
    for parts in short_messages(150):
        payload = written(parts)
        assert decodes(payload, parts)
        if not payload:
            continue
        number = int.from_bytes(payload, "big")
        assert not decodes((number - 1).to_bytes(len(payload), "big"), parts)
        shorter = number >> 8
        for neighbour in (shorter, shorter + 1):
            if neighbour < 256 ** (len(payload) - 1):
                assert not decodes(neighbour.to_bytes(len(payload) - 1, "big"), parts)


def test_no_shorter_payload_by_trying_all() -> None:
    """All byte strings of up to two bytes, in order: the first that decodes is the payload."""
    freq = frequencies(np.array([[0, -200, -900], [-40, 0, -700], [-2000, 0, -30]], np.float32))
    candidates = [b"", *(bytes([a]) for a in range(256))]
    for symbols in np.ndindex(2, 2, 3):
        parts = [(np.array(symbols), freq)]
        payload = written(parts)
        first = next((each for each in candidates if decodes(each, parts)), None)
        assert payload == first if len(payload) <= 1 else first is None


def test_trailing_zeros_are_refused() -> None:
    for parts in short_messages(20):
        payload = written(parts)
        for zeros in (1, 2, 3, 4, 8):
            longer = payload + b"\0" * zeros
            assert decodes(longer, parts)  # the coder alone does not see it
            check_error(FormatError, lambda p=longer, m=parts: read(p, m))


def test_no_damage_gives_the_same_symbols() -> None:
    """Whatever finish() accepts is another message in its own form; short ones are dense."""
    tried = accepted = 0
    for parts in short_messages(12):
        for what, damaged in damages(written(parts)):
            tried += 1
            try:
                found = read(damaged, parts)
            except FormatError:
                continue
            accepted += 1
            assert found != symbols_of(parts), what
            again = [(np.array(each), freq) for each, (_, freq) in zip(found, parts, strict=True)]
            assert written(again) == damaged, what
    assert tried > 400 and accepted < 0.5 * tried, (accepted, tried)


def test_damage_of_a_long_payload() -> None:
    parts = message(4, [(400, 30, 900)])
    payload = written(parts)
    for place in range(0, len(payload), 3):
        damaged = payload[:place] + bytes([payload[place] ^ 4]) + payload[place + 1 :]
        try:
            assert read(damaged, parts) != symbols_of(parts)
        except FormatError:
            continue


# --- size, limits, silence -------------------------------------------------------------------


def ideal_bits(parts: list[tuple[NDArray[Any], Table]]) -> float:
    return sum(
        24 - log2(int(row[symbol])) for symbols, freq in parts for symbol, row in zip(symbols, freq, strict=True)
    )


def test_overhead_over_the_ideal() -> None:
    over = []
    for seed in range(200):
        parts = message(seed, [(40, 20, 700)])
        over.append(8 * len(written(parts)) - ideal_bits(parts))
    assert max(over) < 9 and 0 < np.mean(over) < 4, (max(over), np.mean(over))
    parts = message(1, [(20_000, 20, 700)])
    assert 8 * len(written(parts)) - ideal_bits(parts) < 12


@pytest.mark.parametrize("excess", [False, True])
def test_limit_of_a_stream(monkeypatch: pytest.MonkeyPatch, excess: bool) -> None:
    """What a reader would refuse, no writer makes."""
    freq = np.full((5, 2), FREQUENCY_TOTAL // 2, np.int64)
    payload = written([(np.ones(5, np.int64), freq)] * 3)
    monkeypatch.setattr("aecodec.entropy.stream.MAX_STREAM_SYMBOLS", 12)
    writer, reader = StreamWriter(), StreamReader(payload)
    for _ in range(2):
        writer.encode(np.ones(5, np.int64), freq)
        reader.decode(freq)
    if excess:
        check_error(LimitError, lambda: writer.encode_excess(True, 2))
        check_error(LimitError, lambda: [reader.decode_excess() for _ in range(3)])
    else:
        check_error(LimitError, lambda: writer.encode(np.ones(5, np.int64), freq))
        check_error(LimitError, lambda: reader.decode(freq))


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    parts = message(3, [(50, 12, 300), (3, 2, 16384), (7, 300, 0)], uniform=True)
    payload = written(parts)
    read(payload, parts)
    for _, damaged in list(damages(payload))[::50]:
        with contextlib.suppress(FormatError):
            read(damaged, parts)
    assert capfd.readouterr() == ("", "")
