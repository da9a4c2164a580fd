"""``aecodec.open``: what ``decompress`` gives, and no more of the file read or decoded than is asked for."""

from __future__ import annotations

import copy
import io
import pickle
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec
from aecodec.codec import Decoder
from aecodec.codec.recent import Recent
from aecodec.container.file_bytes import FRONT_BYTES, FileBytes, PathBytes
from aecodec.errors import FileError, FormatError, LimitError, ModelError, UsageError
from aecodec.zoo import Zoo
from tests.checks import check_all_same, check_error, check_same, flipped, run_python

VECTORS = Path(__file__).resolve().parents[1] / "formats" / "vectors"
MODELS = [VECTORS / "models", VECTORS.parents[1] / "models"]
BLOCK, COUNT = 4, 50
PICTURES = [np.random.default_rng(seed).integers(0, 256, (64, 60, 1 + seed % 4), np.uint8) for seed in range(COUNT)]
PICTURES = [picture[..., 0] if picture.shape[2] == 1 else picture for picture in PICTURES]
NAMES = [f"folder/{place}.png" for place in range(COUNT)]


class Counting(io.BytesIO):
    """Remembers where it was read, and how much."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.reads: list[tuple[int, int]] = []

    def read(self, size: int | None = -1, /) -> bytes:
        at, found = self.tell(), super().read(size)
        self.reads.append((at, len(found)))
        return found


class Hesitant(io.BytesIO):
    """Gives a few bytes at a time, as a network does."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1000))


@pytest.fixture(scope="module")
def data() -> bytes:
    """Noise, which no model is needed for: some 480,000 bytes in 13 blocks."""
    made = aecodec.compress(PICTURES, names=NAMES, lossless=True, effort=0, block_pictures=BLOCK)
    assert len(made) > 4 * FRONT_BYTES and aecodec.inspect(made).blocks == -(-COUNT // BLOCK)
    return made


@pytest.fixture
def path(data: bytes, tmp_path: Path) -> Path:
    found = tmp_path / "d.aec"
    found.write_bytes(data)
    return found


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The blocks that are decoded from now on, one after another."""
    found: list[int] = []
    block = Decoder.block

    def noted(self: Decoder, number: int) -> list[NDArray[np.uint8]]:
        found.append(number)
        return block(self, number)

    monkeypatch.setattr(Decoder, "block", noted)
    return found


@pytest.fixture
def lazy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is so small that it is read at once."""
    monkeypatch.setattr("aecodec.codec.reader.FRONT_BYTES", 0)
    monkeypatch.setattr("aecodec.container.file_bytes.FRONT_BYTES", 100)


def test_a_sequence_of_pictures(path: Path) -> None:
    with aecodec.open(path) as reader:
        assert isinstance(reader, Sequence) and isinstance(reader, aecodec.Reader)
        assert len(reader) == COUNT and reader.many and reader.is_exact and reader.block_pictures == BLOCK
        assert reader.names == tuple(NAMES)
        for place in (0, 3, 4, COUNT - 1, -1, -COUNT, np.int8(7)):
            check_same(reader[place], PICTURES[place])
        for part in (slice(None), slice(3, 9), slice(None, None, -7), slice(40, 99), slice(5, 2)):
            check_all_same(reader[part], PICTURES[part])
        check_all_same(list(reader), PICTURES)
        check_all_same([*reversed(reader)], PICTURES[::-1])
        check_all_same(reader.take([9, 0, -1, 9]), [PICTURES[9], PICTURES[0], PICTURES[-1], PICTURES[9]])
        assert reader.take([]) == []


def test_what_is_known_without_decoding(path: Path, data: bytes, decoded: list[int]) -> None:
    reader = aecodec.open(path)
    assert list(reader.shapes) == [picture.shape for picture in PICTURES]
    assert reader.shapes[-1] == PICTURES[-1].shape and reader.shapes[2:4] == [
        picture.shape for picture in PICTURES[2:4]
    ]
    assert reader.shapes == [picture.shape for picture in PICTURES] and len(reader.shapes) == COUNT
    assert reader.shapes != [picture.shape for picture in PICTURES[1:]]
    assert [reader.index_of(name) for name in NAMES] == list(range(COUNT))
    assert reader.info == aecodec.inspect(data)
    assert repr(reader) == "<aecodec.Reader of 50 pictures>"
    assert decoded == []


def test_one_picture_is_a_sequence_of_one() -> None:
    picture = PICTURES[1]
    reader = aecodec.open(io.BytesIO(aecodec.compress(picture, lossless=True, effort=0)))
    assert len(reader) == 1 and not reader.many and reader.names is None and reader.shapes == [picture.shape]
    check_all_same(list(reader), [picture])
    assert "has no names" in check_error(UsageError, lambda: reader.index_of("a.png"))


def test_only_the_front_and_a_block_are_read(data: bytes) -> None:
    file = Counting(data)
    reader = aecodec.open(file)
    assert file.reads == [(0, FRONT_BYTES)]
    places = Decoder(data, Zoo()).container.records
    for place in (41, 22):
        file.reads.clear()
        check_same(reader[place], PICTURES[place])
        record = places[place // BLOCK]
        assert file.reads == [(record.start, record.stop - record.start)]
        check_same(reader[place - 1], PICTURES[place - 1])
        assert len(file.reads) == 1


def test_a_long_front_is_read_in_a_few_pieces() -> None:
    names = [f"{np.random.default_rng(place).bytes(100).hex()}.png" for place in range(3000)]
    pictures = [np.full((2, 2), place % 7, np.uint8) for place in range(3000)]
    data = aecodec.compress(pictures, names=names, lossless=True, effort=0, block_pictures=1)
    file = Counting(data)
    reader = aecodec.open(file)
    assert reader.names == tuple(names) and reader.index_of(names[-1]) == 2999
    assert len(file.reads) <= 4 and sum(size for _, size in file.reads) < len(data)


def test_a_block_is_decoded_once(data: bytes, decoded: list[int]) -> None:
    reader = aecodec.open(io.BytesIO(data))
    check_all_same([reader[place] for place in (5, 4, 7, 5)], [PICTURES[place] for place in (5, 4, 7, 5)])
    assert decoded == [1]
    forgetful = aecodec.open(io.BytesIO(data), cache_bytes=0)
    decoded.clear()
    assert len(forgetful[4:12]) == 8
    assert decoded == [1, 2]
    decoded.clear()
    assert len(forgetful[::5]) == 10
    assert decoded == [place // BLOCK for place in range(0, COUNT, 5)]
    decoded.clear()
    forgetful.take([40, 0, 41, 1])
    assert decoded == [0, 10]
    decoded.clear()
    assert len(list(forgetful)) == COUNT
    assert decoded == list(range(13))


def test_what_is_given_is_a_copy(data: bytes) -> None:
    reader = aecodec.open(io.BytesIO(data))
    ways = (lambda: reader[3], lambda: reader[3:4][0], lambda: list(reader)[3], lambda: reader.take([3, 3])[1])
    for give in ways:
        given = give()
        given[:] = 0
        check_same(reader[3], PICTURES[3])
    first, second = reader.take([3, 3])
    assert not np.shares_memory(first, second)


def test_what_is_kept_is_bounded() -> None:
    kept = Recent(100)
    blocks = {name: [np.zeros(20, np.uint8), np.zeros(20, np.uint8)] for name in "abc"}
    for name in "ab":
        kept.keep(name, blocks[name])
    assert kept.get("a") is blocks["a"]
    kept.keep("c", blocks["c"])  # b was asked for the longest ago
    assert kept.get("b") is None and kept.get("a") is blocks["a"] and kept.get("c") is blocks["c"]
    kept.keep("large", [np.zeros(101, np.uint8)])
    assert kept.get("large") is None and kept.get("a") is not None
    kept.keep("all", [np.zeros(100, np.uint8)])
    assert kept.get("all") is not None and kept.get("a") is None


def test_wrong_places_and_names(data: bytes) -> None:
    reader = aecodec.open(io.BytesIO(data))
    for place in (COUNT, -COUNT - 1, 2**40):
        with pytest.raises(IndexError, match=f"there is no picture {place}; the file has 50") as raised:
            reader[place]
        assert isinstance(raised.value, UsageError)
        with pytest.raises(IndexError):
            reader.take([0, place])
    for wrong in ("0", 1.0, None, True):
        check_error(UsageError, lambda given=wrong: reader[given])
    assert "no picture named 'a.png'" in check_error(UsageError, lambda: reader.index_of("a.png"))


def test_a_closed_reader(path: Path, data: bytes) -> None:
    with aecodec.open(path) as reader:
        check_same(reader[0], PICTURES[0])
    reader.close()
    for ask in (lambda: reader[0], lambda: list(reader), lambda: reader[:2], lambda: reader.verify()):
        assert "closed" in check_error(UsageError, ask)
    assert len(reader) == COUNT and reader.names is not None
    file = io.BytesIO(data)
    aecodec.open(file).close()
    assert not file.closed
    reader = aecodec.open(file, cache_bytes=0)
    file.close()
    check_error(FileError, lambda: reader[-1])


def test_files_that_cannot_be_read(path: Path, data: bytes, tmp_path: Path) -> None:
    assert "nowhere.aec" in check_error(FileError, lambda: aecodec.open(tmp_path / "nowhere.aec"))
    assert "folder" in check_error(FileError, lambda: aecodec.open(tmp_path))
    check_error(FileError, lambda: aecodec.open("a\0b"))
    check_error(UsageError, lambda: aecodec.open(io.StringIO("text")))
    check_error(FormatError, lambda: aecodec.open(io.BytesIO()))
    check_all_same(aecodec.open(Hesitant(data))[:9], PICTURES[:9])
    reader = aecodec.open(path)
    with path.open("r+b") as file:
        file.truncate(FRONT_BYTES)
    assert "cut short" in check_error(FormatError, lambda: reader[-1])


def test_damage(data: bytes) -> None:
    """A block's damage is its own, and the checksum of all tells of it when it is asked for."""
    record = Decoder(data, Zoo()).container.records[7]
    reader = aecodec.open(io.BytesIO(flipped(data, (record.start + record.stop) // 2)))
    check_same(reader[0], PICTURES[0])
    check_error(FormatError, lambda: reader[7 * BLOCK])
    check_error(FormatError, lambda: list(reader))
    assert "CRC-32" in check_error(FormatError, reader.verify)
    assert aecodec.open(io.BytesIO(data)).verify() is None
    for length in (FRONT_BYTES + 1, len(data) - 1):  # the structure is checked in any case
        check_error(FormatError, lambda given=length: aecodec.open(io.BytesIO(data[:given])))
    check_error(FormatError, lambda: aecodec.open(io.BytesIO(data + b"x")))


def test_small_files_are_checked_whole() -> None:
    data = aecodec.compress(PICTURES[:2], names=["abc", "d"], lossless=True, effort=0, block_pictures=1)
    assert len(data) < FRONT_BYTES
    assert "CRC-32" in check_error(FormatError, lambda: aecodec.open(io.BytesIO(flipped(data, len(data) - 1))))


def test_it_is_pickled_by_its_path(path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    reader = aecodec.open("d.aec", cache_bytes=123_456)
    check_same(reader[0], PICTURES[0])
    pickled = pickle.dumps(reader)
    assert len(pickled) < 1000
    monkeypatch.chdir("/")
    again = pickle.loads(pickled)
    reader.close()
    check_same(again[5], PICTURES[5])
    assert again.__reduce__()[0].keywords == reader.__reduce__()[0].keywords
    for duplicate in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="open the file by its path"):
            duplicate(aecodec.open(io.BytesIO(data)))


def test_threads_take_turns(data: bytes) -> None:
    reader, wrong = aecodec.open(io.BytesIO(data), cache_bytes=40_000), []

    def read(seed: int) -> None:
        for place in np.random.default_rng(seed).integers(0, COUNT, 60):
            if not np.array_equal(reader[int(place)], PICTURES[place]):
                wrong.append(place)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_reader_is_closed_with_its_end(path: Path) -> None:
    code = "import sys, aecodec; reader = aecodec.open(sys.argv[1]); print(len(reader)); del reader"
    assert run_python(code, str(path)) == f"{COUNT}\n"  # warnings, as of files that nobody closed, are errors there


def test_bytes_of_files(path: Path, data: bytes) -> None:
    for found in (FileBytes(io.BytesIO(data)), PathBytes(str(path))):
        assert len(found) == len(data)
        for start, stop in ((0, 3), (0, 0), (9, 2), (70_000, 70_001), (5, 200_000), (len(data) - 4, len(data) + 9)):
            assert found[start:stop] == data[start:stop]
        assert found[:] == data and found[-1] == data[-1] and found[7] == data[7] and found[-9:-3] == data[-9:-3]
        with pytest.raises(IndexError):
            found[len(data)]
        found.close()
        check_error(UsageError, lambda closed=found: closed[0])


def test_work_is_counted_as_it_is_done(lazy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused at once as a whole is refused at the latest with its last block."""
    data = (VECTORS / "valid" / "drawings-blocks.aec").read_bytes()
    found = aecodec.inspect(data)
    assert found.blocks == 3 and found.work is not None
    monkeypatch.setattr("aecodec.codec.work.MAX_UNITS", found.work - 1)
    monkeypatch.setattr("aecodec.codec.work.SAMPLES_OF_UNIT", 1 << 40)
    monkeypatch.setattr("aecodec.codec.work.UNITS_OF_BYTE", 0)
    said = check_error(LimitError, lambda: aecodec.decompress(data, model_path=MODELS))
    reader = aecodec.open(io.BytesIO(data), model_path=MODELS, cache_bytes=0)
    for _ in range(3):  # a block counts once
        assert len(reader[: 2 * reader.block_pictures]) == 2 * reader.block_pictures
    assert check_error(LimitError, lambda: list(reader)) == said


def test_no_model(lazy: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path)
    data = (VECTORS / "valid" / "lossy-many-native.aec").read_bytes()
    check_error(ModelError, lambda: aecodec.open(io.BytesIO(data)))


def test_a_file_of_fsspec(data: bytes) -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://reader.aec", "wb") as file:
        file.write(data)
    with fsspec.open("memory://reader.aec", "rb") as file, aecodec.open(file) as reader:
        check_same(reader[30], PICTURES[30])


def test_jobs_do_not_matter(data: bytes) -> None:
    reader = aecodec.open(io.BytesIO(data), jobs=2)
    check_all_same(list(reader), PICTURES)
    reader.close()
    check_error(UsageError, lambda: list(reader))
