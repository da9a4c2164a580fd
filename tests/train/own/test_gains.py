"""What a model saves is the difference of whole files; what ships is measured once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.train.own import gains
from aecodec.train.own.gains import ALTERED, EXACT_TOGETHER, Comparison
from aecodec.train.own.release import Bases, shipped_bases
from tests.train.own.pictures import icon

pytestmark = pytest.mark.usefixtures("one_thread")
_HELD = [icon(seed, 20, 20)[..., :3].copy() for seed in range(3)]


@pytest.fixture(scope="module")
def bases() -> Bases:
    return shipped_bases()


def test_the_model_that_ships_saves_nothing(bases: Bases) -> None:
    compared = Comparison(bases.general, bases.grid, bases.pixels, _HELD)
    found = compared.exact(bases.pixels)
    assert [gain.way for gain in found.gains] == [EXACT_TOGETHER, "exact, a file each", ALTERED]
    assert [gain.saved for gain in found.gains] == [0.0, 0.0, 0.0]
    assert found == compared.unchanged()
    size = len(encode(_HELD, Plan(bases.pixels, True, 3), many=True).data)
    assert found.gains[0].before == size / len(_HELD)


def test_what_ships_is_measured_once(bases: Bases, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def noted(pictures: Any, plan: Plan, **options: Any) -> Any:
        asked.append(plan.model)
        return encode(pictures, plan, **options)

    monkeypatch.setattr(gains, "encode", noted)
    compared = Comparison(bases.general, bases.grid, bases.pixels, _HELD)
    own = replace(bases.pixels)
    first = compared.exact(own)
    assert sum(model is bases.pixels for model in asked) == sum(model is own for model in asked) == 5
    assert compared.exact(own) == first and compared.unchanged().curve == first.curve
    assert sum(model is bases.pixels for model in asked) == 5
