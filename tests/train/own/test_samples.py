"""Samples are what containers and single files ask the networks: of pictures that know many others, and none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from aecodec.arrays import Integers16, Shallow
from aecodec.drawings.candidates import RANKS
from aecodec.train.drawings.samples import CHOICE, INPUTS, columns
from aecodec.train.own import samples, walks
from aecodec.train.own.samples import drawn, sampled
from aecodec.train.own.walks import walked
from aecodec.train.pixels.samples import Samples
from tests.train.own.pictures import icon

pytestmark = pytest.mark.usefixtures("one_thread")


def opaque(seed: int) -> Shallow:
    return icon(seed, 20, 20)[..., :3].copy()


def share_of_values(tables: list[Integers16]) -> float:
    """Return the share of pixels that are no candidates."""
    came = np.concatenate(tables)[:, -1]
    return float((came == RANKS).mean())


def test_a_container_knows_the_pictures_before_and_a_file_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "FOLLOWING", 2.0)
    found = list(walked([opaque(1)] * 24, 10_000, 1))
    assert sum(count for count, _ in found) == 24
    late = [tables[CHOICE] for count, tables in found if count][8:]
    alone = [tables[CHOICE] for count, tables in found if not count]
    assert len(alone) == 3
    assert share_of_values(late) < 0.2 * share_of_values(alone)


def test_many_go_together_where_many_are_known() -> None:
    counts = [count for count, _ in walked((opaque(seed) for seed in range(60)), 10, 1) if count]
    assert counts[0] == 1 and max(counts) >= 8 and sum(counts) == 60


def test_pictures_that_resemble_another_follow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of recoloured ones hardly anything is left to ask the networks."""
    monkeypatch.setattr(walks, "ALONE", 0)
    coloured = [np.where(opaque(1) == 255, 255 - 9 * seed, opaque(1)).astype(np.uint8) for seed in range(12)]
    asked = {}
    for share in (1 / 8, 2.0):
        monkeypatch.setattr(walks, "FOLLOWING", share)
        asked[share] = sum(len(tables[CHOICE]) for _, tables in walked(coloured, 10_000, 1))
    assert asked[1 / 8] < 0.6 * asked[2.0]


def test_nothing_is_known_from_one_block_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "BLOCK", 400)
    monkeypatch.setattr(walks, "ALONE", 0)
    first, second = (tables[CHOICE] for _, tables in walked([opaque(1)] * 2, 10_000, 1))
    assert np.array_equal(first, second)


def test_pictures_of_several_sizes_and_planes_share_a_block() -> None:
    pictures = [icon(1), icon(2)[..., :3], icon(3)[..., :1], icon(4, 30, 50)]
    seen = drawn(pictures, 100.0, 1, lambda passed: None)
    assert [table.shape[1] for table in seen.tables] == [columns(name) for name in INPUTS]
    assert all(len(table) for table in seen.tables)


@pytest.mark.parametrize("take", [drawn, sampled])
def test_no_more_than_a_number_of_samples_is_kept(
    take: Callable[..., Samples], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "MOST", 120)
    monkeypatch.setattr(walks, "ALONE", 0)
    seen = take([opaque(seed) for seed in range(4)], 100.0, 1, lambda passed: None)
    assert max(map(len, seen.tables)) == 120


@pytest.mark.parametrize("take", [drawn, sampled])
def test_it_stops_when_the_time_is_over(take: Callable[..., Samples]) -> None:
    told: list[float] = []
    take([opaque(seed) for seed in range(200)], 1e-6, 1, told.append)
    assert told == [1.0]


def test_altered_pictures_have_half_of_the_time() -> None:
    told: list[float] = []
    alone = drawn([opaque(1)], 100.0, 1, told.append)
    assert set(told) == {1.0}
    told.clear()
    both = drawn([opaque(1)], 100.0, 1, told.append, [opaque(2), opaque(3)])
    assert sorted(set(told)) == [0.5, 0.75, 1.0]
    for before, after in zip(alone.tables, both.tables, strict=True):
        assert np.array_equal(after[: len(before)], before)
    assert sum(map(len, both.tables)) > 2 * sum(map(len, alone.tables))
