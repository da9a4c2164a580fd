"""How a release weighs the errors of latents for the encoder's search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aecodec.arrays import Integers32
from aecodec.grid.model import MOST_CURVATURE
from aecodec.train.grid.curvature import FACTORS, scaled
from aecodec.train.grid.fitting import searched_cost
from aecodec.zoo import load_model
from tests.train.grid.runs import waves

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("best", FACTORS)
def test_the_factor_of_least_cost_is_taken(best: float) -> None:
    found = np.array([1, 2, 300, MOST_CURVATURE], np.int32)

    def cost(weighed: Integers32) -> float:
        assert weighed.dtype == np.int32 and weighed.min() >= 1 and weighed.max() <= MOST_CURVATURE
        return abs(int(weighed[2]) / 300 - best)

    weighed, factor = scaled(found, cost)
    assert factor == best and weighed[2] == round(300 * best) and weighed[0] == max(1, round(best))


def test_the_cost_is_of_payloads_and_errors_alike() -> None:
    """A search that takes errors for next to nothing has short payloads, and costs more all the same."""
    model = load_model((ROOT / "models" / "general.safetensors").read_bytes())
    pictures = [waves(number, 48, 64) for number in range(2)]
    usual = searched_cost(model.codec, pictures)
    kept = model.codec.networks.curvature.copy()  # type: ignore[attr-defined]
    costs = {}
    try:
        for factor in (0.02, 40.0):
            model.codec.networks.curvature[:] = np.clip(kept * factor, 1, MOST_CURVATURE)  # type: ignore[attr-defined]
            costs[factor] = searched_cost(model.codec, pictures)
    finally:
        model.codec.networks.curvature[:] = kept  # type: ignore[attr-defined]
    assert usual < min(costs.values())
