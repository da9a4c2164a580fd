"""Crops, points and gains."""

from __future__ import annotations

import numpy as np
import pytest

from aecodec.kinds import GridCodec
from aecodec.train.own.crops import Crops
from aecodec.train.own.gains import Gain
from aecodec.train.own.halves import _error
from aecodec.train.own.point import point_for
from aecodec.train.own.release import _some
from aecodec.zoo import Zoo
from tests.train.own.pictures import icon

pytestmark = pytest.mark.usefixtures("one_thread")


def test_what_nobody_sees_does_not_count() -> None:
    pictures = [icon(seed) for seed in range(3)]
    crops = Crops(pictures)
    assert crops.side == 48
    pixels, counts = crops(4, np.random.default_rng(1))
    assert pixels.shape == (4, 48, 48, 3)
    shares = {round(float((picture[..., 3] > 0).sum())) for picture in pictures}
    assert {round(float(each.sum())) for each in counts} <= shares
    assert not counts[:, :, 40:].any() and not counts[:, :, :, 32:].any()


def test_grey_pictures_are_grey() -> None:
    pixels, counts = Crops([icon(1)[..., :1]])(2, np.random.default_rng(1))
    assert (pixels[..., :1] == pixels).all()
    assert counts[:, :, :40, :32].all()


def test_large_pictures_are_cut() -> None:
    crops = Crops([icon(1, 300, 500)[..., :3]])
    pixels, counts = crops(2, np.random.default_rng(1))
    assert pixels.shape == (2, 128, 128, 3)
    assert counts.all()


def test_the_point_is_the_least_quality_that_meets_the_target() -> None:
    general = Zoo().general()
    assert general is not None and isinstance(general.built, GridCodec)
    held = [icon(seed)[..., :3] for seed in range(2)]
    usual = point_for(general.built, held, None)
    assert usual.quality == general.built.default_quality
    found = point_for(general.built, held, usual.mse * 1.5)
    assert found.is_met and found.quality < usual.quality and found.mse <= usual.mse * 1.5
    missed = point_for(general.built, held, 1e-6)
    assert not missed.is_met and missed.quality == 100


def test_from_how_many_pictures_on_it_pays() -> None:
    assert Gain("exact", 110.0, 100.0).pays_from(5_001) == 501
    assert Gain("exact", 100.0, 100.0).pays_from(5_001) is None
    assert Gain("exact", 90.0, 100.0).pays_from(5_001) is None


def test_no_more_is_measured_than_takes_minutes() -> None:
    large, small = np.zeros((1_000, 1_000, 3), np.uint8), np.zeros((10, 10, 3), np.uint8)
    assert len(_some([large] * 9)) == 4
    assert len(_some([np.zeros((3_000, 3_000, 1), np.uint8)])) == 1
    assert len(_some([small] * 900)) == 128


def test_the_error_is_of_what_can_be_seen() -> None:
    picture = icon(1)
    decoded = picture[..., :3].copy()
    decoded[picture[..., 3] == 0] ^= 255
    assert _error(picture, decoded) == 0
    decoded[picture[..., 3] > 0] = np.where(decoded[picture[..., 3] > 0] < 128, decoded[picture[..., 3] > 0] + 2, 0)
    seen = picture[..., 3] > 0
    expected = np.square(decoded[seen].astype(float) - picture[..., :3][seen]).mean()
    assert _error(picture, decoded) == pytest.approx(expected)
    assert _error(picture[..., :1], picture[..., :1] ^ 1) == pytest.approx(1)
