"""Networks of exact pixels learn from samples, each as often as bits depend on it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from aecodec.pixels.inputs import WIDTHS
from aecodec.train.own import exact
from aecodec.train.own.exact import fine_tuned
from aecodec.train.own.networks import pixel_networks
from aecodec.train.own.samples import sampled
from aecodec.train.pixels.networks import PixelNetworks
from aecodec.train.pixels.samples import OUTCOME, Samples
from aecodec.train.pixels.store import rows
from aecodec.zoo import Zoo
from aecodec.zoo import tensors_of as tensors_in

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def networks() -> PixelNetworks:
    model = Zoo().for_pixels()
    assert model is not None
    return pixel_networks(tensors_in(model))


@pytest.fixture(scope="module")
def samples() -> Samples:
    """Of pictures whose noise is in green alone: red and blue are as it says."""
    random = np.random.default_rng(1)
    greens = [random.integers(0, 256, (32, 32, 1)) for _ in range(4)]
    pictures = [np.concatenate([green, green, green // 2], -1).astype(np.uint8) for green in greens]
    return sampled(pictures, 100.0, 1, lambda passed: None)


def bits(networks: PixelNetworks, samples: Samples) -> list[float]:
    tables = enumerate(samples.tables)
    return [networks[number].bits(rows(table, slice(None))).mean().item() for number, table in tables]


def test_networks_without_samples_stay_as_they_are(networks: PixelNetworks) -> None:
    none = Samples(tuple(np.empty((0, width + OUTCOME), np.int16) for width in WIDTHS), "")
    assert fine_tuned(networks, none, 1.0, 1, lambda _: pytest.fail("it learned")) is networks


def test_the_bits_fall(networks: PixelNetworks, samples: Samples) -> None:
    before = bits(networks, samples)
    found = fine_tuned(networks, samples, 1.5, 1, lambda passed: None)
    assert isinstance(found, PixelNetworks)
    assert bits(networks, samples) == before
    assert sum(bits(found, samples)) < sum(before) - 0.1


def test_what_takes_more_bits_learns_more_often(
    networks: PixelNetworks, samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Counter[int]()
    learned = exact._Learner.step

    def counted(self: exact._Learner, rate: float, random: np.random.Generator) -> None:
        steps[id(self._table)] += 1
        learned(self, rate, random)

    monkeypatch.setattr(exact._Learner, "step", counted)
    fine_tuned(networks, samples, 1.0, 1, lambda passed: None)
    green, red, _ = (steps[id(table)] for table in samples.tables)
    share = (bits(networks, samples)[0] / bits(networks, samples)[1]) ** 0.5
    assert green > red >= 1
    assert green / red == pytest.approx(share, rel=0.3)
