"""A collection is learned from as drawings, as photographs, or both, as its files go."""

from __future__ import annotations

import numpy as np
import pytest

from aecodec.arrays import Picture
from aecodec.coders.likeness import Likeness, likeness
from aecodec.kinds import PixelCodec
from aecodec.train.own import ways
from aecodec.train.own.ways import Ways, ways_of
from aecodec.zoo import Zoo
from tests.train.own.pictures import icon

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def codec() -> PixelCodec:
    model = Zoo().for_pixels()
    assert model is not None and model.pixels is not None
    return model.pixels


def noise(seed: int) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)


def half(seed: int) -> Picture:
    """An icon above, a slope below, whose looks do not tell."""
    slope = np.add.outer(3 * np.arange(20), 5 * np.arange(40)).astype(np.uint8)[..., None] + np.uint8([0, 7, 9])
    return np.concatenate([icon(seed, 20, 40)[..., :3], slope])


def test_looks_tell(codec: PixelCodec) -> None:
    assert ways_of(codec, [noise(seed) for seed in range(3)]) == Ways(False, True)
    assert ways_of(codec, [np.repeat(noise(1), 8, 1)]) == Ways(True, False)


@pytest.mark.parametrize(("near", "expected"), [(100.0, Ways(True, True)), (1.0, None)])
def test_where_they_do_not_a_trial_does(
    codec: PixelCodec, near: float, expected: Ways | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [half(seed) for seed in range(3)]
    assert likeness(held) is Likeness.EITHER
    monkeypatch.setattr(ways, "_NEAR", near)
    found = ways_of(codec, held)
    assert found == expected if expected else sum(found) == 1
