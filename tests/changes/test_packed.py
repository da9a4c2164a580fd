"""The byte string of changes: its fields, what is wrong with others, and bounds before memory is taken."""

from __future__ import annotations

import re
import tracemalloc

import numpy as np
import pytest

from aecodec.changes import Changes, find_changes, pack_changes, unpack_changes
from aecodec.changes.values import Kind, ValueReader, ValueWriter, folded, unfolded
from aecodec.container.varint import varint
from aecodec.entropy import AdaptiveBytes, StreamReader, StreamWriter
from aecodec.errors import FormatError, ModelError
from aecodec.limits import MAX_CHANGES_BYTES
from tests.checks import check_error, check_same, flipped
from tests.conftest import ROOT
from tests.made import Arrays

WEIGHT = np.arange(-6, 6, dtype=np.int8).reshape(3, 4)
BASE: Arrays = {"a.bias": np.arange(3, dtype=np.int32), "a.weight": WEIGHT}


def test_the_example_of_the_document() -> None:
    """Section 16 of aec.md has it byte by byte."""
    other = {"a.weight": WEIGHT + np.int8(1), "b": np.array([[5]], np.int16)}
    data = pack_changes(find_changes(other, BASE, {}), BASE)
    text = (ROOT / "formats" / "aec.md").read_text("utf-8").split("Changes byte by byte", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([0-9A-F ]+)` \|", text, re.MULTILINE)
    assert len(rows) == 6 and data == bytes.fromhex("".join(rows))
    assert {name: each.tolist() for name, each in unpack_changes(data, BASE).items()} == {
        name: each.tolist() for name, each in other.items()
    }


def test_values_are_folded() -> None:
    values = np.array([0, -1, 1, -2, 2, 127, -128], np.int8)
    assert folded(values).tolist() == [0, 1, 2, 3, 4, 254, 255]
    ends = np.array([-(1 << 31), (1 << 31) - 1], np.int32)
    assert folded(ends).tolist() == [(1 << 32) - 1, (1 << 32) - 2]
    for some in (values, ends, values.view(np.uint8), ends.view(np.int16)):
        check_same(unfolded(folded(some), some.dtype), some)


@pytest.mark.parametrize("count", [1, 31, 32, 33, 64, 65, 100_000])
def test_bytes_that_adapt(count: int) -> None:
    """Several lists one after another; what comes often gets cheap."""
    rng = np.random.default_rng(count)
    lists = [rng.integers(0, 4, count).astype(np.uint8), rng.integers(0, 256, count).astype(np.uint8)]
    writer, coder = StreamWriter(), AdaptiveBytes()
    for some in lists * 2:
        coder.encode(some, writer)
    payload = writer.finish()
    reader, coder = StreamReader(payload), AdaptiveBytes()
    for some in lists * 2:
        check_same(coder.decode(count, reader), some)
    reader.finish()
    assert count < 1000 or len(payload) < 2 * count * (2 + 8) / 8 * 1.05


def test_kinds_of_values_have_tables_of_their_own() -> None:
    """So the order in which kinds come does not make their values longer."""
    small, large = np.zeros(4000, np.int8), np.full(4000, 99, np.int8)
    lengths = []
    for kinds in ((Kind.WHOLE, Kind.DIFFERENCE), (Kind.WHOLE, Kind.WHOLE)):
        writer = ValueWriter()
        for _ in range(20):
            writer.write(kinds[0], small)
            writer.write(kinds[1], large)
        lengths.append(len(writer.finish()))
    assert 3 * lengths[0] < lengths[1]


def packed(seed: int = 3) -> tuple[bytes, Arrays]:
    rng = np.random.default_rng(seed)
    weight = rng.integers(-9, 9, (5, 5)).astype(np.int8)
    other = {"a.bias": BASE["a.bias"] + np.int32(1000), "a.weight": weight, "b": WEIGHT}
    return pack_changes(find_changes(other, BASE, {}), BASE), other


def test_damage_gives_a_model_error_or_other_tensors() -> None:
    """Every bit, every prefix, and bytes more. The file's digest finds other tensors."""
    data, other = packed()
    flips = [flipped(data, place, 1 << bit) for place in range(len(data)) for bit in range(8)]
    cuts, longer = [data[:length] for length in range(len(data))], [data + end for end in (b"\0", b"\1", bytes(9))]
    refused = 0
    for damaged in flips + cuts + longer:
        try:
            found = unpack_changes(damaged, BASE)
        except ModelError:
            refused += 1
        else:
            assert found.keys() != other.keys() or any(not np.array_equal(found[k], other[k]) for k in other)
    assert refused > len(data)


STAY = bytes(len(BASE))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "operation needs"),
        (b"\0\7\0", "operation 7"),
        (STAY, "number of new tensors needs"),
        (b"\0\5\0\0", "rank is 0"),
        (b"\0\5\4\0" + b"\0", "rank 4 and shift 0"),
        (b"\0\5\1\x20" + b"\0", "rank 1 and shift 32"),
        (b"\5\1\0\0" + b"\0", "int32 (3,)"),
        (b"\0\3\4\0" + b"\0", "dtype 4"),
        (b"\0\3\0\x09" + b"\0", "9 axes"),
        (b"\0\3\0\1\0" + b"\0", "length of an axis is 0"),
        (STAY + b"\1\0", "length of a name is 0"),
        (STAY + b"\1" + varint(201) + b"a" * 201 + b"\0\0", "201 bytes"),
        (STAY + b"\1\1\xff\0\0", "not UTF-8"),
        (STAY + b"\1\x06a.bias\0\0", "'a.bias' that is there"),
        (STAY + b"\2\1c\0\0\1b\0\0", "order of names"),
        (STAY + b"\2\1c\0\0\1c\0\0", "order of names"),
        (STAY + b"\0" + b"\0", "would not be written so"),
    ],
)
def test_fields_that_are_wrong(data: bytes, says: str) -> None:
    assert says in check_error(ModelError, lambda: unpack_changes(data, BASE))


def test_a_bomb_is_refused_before_memory_is_taken() -> None:
    """One tensor, or many."""
    tracemalloc.start()
    for count, sides in ((1, [MAX_CHANGES_BYTES + 1]), (1, [1 << 16] * 4), (9, [1 << 11, 1 << 10])):
        form = bytes([0, len(sides)]) + b"".join(map(varint, sides))
        new = b"".join(b"\1" + bytes([98 + at]) + form for at in range(count))
        data = STAY + varint(count) + new
        message = check_error(ModelError, lambda d=data: unpack_changes(d, BASE))
        assert str(MAX_CHANGES_BYTES) in message
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 1 << 20


def test_zeros_take_nothing() -> None:
    """However many there are: the empty payload goes on with them."""
    zeros = {"a": np.zeros(100_000, np.int32)}
    data = pack_changes(Changes(new=zeros), {})
    assert len(data) < 10
    check_same(unpack_changes(data, {})["a"], zeros["a"])


def test_work_is_bounded() -> None:
    """Of products that a short payload can ask for."""
    base = {"w": np.zeros((1 << 12, 1 << 12), np.int8)}
    data = b"\5" + varint(65) + b"\0" + b"\0" + bytes(100) + b"\1"
    assert "multiplications" in check_error(ModelError, lambda: unpack_changes(data, base))


def test_a_reader_refuses_a_payload_that_could_be_shorter() -> None:
    reader = ValueReader(b"\0")
    check_error(FormatError, reader.finish)
