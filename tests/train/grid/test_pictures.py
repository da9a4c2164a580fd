"""Pictures for training a grid: their cache, crops, and those held back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aecodec.errors import UsageError
from aecodec.train.grid.pictures import INDEX, SAMPLES, Cache, make_cache, open_cache
from aecodec.train.grid.validation import split, whole
from tests.checks import check_error
from tests.train.grid.runs import named, waves

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_cache_gives_back_its_pictures(tmp_path: Path) -> None:
    grey, alpha = waves(1, 70, 80)[..., 0], np.dstack([waves(2, 64, 90), np.full((64, 90), 7, np.uint8)])
    small = waves(3, 63, 200)
    made = make_cache(tmp_path, iter([("grey", grey), ("twice", grey), ("alpha", alpha), ("small", small)]))
    assert [each.name for each in made.pictures] == ["grey", "alpha"]
    assert np.array_equal(made.picture(0), np.dstack([grey] * 3)) and np.array_equal(made.picture(1), alpha[..., :3])
    assert open_cache(tmp_path).sha256 == made.sha256 == make_cache(tmp_path, iter([("a", grey), ("b", alpha)])).sha256
    assert "no picture" in check_error(UsageError, lambda: make_cache(tmp_path, iter([("small", small)])))
    assert not (tmp_path / INDEX).exists()


def test_damaged_caches_are_refused(tmp_path: Path) -> None:
    make_cache(tmp_path, named(2))
    with (tmp_path / SAMPLES).open("ab") as file:
        file.write(b"1")
    check_error(UsageError, lambda: open_cache(tmp_path))
    (tmp_path / INDEX).write_text("[{}]")
    check_error(UsageError, lambda: open_cache(tmp_path))
    check_error(UsageError, lambda: open_cache(tmp_path / "none"))


def test_crops_are_parts_of_pictures(cache: Path) -> None:
    """Turned over or not; and always the same for the same random numbers."""
    pictures = open_cache(cache)
    crops = pictures.crops(40, 32, np.random.default_rng(1))
    assert crops.shape == (40, 32, 32, 3) and crops.dtype == torch.uint8
    parts = set()
    for picture in (pictures.picture(n).numpy() for n in range(len(pictures))):
        for top in range(picture.shape[0] - 31):
            for left in range(picture.shape[1] - 31):
                parts.add(picture[top : top + 32, left : left + 32].tobytes())
    for crop in crops.numpy():
        turned = [each for one in (crop, crop.transpose(1, 0, 2)) for each in (one, one[::-1], one[:, ::-1])]
        turned += [one[::-1, ::-1] for one in (crop, crop.transpose(1, 0, 2))]
        assert any(each.tobytes() in parts for each in turned)
    assert torch.equal(crops, pictures.crops(40, 32, np.random.default_rng(1)))


def test_small_pictures_are_mirrored(tmp_path: Path) -> None:
    picture = waves(1, 64, 70)
    made = make_cache(tmp_path, iter([("one", picture)]))
    row = np.arange(160) % 128
    column = np.arange(160) % 140
    mirrored = picture[np.minimum(row, 127 - row)][:, np.minimum(column, 139 - column)]
    other = picture[::-1][np.minimum(row, 127 - row)][:, np.minimum(column, 139 - column)]
    found = made.crops(30, 160, np.random.default_rng(2)).numpy()
    for expected in (mirrored, other):
        assert any(np.array_equal(expected, crop) for crop in found)
        assert any(np.array_equal(expected.transpose(1, 0, 2), crop) for crop in found)


def test_the_same_pictures_are_held_back_in_any_order(tmp_path: Path) -> None:
    pictures = list(named(5))
    first, held = split(make_cache(tmp_path / "a", iter(pictures)))
    second, same = split(make_cache(tmp_path / "b", iter(pictures[::-1])))
    assert len(first) == len(second) == 4 and len(held) == len(same) == 1 and torch.equal(held[0], same[0])
    assert {each.sha256 for each in first.pictures} == {each.sha256 for each in second.pictures}
    assert all(side % 16 == 0 for side in held[0].shape[:2])
    assert len(whole(first)) == 4
    one = Cache(first.samples, first.pictures[:1])
    check_error(UsageError, lambda: split(one))
