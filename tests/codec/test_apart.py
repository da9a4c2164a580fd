"""Many pictures to a file each: the bytes that each has alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec import Options
from aecodec.codec.apart import compress_apart
from aecodec.codec.choose import knows, knows_each
from aecodec.errors import LimitError, ModelError
from aecodec.zoo import Zoo
from tests.checks import check_error
from tests.codec.samples import MODEL, PICTURES, Picture, exact_tiles, noise
from tests.made import strokes

SOME: list[Picture] = [*strokes(9, 8, 8), noise(8, 8), *PICTURES.values(), *exact_tiles(3), strokes(1, 8, 8)[0]]
WAYS: dict[str, dict[str, Any]] = {
    "unasked": {},
    "a search": {"effort": 2, "quality": 40},
    "a model": {"model": "made-8", "effort": 0},
    "exact": {"lossless": True},
    "exact, quick": {"lossless": True, "effort": 0},
    "exact by a model": {"lossless": True, "model": "made-784"},
    "in layers": {"lossless": True, "progressive": True, "model": "made-64"},
    "a target": {"max_bytes": 400, "effort": 0},
}


@pytest.mark.parametrize("way", WAYS)
def test_each_has_the_bytes_that_it_has_alone(way: str, models: list[Path]) -> None:
    some = SOME if way != "in layers" else SOME[:3]
    found = compress_apart(some, Options(**WAYS[way]), Zoo(models))
    for picture, result in zip(some, found, strict=True):
        try:
            alone: Any = aecodec.compress(picture, model_path=models, **WAYS[way])
        except aecodec.AecError as error:
            alone = str(error)
        assert (str(result) if isinstance(result, aecodec.AecError) else result.data) == alone


def test_models_are_told_together_as_alone() -> None:
    told = knows_each(MODEL, SOME)
    assert told == [knows(MODEL, [picture]) for picture in SOME]
    assert any(told) and not all(told)


def test_they_are_worked_on_together(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """One walk through the latents, whatever the number of pictures."""
    counts: list[int] = []
    prior = type(MODEL.tiles.networks.prior)
    real = prior.start
    monkeypatch.setattr(prior, "start", lambda self, count: counts.append(count) or real(self, count))
    compress_apart(SOME[:7], Options(model="made-8", effort=0), Zoo(models))
    assert counts == [7]


def test_what_is_wrong_with_one_is_its_own(models: list[Path]) -> None:
    wide = np.broadcast_to(np.uint8(0), (1, 40_000))
    found = compress_apart([SOME[0], wide, SOME[1]], Options(effort=0), Zoo(models))
    assert isinstance(found[1], LimitError)
    for picture, result in zip(SOME[:2], found[::2], strict=True):
        assert not isinstance(result, aecodec.AecError)
        assert result.data == aecodec.compress(picture, effort=0, model_path=models)


def test_without_a_model_there_is_none_for_any(models: list[Path]) -> None:
    check_error(ModelError, lambda: compress_apart(SOME, Options(model="none-such"), Zoo(models)))
