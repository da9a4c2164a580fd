"""Scans coded given lossy pictures: the network, the places of the boxes, and their training."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError, UsageError
from aecodec.ink.condition import CONDITION_INPUTS, Condition
from aecodec.ink.names import CONDITIONAL
from aecodec.ink.network import InkNetwork
from aecodec.ink.places import COSTS, FARTHEST, PlaceCoder, guesses
from aecodec.ink.window import INPUT_MAX, INPUTS, UNIT
from aecodec.scans.reduction import BOX, place, reduce_scans
from aecodec.zoo import load_model
from tests.checks import check_all_same, check_error, check_same
from tests.made import made_model, strokes
from tests.test_ink_network import COINS, FAIR, MIXED, Bits, made, plain_entry, plain_inputs
from tests.test_scans import blob

TILE = (28, 32)  # rows and columns are not to be confused


def base_of(scans: list[Bits], seed: int = 1) -> Condition:
    """The reduced pictures, much disturbed."""
    tiles = np.random.default_rng(seed).integers(0, 120, (len(scans), *TILE), dtype=np.uint8)
    corners = np.zeros((len(scans), 2), np.int64)
    for tile, corner, bits in zip(tiles, corners, scans, strict=True):
        box = reduce_scans(bits[None])[0]
        corner[:] = top, left = place(box, TILE)
        tile[top : top + BOX, left : left + BOX] += box // 2
    return Condition(tiles, corners)


TENSORS = made(prefix=CONDITIONAL, inputs=INPUTS + CONDITION_INPUTS)
NETWORK = InkNetwork.from_tensors(TENSORS, CONDITIONAL)
BASE = base_of(MIXED)
BASE.corners[:3] = [(0, 0), (TILE[0] - BOX, TILE[1] - BOX), (0, TILE[1] - BOX)]  # wherever a file says
TABLE = PlaceCoder.from_tensors({"origins.place": np.arange(4, 4 + COSTS, dtype=np.uint8)})


CENTRE_IS_ONE_OFF = np.full(COSTS, 60, np.uint8)  # of 80 counts and 17 halves: one half costs 7.5 bits
CENTRE_IS_ONE_OFF[FARTHEST + 1] = 1


def plain_base_inputs(base: Condition, number: int, side: int, y: int, x: int) -> list[int]:
    """What the documentation of ``ink.condition`` says that pixel (y, x) sees."""
    tile, corner = base.tiles[number].tolist(), base.corners[number].tolist()
    centre = [(at + 0.5) * BOX / side for at in (y, x)]
    row, column = (int(first + at) for first, at in zip(corner, centre, strict=True))
    seen = []
    for i in range(row - 3, row + 4):
        for j in range(column - 3, column + 4):
            seen.append((tile[i][j] + 8) // 16 if 0 <= i < TILE[0] and 0 <= j < TILE[1] else 0)
    for at in centre:
        seen += [UNIT * int(int(at % 1 * 4) == k) for k in range(4)]
    return seen


def check_round_trip(scans: list[Bits], base: Condition) -> None:
    """What is coded comes back, and the writer's bits are those that ``costs`` counts."""
    writer = StreamWriter()
    NETWORK.encode(scans, writer, base)
    writer.encode(COINS, FAIR)
    payload = writer.finish()
    reader = StreamReader(payload)
    check_all_same(NETWORK.decode(np.array([len(bits) for bits in scans], np.int64), reader, base), scans)
    check_same(reader.decode(FAIR), COINS)
    reader.finish()
    bits = int(NETWORK.costs(scans, base).sum()) / 4096
    assert 8 * len(payload) == pytest.approx(bits + len(COINS), abs=16)


def test_scans_of_all_sorts_come_back() -> None:
    check_round_trip(MIXED, BASE)
    check_round_trip([], BASE[:0])


def test_more_scans_than_are_handled_at_once_come_back() -> None:
    scans = [blob(20 + seed % 7, seed) for seed in range(40)]
    check_round_trip(scans, base_of(scans))


def test_a_scan_has_the_same_logits_in_any_company() -> None:
    for number, entries in enumerate(NETWORK.entries(MIXED, BASE)):
        alone = slice(number, number + 1)
        check_same(NETWORK.entries(MIXED[alone], BASE[alone])[0], entries)


def test_logits_are_what_the_documentation_says() -> None:
    entries = NETWORK.entries(MIXED, BASE)
    rng = np.random.default_rng(4)
    found, expected = [], []
    for number, bits in enumerate(MIXED):
        last = len(bits) - 1
        for y, x in [(0, 0), (last, 0), (0, last), (last, last), *rng.integers(0, last, (4, 2)).tolist()]:
            inputs = plain_inputs(bits, y, x) + plain_base_inputs(BASE, number, len(bits), y, x)
            found.append(int(entries[number][y, x]))
            expected.append(plain_entry(TENSORS, inputs, CONDITIONAL))
    assert found == expected
    assert len(set(found)) > 20


def test_logits_tell_lossy_pictures_apart() -> None:
    ours, theirs = NETWORK.entries([MIXED[0]] * 2, Condition(BASE.tiles[:2], BASE.corners[[0, 0]]))
    assert np.mean(ours != theirs) > 0.5


def test_no_grey_is_beyond_the_bound() -> None:
    greys = Condition(np.full((1, 20, 20), 255, np.uint8), np.zeros((1, 2), np.int64)).greys()
    assert (greys.shape, greys.max(), greys[0, :3].max()) == ((1, 26, 26), INPUT_MAX, 0)


def test_a_lossy_picture_is_given_where_it_is_due() -> None:
    with pytest.raises(ValueError, match="lossy"):
        NETWORK.entries(MIXED)
    with pytest.raises(ValueError, match="lossy"):
        InkNetwork.from_tensors(made()).entries(MIXED, BASE)


def test_misshapen_tensors_are_refused() -> None:
    check_error(
        ModelError, lambda: InkNetwork.from_tensors(made(prefix=CONDITIONAL), CONDITIONAL), "inputs of the other kind"
    )
    check_error(ModelError, lambda: InkNetwork.from_tensors(TENSORS), "another name")
    loud = TENSORS | {"based.0.shift": np.full(12, -9, np.int8)}
    check_error(ModelError, lambda: InkNetwork.from_tensors(loud, CONDITIONAL), "bound")


@pytest.mark.parametrize("tile", [(28, 28), TILE, (20, 28), (20, 20), (64, 20)])
def test_places_come_back(tile: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    tiles = rng.integers(0, 256, (50, *tile), dtype=np.uint8)
    tiles[0] = 0
    corners = np.stack([rng.integers(0, size - BOX + 1, len(tiles)) for size in tile], axis=1)
    writer = StreamWriter()
    TABLE.encode(Condition(tiles, corners), writer)
    writer.encode(COINS, FAIR)
    reader = StreamReader(writer.finish())
    check_same(TABLE.decode(tiles, reader).corners, corners)
    check_same(reader.decode(FAIR), COINS)
    reader.finish()


def test_places_take_memory_for_the_tiles_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of all guesses would take gigabytes; and what is held at once is in no byte."""
    tiles = np.random.default_rng(3).integers(0, 2, (6, 20, 20_000), dtype=np.uint8) * 200
    corners = np.stack([np.zeros(6, np.int64), np.arange(6) * 3000], axis=1)
    payloads = []
    for entries in (1, 1 << 16, 1 << 18):
        monkeypatch.setattr("aecodec.ink.places._AT_ONCE", entries)
        writer = StreamWriter()
        tracemalloc.start()
        TABLE.encode(Condition(tiles, corners), writer)
        payloads.append(writer.finish())
        check_same(TABLE.decode(tiles, StreamReader(payloads[-1])).corners, corners)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 32 << 20, entries
    assert len(set(payloads)) == 1


def test_a_box_around_the_ink_is_guessed() -> None:
    tiles = np.zeros((4, 28, 32), np.uint8)
    tiles[0, 5:15, 9:19] = 255  # middles at 10 and 14
    tiles[1, 0:3, 29:32] = 255
    tiles[2, 6:16, 7:27] = 40
    tiles[2, 7:15] = np.minimum(tiles[2, 7:15] * 4, 160)  # its uppermost and its lowest row are faint
    assert guesses(tiles).tolist() == [[0, 4], [0, 12], [1, 7], [4, 6]]


def test_good_guesses_cost_little() -> None:
    scans = [blob(40, seed) for seed in range(30)]
    base = base_of(scans)
    clean = Condition(np.where(base.tiles < 125, 0, base.tiles).astype(np.uint8), base.corners)
    costs = np.full(COSTS, 80, np.uint8)
    costs[FARTHEST] = 1
    writer = StreamWriter()
    PlaceCoder.from_tensors({"origins.place": costs}).encode(clean, writer)
    assert len(writer.finish()) < 30


@pytest.mark.parametrize("costs", [np.zeros(COSTS - 1, np.uint8), np.zeros(COSTS, np.int8), np.zeros((1, COSTS), "u1")])
def test_places_of_another_kind_are_refused(costs: NDArray[Any]) -> None:
    check_error(ModelError, lambda: PlaceCoder.from_tensors({"origins.place": costs}))


def test_training_begins_with_a_network_without_pictures_and_exports_what_it_simulated(
    tmp_path: Path, torch: Any
) -> None:
    from aecodec.train.ink import InkTrainer, Plan
    from aecodec.train.ink_export import check_ink_equal, prefix_of, released_ink
    from aecodec.train.ink_pixels import Scans

    device = torch.device("cpu")
    scans = [blob(20 + 3 * seed % 40, seed) for seed in range(12)]
    plan = Plan(seconds=0.5, units=(16, 8), rate=1e-2, unsure=256, sure=64)
    alone = InkTrainer(plan, scans, device)
    alone.run(0.2)
    alone.save(tmp_path / "alone.ckpt")
    trainer = InkTrainer(plan, scans, device, base_of(scans))
    trainer.continue_from(tmp_path / "alone.ckpt")
    held = Scans(MIXED, device, BASE)
    assert not trainer.integer
    assert trainer.validate(held) == pytest.approx(alone.validate(Scans(MIXED, device)), rel=1e-4)
    while not trainer.done:
        trainer.run(0.3)
    assert trainer.integer and prefix_of(trainer.net) == CONDITIONAL
    engine = InkNetwork.from_tensors(released_ink(trainer.net), CONDITIONAL)
    check_ink_equal(trainer.net, engine, MIXED, device, BASE)
    assert trainer.validate(held) == pytest.approx(float(engine.costs(MIXED, BASE).mean()) / 4096, rel=0.01)
    trainer.save(tmp_path / "based.ckpt")
    with pytest.raises(UsageError, match="other sizes"):
        InkTrainer(plan, scans, device).continue_from(tmp_path / "based.ckpt")


def test_what_training_sees_is_what_the_documentation_says(torch: Any) -> None:
    from aecodec.train.ink_pixels import CELLS, MOST, Scans, split

    scans = Scans(MIXED, torch.device("cpu"), BASE)
    rng = np.random.default_rng(6)
    for number, bits in enumerate(MIXED):
        for y, x in [(0, 0), (len(bits) - 1, 0), *rng.integers(0, len(bits), (3, 2)).tolist()]:
            seen, _ = scans.see(torch.tensor([number * CELLS + y * MOST + x], dtype=torch.int32))
            expected = plain_inputs(bits, y, x) + plain_base_inputs(BASE, number, len(bits), y, x)
            assert (seen[0] * UNIT).tolist() == expected
    everything = np.sort(np.concatenate([pixels.numpy() for pixels in split(scans)]))
    check_same(everything, scans.all_pixels(range(len(MIXED))).numpy())


def test_lossy_pictures_are_made_once(tmp_path: Path, torch: Any) -> None:
    from aecodec.train.ink_base import corners_of, lossy_pictures, place_costs

    model, pictures = load_model(made_model(tile=(28, 28))), strokes(5)
    found = lossy_pictures(model, pictures, tmp_path)
    assert (found.shape, found.dtype) == (pictures.shape, np.uint8)
    check_same(lossy_pictures(model, pictures, tmp_path), found)
    with pytest.raises(ValueError, match="delete it"):
        lossy_pictures(model, pictures[:3], tmp_path)
    check_same(corners_of(MIXED, TILE), base_of(MIXED).corners)
    corners = np.full((40, 2), 5, np.int64)  # guessed at 4, as nothing is seen
    check_same(place_costs(Condition(np.zeros((40, 28, 28), np.uint8), corners)), CENTRE_IS_ONE_OFF)
