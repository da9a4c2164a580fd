"""The ink network: coded and decoded, alone and in company, refused where misshapen, and trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError, UsageError
from aecodec.ink.network import LOGIT_MAX, MAX_UNITS, InkNetwork
from aecodec.ink.window import (
    BEFORE,
    BLOCK,
    BLOCK_COLUMNS,
    BLOCK_ROWS,
    INPUTS,
    POSITIONS,
    REACH,
    SCAN_SIZES,
    UNIT,
    block_sums,
    positions,
)
from aecodec.limits import FREQUENCY_TOTAL
from tests.checks import check_all_same, check_error, check_same
from tests.test_scans import blob

Bits = NDArray[np.uint8]
Arrays = dict[str, NDArray[Any]]


def made(units: tuple[int, int] = (12, 6), seed: int = 3, prefix: str = "ink", inputs: int = INPUTS) -> Arrays:
    """Tensors of a network that nobody trained, lively enough to tell pixels apart."""
    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    sizes = (inputs, *units, 1)
    for n, (columns, rows, shift) in enumerate(zip(sizes, sizes[1:], (6, 6, 6), strict=False)):
        arrays[f"{prefix}.{n}.weight"] = rng.integers(-60, 61, (rows, columns)).astype(np.int8)
        arrays[f"{prefix}.{n}.bias"] = rng.integers(-500, 2000, rows).astype(np.int32)
        arrays[f"{prefix}.{n}.shift"] = np.full(rows, shift, np.int8)
    return arrays


def noise(side: int, seed: int) -> Bits:
    """A scan without any order."""
    return np.random.default_rng(seed).integers(0, 2, (side, side), dtype=np.uint8)


NETWORK = InkNetwork.from_tensors(made())
MIXED = [blob(31, 1), noise(83, 2), blob(20, 3), noise(20, 4), blob(64, 5), blob(31, 6), noise(23, 7)]


COINS = np.random.default_rng(1).integers(0, 2, 64).astype(np.int32)
FAIR = np.full((64, 2), FREQUENCY_TOTAL // 2)


def plain_inputs(bits: Bits, y: int, x: int) -> list[int]:
    """What the documentation of ``ink.window`` says that pixel (y, x) sees."""
    side = len(bits)

    def at(row: int, column: int) -> int:
        return int(bits[row, column]) if 0 <= row < side and 0 <= column < side else 0

    near = [(y - up, x + dx) for up in range(REACH, 0, -1) for dx in range(-REACH, REACH + 1)]
    near += [(y, x - back) for back in range(REACH, 0, -1)]
    seen = [UNIT * at(*place) for place in near]
    for i in range(1, BLOCK_ROWS + 1):
        for j in range(BLOCK_COLUMNS):
            top, left = y // 2 * 2 - BLOCK * i, x // 2 * 2 + BLOCK * j - BEFORE
            seen.append(sum(at(top + r, left + c) for r in range(BLOCK) for c in range(BLOCK)))
    for size, which in zip(POSITIONS, positions(np.array(side), np.array(y), np.array(x)), strict=True):
        seen += [UNIT * int(k == which) for k in range(size)]
    return seen


def plain_entry(arrays: Arrays, inputs: list[int], prefix: str = "ink") -> int:
    """The network in Python integers."""
    values = inputs
    for n, (low, high) in enumerate([(0, 255), (0, 255), (-LOGIT_MAX, LOGIT_MAX)]):
        weight, bias, shift = (arrays[f"{prefix}.{n}.{part}"].tolist() for part in ("weight", "bias", "shift"))
        sums = [sum(map(int.__mul__, row, values)) + b for row, b in zip(weight, bias, strict=True)]
        values = [min(max((2 * a + (1 << s)) >> (s + 1), low), high) for a, s in zip(sums, shift, strict=True)]
    return values[0] + LOGIT_MAX


def check_round_trip(scans: list[Bits]) -> None:
    """What is coded comes back, and the writer's bits are those that ``costs`` counts."""
    writer = StreamWriter()
    NETWORK.encode(scans, writer)
    writer.encode(COINS, FAIR)  # a payload sheds the zeros that unlikely symbols may leave at its end
    payload = writer.finish()
    reader = StreamReader(payload)
    check_all_same(NETWORK.decode(np.array([len(bits) for bits in scans], np.int64), reader), scans)
    check_same(reader.decode(FAIR), COINS)
    reader.finish()
    bits = int(NETWORK.costs(scans).sum()) / 4096
    assert 8 * len(payload) == pytest.approx(bits + len(COINS), abs=16)


def test_scans_of_all_sorts_come_back() -> None:
    check_round_trip(MIXED)
    check_round_trip(MIXED[::-1])


@pytest.mark.parametrize("side", [SCAN_SIZES[0], SCAN_SIZES[-1]])
def test_a_scan_alone_comes_back(side: int) -> None:
    check_round_trip([noise(side, side)])


def test_nothing_is_nothing() -> None:
    check_round_trip([])
    assert NETWORK.costs([]).shape == (0,)


def test_more_scans_than_are_handled_at_once_come_back() -> None:
    check_round_trip([blob(20 + seed % 7, seed) for seed in range(70)])


def test_a_scan_has_the_same_logits_in_any_company() -> None:
    for bits, entries in zip(MIXED, NETWORK.entries(MIXED), strict=True):
        check_same(NETWORK.entries([bits])[0], entries)


def test_logits_are_what_the_documentation_says() -> None:
    arrays, bits = made(), blob(41, 8)
    entries = NETWORK.entries([bits, noise(50, 9)])[0]
    rng = np.random.default_rng(4)
    places = [(0, 0), (0, 40), (40, 0), (40, 40), *rng.integers(0, 41, (40, 2)).tolist()]
    found = [int(entries[y, x]) for y, x in places]
    assert found == [plain_entry(arrays, plain_inputs(bits, y, x)) for y, x in places]
    assert len(set(found)) > 20


def test_a_pixel_sees_only_what_is_known() -> None:
    bits = noise(40, 5)
    changed = bits.copy()
    changed[20, 17:] ^= 1
    changed[21:] ^= 1
    before, after = NETWORK.entries([bits, changed])
    assert np.array_equal(before[:20], after[:20])
    assert np.array_equal(before[20, :18], after[20, :18])
    assert not np.array_equal(before[20, 18:], after[20, 18:])


def test_blocks_count_ink() -> None:
    rows = np.ones((1, BLOCK, 20), np.uint8)
    sums = block_sums(rows)[0]
    assert sums[(BEFORE - BLOCK) // 2 :].tolist()[:14] == [0, 8, *[16] * 9, 8, 0, 0]
    assert sums.sum() == 16 * 10


def misshapen() -> dict[str, Arrays]:
    """Tensors each of which breaks one rule."""
    good = made()
    wide = np.full((1, INPUTS), 127, np.int8)
    return {
        "missing": {name: tensor for name, tensor in good.items() if name != "ink.1.bias"},
        "dtype": good | {"ink.0.weight": good["ink.0.weight"].astype(np.int16)},
        "shift's dtype": good | {"ink.1.shift": good["ink.1.shift"].astype(np.uint8)},
        "inputs": good | {"ink.0.weight": good["ink.0.weight"][:, 1:]},
        "hidden": good | {"ink.1.weight": good["ink.1.weight"][:, 1:]},
        "flat": good | {"ink.2.weight": good["ink.2.weight"][0]},
        "bias": good | {"ink.0.bias": good["ink.0.bias"][1:]},
        "two logits": good | {f"ink.2.{part}": np.repeat(good[f"ink.2.{part}"], 2, 0) for part in PARTS},
        "no units": good | {f"ink.0.{part}": good[f"ink.0.{part}"][:0] for part in PARTS},
        "units": good | {f"ink.0.{part}": np.repeat(good[f"ink.0.{part}"][:1], MAX_UNITS + 1, 0) for part in PARTS},
        "bound": good | {"ink.0.shift": np.full(12, -9, np.int8)},
        "bias's bound": good | {"ink.0.bias": np.full(12, 1 << 24, np.int32)},
        "shift": good | {"ink.2.shift": np.full(1, 32, np.int8)},
        "wide": {f"ink.{n}.{part}": wide for n in range(3) for part in PARTS},
    }


PARTS = ("weight", "bias", "shift")


@pytest.mark.parametrize("what", misshapen())
def test_misshapen_tensors_are_refused(what: str) -> None:
    check_error(ModelError, lambda: InkNetwork.from_tensors(misshapen()[what]), what)


def scans_to_train_on(count: int = 24) -> list[Bits]:
    """Blobs, a size for each."""
    return [blob(20 + 3 * seed % 40, seed) for seed in range(count)]


def test_training_runs_resumes_and_exports_what_it_simulated(tmp_path: Path, torch: Any) -> None:
    from aecodec.train.export import ExportError
    from aecodec.train.ink import InkTrainer, Plan
    from aecodec.train.ink_export import check_ink_equal, released_ink
    from aecodec.train.ink_pixels import Scans

    device, scans = torch.device("cpu"), scans_to_train_on()
    plan = Plan(seconds=0.9, units=(16, 8), rate=1e-2, unsure=256, sure=64)
    trainer = InkTrainer(plan, scans, device)
    held = Scans(MIXED[::2], device)
    untrained = trainer.validate(held)
    trainer.run(0.3)
    assert not trainer.integer
    trainer.save(tmp_path / "float.ckpt")
    resumed = InkTrainer(plan, scans, device)
    resumed.resume(tmp_path / "float.ckpt")
    assert (resumed.step, resumed.seconds) == (trainer.step, trainer.seconds)
    check_same(resumed.net.first.weight.detach().numpy(), trainer.net.first.weight.detach().numpy())
    while not resumed.done:
        resumed.run(0.3)
    assert resumed.integer and resumed.step > trainer.step
    assert resumed.validate(held) < untrained

    arrays = released_ink(resumed.net)
    engine = InkNetwork.from_tensors(arrays)
    check_ink_equal(resumed.net, engine, MIXED, device)
    arrays["ink.2.bias"] = arrays["ink.2.bias"] + (4 << int(arrays["ink.2.shift"][0]))
    with pytest.raises(ExportError, match="differ"):
        check_ink_equal(resumed.net, InkNetwork.from_tensors(arrays), MIXED, device)
    average = float(engine.costs(MIXED[::2]).mean()) / 4096
    assert resumed.validate(held) == pytest.approx(average, rel=0.01)

    resumed.save(tmp_path / "integer.ckpt")
    tuned = InkTrainer(plan, scans, device)
    tuned.continue_from(tmp_path / "integer.ckpt")
    assert tuned.integer and tuned.validate(held) == resumed.validate(held)
    assert tuned.step == 0


def test_checkpoints_of_other_runs_are_refused(tmp_path: Path, torch: Any) -> None:
    from aecodec.train.ink import InkTrainer, Plan

    def trainer(units: tuple[int, int]) -> InkTrainer:
        return InkTrainer(Plan(seconds=1, units=units), scans_to_train_on(2), torch.device("cpu"))

    path = tmp_path / "run.ckpt"
    trainer((4, 2)).save(path)
    with pytest.raises(UsageError, match="units"):
        trainer((5, 2)).resume(path)
    with pytest.raises(UsageError, match="other sizes"):
        trainer((5, 2)).continue_from(path)
    torch.save({"model": {}}, path)
    with pytest.raises(UsageError, match="no checkpoint"):
        trainer((4, 2)).resume(path)
    path.write_bytes(b"no file of PyTorch")
    with pytest.raises(UsageError, match="cannot be read"):
        trainer((4, 2)).resume(path)


def test_what_training_sees_is_what_the_documentation_says(torch: Any) -> None:
    from aecodec.train.ink_pixels import CELLS, MOST, Scans, split

    scans = Scans(MIXED, torch.device("cpu"))
    rng = np.random.default_rng(6)
    for number, bits in enumerate(MIXED):
        for y, x in rng.integers(0, len(bits), (4, 2)).tolist():
            seen, ink = scans.see(torch.tensor([number * CELLS + y * MOST + x], dtype=torch.int32))
            assert (seen[0] * UNIT).tolist() == plain_inputs(bits, y, x)
            assert int(ink) == bits[y, x]
    unsure, sure = split(scans)
    everything = np.sort(np.concatenate([unsure.numpy(), sure.numpy()]))
    check_same(everything, scans.all_pixels(range(len(MIXED))).numpy())


def test_scans_in_a_file_come_back(tmp_path: Path) -> None:
    from aecodec.train.ink_scans import keep_scans, kept_scans

    for number, scans in enumerate([[blob(23, 1), None, blob(30, 2)], [None, None]]):
        path = tmp_path / "kept" / f"{number}.npz"
        keep_scans(path, scans)
        assert [None if bits is None else bits.tolist() for bits in kept_scans(path)] == [
            None if bits is None else bits.tolist() for bits in scans
        ]
