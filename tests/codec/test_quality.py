"""Quality: what it means, and that a lower one is smaller and worse."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import aecodec
from aecodec.codec import Options, compress_all, visible_mse
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.lossy import refine
from aecodec.lossy.quality import lmbda_at, spread, step_at
from aecodec.zoo import Zoo
from tests.checks import check_same, tiles_of
from tests.codec.samples import ALL, FILES, MODEL, PICTURES, check_lossy, read


def test_what_quality_means() -> None:
    """The integers of :mod:`aecodec.lossy.quality` against its definition in floating point."""
    for quality in range(101):
        t = 8 ** ((100 - quality) / 100)
        distances = [abs(math.log(step / t)) for step in range(1, 9)]
        assert sorted(distances)[1] - min(distances) > 1e-3  # no border is near: floats can judge
        assert distances[step_at(quality) - 1] == min(distances)
        for slope in (1, 63, 64, 1000, 54321, 1 << 18, 1 << 30):
            assert abs(lmbda_at(quality, slope) - max(1, slope / t**2)) <= 0.5 + 1e-6
        assert math.isclose(spread(quality), t**1.5)


def test_what_is_beyond_quality_100() -> None:
    """Only the slope goes on, by the same power, to 64 times the model's."""
    for quality in range(101, 201):
        assert step_at(quality) == 1
        for slope in (1, 1000, 1 << 30):
            expected = slope * 64 ** ((quality - 100) / 100)
            assert math.isclose(lmbda_at(quality, slope), expected, rel_tol=1e-9, abs_tol=0.5 + 1e-6)
    assert lmbda_at(200, 54321) == 64 * 54321


def test_golden_qualities() -> None:
    steps = [step_at(quality) for quality in range(0, 101, 10)]
    assert steps == [8, 7, 5, 4, 4, 3, 2, 2, 2, 1, 1]
    assert [lmbda_at(quality, 1 << 18) for quality in (0, 25, 50, 75, 99, 100)] == [
        4096, 11585, 32768, 92682, 251465, 262144,
    ]  # fmt: skip
    assert [lmbda_at(50, slope) for slope in (1, 3, 4, 11, 12, 13)] == [1, 1, 1, 1, 2, 2]  # an eighth, halves up


def test_the_best_quality_is_the_default(models: list[Path]) -> None:
    for pictures in (ALL[0], ALL[:6]):
        data = aecodec.compress(pictures, model_path=models)
        assert aecodec.compress(pictures, quality=100, model_path=models) == data
        assert aecodec.inspect(data).step == 1 and not data[2] & 0x20


@pytest.mark.parametrize("quality", [0, 23, 47, 80])
def test_pictures_of_a_quality(quality: int, tmp_path: Path) -> None:
    """One and many, with the same model alone."""
    (tmp_path / "made-64.safetensors").write_bytes(FILES["made-64"])
    alone = [tmp_path]
    model = Zoo(alone).by_id("made-64").tiles.networks
    found = compress_all(ALL, Options(quality=quality), Zoo(alone), many=True)
    assert found.quality == quality
    info = aecodec.inspect(found.data)
    assert (info.step, info.model) == (step_at(quality), MODEL.fingerprint.hex())
    decoded = read(found.data, alone)
    for picture, original in zip(decoded, ALL, strict=True):
        check_lossy(picture, original)
    np.testing.assert_allclose(found.errors, [visible_mse(a, b) for a, b in zip(ALL, decoded, strict=True)])
    for name in ("native", "rgba", "57x13"):
        one = aecodec.compress(PICTURES[name], quality=quality, model_path=alone)
        check_same(read(one, alone), decoded[list(PICTURES).index(name)])
    tile = PICTURES["native"][None]
    coarse = model.at_step(step_at(quality))
    symbols = refine(coarse, tile, coarse.analyse(tile), lmbda_at(quality, MODEL.tiles.lmbda), DEFAULT_EFFORT)
    check_same(decoded[list(PICTURES).index("native")], model.synthesise(symbols)[0])


def test_lower_quality_is_smaller_and_worse(models: list[Path]) -> None:
    pictures = list(tiles_of(MODEL, 60, seed=8))
    found = [compress_all(pictures, Options(quality=q), Zoo(models), many=True) for q in (100, 75, 50, 25, 0)]
    sizes, errors = [len(each.data) for each in found], [each.mse for each in found]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < 0.5 * sizes[0]
    assert errors == sorted(errors) and errors[-1] > 1.5 * errors[0]
