"""``aecodec.torch``: every picture once an epoch, each block decoded about once, and whatever workers there are."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec import Decoder
from aecodec.errors import AecError, UsageError
from tests.checks import check_error, check_same, run_python

torch = pytest.importorskip("torch")

from aecodec.torch import AecDataset, BlockSampler  # noqa: E402 - only where PyTorch is

ROOT = Path(__file__).resolve().parents[1]
BLOCK, COUNTS = 8, (90, 61)  # pictures of a block, and of the two files
TOTAL = sum(COUNTS)
BLOCKS = sum(-(-count // BLOCK) for count in COUNTS)


def picture_of(item: int) -> np.ndarray:
    return np.full((3, 5), item, np.uint8)


def number_of(name: str) -> int:
    return int(Path(name).stem)


def doubled(picture: np.ndarray) -> np.ndarray:
    return picture * 2


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files; each picture shows its place among all, and has it for its name."""
    folder, first, found = tmp_path_factory.mktemp("files"), 0, []
    for count in COUNTS:
        items = range(first, first + count)
        names, pictures = [f"{item}.png" for item in items], [picture_of(item) for item in items]
        data = aecodec.compress(pictures, names=names, lossless=True, effort=0, block_pictures=BLOCK)
        found.append(folder / f"{first}.aec")
        found[-1].write_bytes(data)
        first += count
    return found


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[Any]:
    """How many times each block was decoded, by file and number."""
    found: Counter[Any] = Counter()
    block = Decoder.block

    def noted(self: Decoder, number: int) -> Any:
        found[(len(self), number)] += 1
        return block(self, number)

    monkeypatch.setattr(Decoder, "block", noted)
    return found


def check_items(items: Sequence[Any], places: Sequence[int]) -> None:
    for item, place in zip(items, places, strict=True):
        check_same(item, picture_of(place))


def test_items(paths: list[Path], decoded: Counter[Any]) -> None:
    dataset = AecDataset(paths)
    assert len(dataset) == TOTAL and not decoded
    check_items([dataset[place] for place in (0, 89, 90, TOTAL - 1)], [0, 89, 90, TOTAL - 1])
    check_items([dataset[-1], dataset[-TOTAL], dataset[np.int64(3)]], [TOTAL - 1, 0, 3])
    places = [100, 2, 89, 90, 3, 2, TOTAL - 1]
    check_items(dataset.__getitems__(places), places)
    assert max(decoded.values()) == 1
    assert [len(block) for block in dataset.blocks] == 11 * [8] + [2] + 7 * [8] + [5]
    assert [item for block in dataset.blocks for item in block] == list(range(TOTAL))
    check_items([AecDataset(paths[1])[0], AecDataset(str(paths[1]))[0]], [90, 90])
    for wrong in (TOTAL, -TOTAL - 1):
        with pytest.raises(IndexError, match=f"no picture {wrong}; the files have {TOTAL}") as raised:
            dataset[wrong]
        assert isinstance(raised.value, AecError)


def test_labels_and_transform(paths: list[Path]) -> None:
    dataset = AecDataset(paths, transform=doubled, labels=number_of)
    for place in (0, 70, 95, -1):
        picture, label = dataset[place]
        check_same(picture, picture_of(place % TOTAL) * 2)
        assert label == place % TOTAL
    assert AecDataset(paths, labels=[str(place) for place in range(TOTAL)])[-3][1] == str(TOTAL - 3)
    message = check_error(UsageError, lambda: AecDataset(paths, labels=[1, 2]))
    assert message == f"labels are 2, for {TOTAL} pictures"


def test_labels_of_names_need_names(tmp_path: Path) -> None:
    path = tmp_path / "d.aec"
    path.write_bytes(aecodec.compress([picture_of(1)], lossless=True, effort=0))
    assert "has none" in check_error(UsageError, lambda: AecDataset(path, labels=number_of))


def test_what_is_kept_is_shared_by_files(paths: list[Path], decoded: Counter[Any]) -> None:
    """As much as fits, whatever file it is of, and however many files are open."""
    dataset = AecDataset(paths, cache_bytes=2 * BLOCK * 15)
    check_items([dataset[place] for place in (0, 90, 1, 91)], [0, 90, 1, 91])
    assert sum(decoded.values()) == 2
    dataset[20]
    dataset[92]
    dataset[2]
    assert sum(decoded.values()) == 4  # that of 0 had to go


def test_many_files(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.torch._MOST_OPEN", 1)
    dataset = AecDataset(paths)
    check_items([dataset[place] for place in (0, 90, 1, 91)], [0, 90, 1, 91])
    assert len(dataset._readers) == 1


def test_it_pickles_without_what_is_open(paths: list[Path]) -> None:
    dataset = AecDataset(paths, labels=number_of)
    assert dataset[99][1] == 99
    again = pickle.loads(pickle.dumps(dataset))
    assert not again._readers and len(pickle.dumps(dataset)) < 2000
    assert again[99][1] == 99 and again.blocks == dataset.blocks


def check_order(sampler: BlockSampler, decoded: Counter[Any], dataset: AecDataset) -> list[int]:
    """All items once, each block once; returns them."""
    decoded.clear()
    items = list(sampler)
    assert sorted(items) == list(range(TOTAL)) and len(sampler) == TOTAL
    check_items([dataset[item] for item in items], items)
    assert len(decoded) == BLOCKS and max(decoded.values()) == 1
    return items


def test_a_sampler_decodes_each_block_once(paths: list[Path], decoded: Counter[Any]) -> None:
    dataset = AecDataset(paths, cache_bytes=3 * BLOCK * 15)  # the buffer, and no more
    sampler = BlockSampler(dataset, seed=5, buffer_blocks=3)
    first = check_order(sampler, decoded, dataset)
    assert first == list(sampler)
    assert first != list(BlockSampler(dataset, seed=6, buffer_blocks=3))
    sampler.set_epoch(1)
    second = check_order(sampler, decoded, dataset)
    assert second != first
    sampler.set_epoch(0)
    assert list(sampler) == first
    naive = np.random.default_rng(0).permutation(TOTAL).tolist()
    decoded.clear()
    check_items([dataset[item] for item in naive], naive)
    assert sum(decoded.values()) > 4 * BLOCKS


def test_a_buffer_mixes_its_blocks(paths: list[Path]) -> None:
    """Of the first three blocks all items come first, and not block by block."""
    items = list(BlockSampler(AecDataset(paths), seed=2, buffer_blocks=3))
    blocks = [item // BLOCK if item < 90 else 100 + (item - 90) // BLOCK for item in items]
    assert len({*blocks[:20]}) == 3 and blocks[:24] != sorted(blocks[:24], key=blocks.index)
    one = list(BlockSampler(AecDataset(paths), seed=2, buffer_blocks=1))
    assert one[:8] != sorted(one[:8]) and len({(item if item < 90 else item + 6) // BLOCK for item in one[:5]}) == 1


def test_each_worker_has_blocks_of_its_own(paths: list[Path]) -> None:
    """But for the last batches, which are of what is left over."""
    dataset, workers, size = AecDataset(paths), 3, 4
    items = list(BlockSampler(dataset, workers=workers, batch_size=size, buffer_blocks=2))
    assert sorted(items) == list(range(TOTAL))
    block_of = {item: number for number, block in enumerate(dataset.blocks) for item in block}
    owners: dict[int, set[int]] = {}
    for at, item in enumerate(items[: TOTAL // 2]):
        owners.setdefault(block_of[item], set()).add(at // size % workers)
    assert all(len(each) == 1 for each in owners.values())
    assert len({next(iter(each)) for each in owners.values()}) == workers


def test_wrong_arguments(paths: list[Path]) -> None:
    dataset = AecDataset(paths)
    wrong = ({"seed": -1}, {"buffer_blocks": 0}, {"workers": None}, {"batch_size": 0})
    for options in wrong:
        check_error(UsageError, lambda given=options: BlockSampler(dataset, **given))
    check_error(UsageError, lambda: BlockSampler([1, 2]))
    check_error(UsageError, lambda: AecDataset(5))
    check_error(UsageError, lambda: AecDataset(paths, cache_bytes=-1))


def test_in_a_loader_whose_workers_are_spawned(paths: list[Path]) -> None:
    dataset = AecDataset(paths, labels=number_of)
    sampler = BlockSampler(dataset, workers=2, batch_size=16)
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=16, sampler=sampler, num_workers=2, multiprocessing_context="spawn"
    )
    labels = []
    for pictures, some in loader:
        assert pictures.dtype == torch.uint8 and (pictures == some[:, None, None]).all()
        labels += some.tolist()
    assert labels == list(sampler)


def test_without_torch() -> None:
    code = """
import sys
sys.modules["torch"] = None
import aecodec
try:
    import aecodec.torch
except ImportError as error:
    print(error)
"""
    said = run_python(code)
    assert said == 'aecodec.torch needs PyTorch, which is missing: pip install "aecodec[torch]"\n'


def test_the_example_runs() -> None:
    command = [sys.executable, str(ROOT / "examples" / "load_with_torch.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=_with_root())
    shares = [int(line.split()[2].rstrip("%")) for line in done.stdout.splitlines()]
    assert len(shares) == 3 and shares[-1] >= 95


def _with_root() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}
