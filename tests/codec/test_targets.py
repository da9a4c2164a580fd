"""Bounds on size and distortion: met by the best file there is, or refused with the nearest."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec
from aecodec.codec import Options, compress_all, mse, psnr
from aecodec.errors import UsageError
from aecodec.zoo import Zoo, load_model
from tests.checks import check_error, tiles_of
from tests.codec.attempts import EXACT, WAYS, Line, bounded, steady_error, steady_size
from tests.codec.samples import ALL, FILES, MODEL, read
from tests.conftest import ROOT
from tests.made import made_model, strokes

TARGETS = [
    {"max_mse": 0.3},
    {"max_mse": 0.12},
    {"min_psnr": 6.0},
    {"max_bytes": 150},
    {"max_bytes": 400, "max_mse": 0.2},
]


@pytest.mark.parametrize("options", [*TARGETS, {"latent_dim": 8, "max_mse": 0.3}, {"max_mse": 1e-9}, {"max_bytes": 12}])
@pytest.mark.parametrize("kind", ["strokes", "domain", "one"])
def test_targets_are_met_or_refused(kind: str, options: dict[str, Any], models: list[Path]) -> None:
    pictures = {
        "strokes": list(strokes(6, 8, 8)),
        "domain": list(tiles_of(MODEL, 6)),
        "one": [tiles_of(MODEL, 1)[0]],
    }[kind]
    try:
        found = compress_all(pictures, Options(**options), Zoo(models), many=True)
    except UsageError as error:
        assert "nearest" in str(error)
        assert options == {"max_bytes": 12} or kind == "strokes"
        return
    decoded = read(found.data, models)
    worst = max(mse(a, b) for a, b in zip(pictures, decoded, strict=True))
    assert worst <= options.get("max_mse", 1)
    assert psnr(worst) >= options.get("min_psnr", 0)
    assert len(found.data) <= options.get("max_bytes", len(found.data))
    assert options != {"max_bytes": 12}, "this cannot be met"
    assert found.exact == aecodec.inspect(found.data).lossless
    assert found.exact or options != {"max_mse": 1e-9}, "only an exact file meets this"


def test_the_best_of_models_is_taken(models: list[Path]) -> None:
    pictures = list(tiles_of(load_model(FILES["made-8"]), 5))
    found = compress_all(pictures, Options(max_mse=0.9), Zoo(models), many=True)
    assert found.model is not None and found.model.id == "made-8"
    largest = compress_all(pictures, Options(max_bytes=10_000), Zoo(models), many=True)
    assert largest.exact and largest.mse == 0


@pytest.mark.parametrize("bound", [0.008, 0.016, 0.0171, 0.02, 0.0301, 0.03125, 0.04, 0.126, 0.2, 0.25, 1.0])
def test_a_bound_on_distortion_takes_the_smallest_file(bound: float, ladder: Zoo) -> None:
    """The smallest of all models and qualities, in few attempts: not that of the first model that is good enough."""
    line = Line(steady_size, steady_error)
    found = bounded(line, ladder, max_mse=bound)
    assert max(found.errors) <= bound
    assert len(found.data) == min(steady_size(*way) for way in WAYS if steady_error(*way) <= bound)
    assert len(line.tried) <= 1 + 2 + 3 + 7


@pytest.mark.parametrize("bound", [80, 81, 100, 130, 159, 160, 416, 417, 448, 640, 831, 832, 1000, 1280, 5999])
def test_a_bound_on_size_takes_the_lowest_mse(bound: int, ladder: Zoo) -> None:
    """The lowest of all models and qualities, in few attempts: a large model at a low quality is no good choice."""
    line = Line(steady_size, steady_error)
    found = bounded(line, ladder, max_bytes=bound)
    assert len(found.data) <= bound
    assert found.mse == min(1.5 * steady_error(*way) / 2 for way in WAYS if steady_size(*way) <= bound)
    assert len(line.tried) <= 1 + 2 + 3 + 7


def test_exact_coding_is_one_of_the_ways(ladder: Zoo) -> None:
    """Where it is the smallest, or fits; not where a model is named, which then is what the file is of."""
    line = Line(steady_size, steady_error, exact=600)
    assert bounded(line, ladder, max_mse=0.02).exact
    assert not bounded(line, ladder, max_mse=0.04).exact  # 32, in fewer bytes
    assert bounded(line, ladder, max_mse=1e-12, max_bytes=600).exact
    line.tried.clear()
    assert bounded(line, ladder, max_bytes=600).exact
    assert line.tried == [EXACT]  # nothing can be better
    line.tried.clear()
    assert not bounded(line, ladder, max_bytes=599).exact
    assert not bounded(line, ladder, latent_dim=64, max_mse=0.02).exact
    assert not bounded(line, ladder, model="rung-64", max_bytes=900).exact
    assert line.tried.count(EXACT) == 1


def test_no_more_is_tried_than_can_be_better(ladder: Zoo) -> None:
    line = Line(steady_size, steady_error, exact=10)
    assert bounded(line, ladder, max_mse=0.018).exact
    assert len(line.tried) <= 6


def test_exact_coding_is_tried_without_a_model_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path)
    (tmp_path / "rung-64.safetensors").write_bytes(made_model("rung-64"))
    line = Line(steady_size, steady_error, exact=1)
    assert bounded(line, Zoo([tmp_path]), max_mse=0.02).exact
    (tmp_path / "rung-exact.safetensors").write_bytes(b"no model")  # what it would have done is not known
    line = Line(steady_size, steady_error, exact=1)
    assert not bounded(line, Zoo([tmp_path]), max_mse=0.02).exact and EXACT not in line.tried


def test_the_best_of_the_attempts_is_kept(ladder: Zoo) -> None:
    """Where a lower quality happens to be larger, or a higher one worse, the bisection does not fall for it."""
    line = Line(lambda dim, q: 100 + q if q > 40 else 500 - q, lambda dim, q: 0.01)
    assert len(bounded(line, ladder, max_mse=0.5).data) == 150
    line = Line(lambda dim, q: 100 + q, lambda dim, q: 0.05 if q > 60 else 0.01)
    assert bounded(line, ladder, latent_dim=64, max_bytes=190).mse == pytest.approx(0.0075)


def test_both_bounds(ladder: Zoo) -> None:
    line = Line(lambda dim, q: {8: 900, 32: 300, 64: 700}[dim] + q, steady_error)
    found = bounded(line, ladder, max_mse=0.06, max_bytes=350)
    assert len(found.data) == 308 and max(found.errors) <= 0.06
    message = check_error(UsageError, lambda: bounded(line, ladder, max_mse=0.06, max_bytes=299))
    assert "the nearest file is 308 bytes" in message
    line.exact = 305
    assert bounded(line, ladder, max_mse=0.06, max_bytes=350).exact
    message = check_error(UsageError, lambda: bounded(line, ladder, max_mse=0.06, max_bytes=299))
    assert "the nearest file is 305 bytes, exact; loosen it" in message


@pytest.mark.parametrize("bound", [0.0079, 0.01, 0.0125, 0.0156])
def test_where_the_best_quality_is_not_good_enough_the_slope_is_bisected(bound: float, ladder: Zoo) -> None:
    line = Line(steady_size, steady_error)
    found = bounded(line, ladder, latent_dim=64, max_mse=bound)
    assert found.quality is None and max(found.errors) <= bound
    ways = [(64, q) for q in range(104, 201, 16) if steady_error(64, q) <= bound]
    assert len(found.data) == steady_size(*ways[0])
    assert line.tried[0] == (64, 100) and len(line.tried) <= 4


@pytest.mark.parametrize(
    ("options", "nearest", "advice"),
    [
        ({"max_bytes": 79}, "80 bytes, with an MSE of up to 0.248750", "loosen it"),
        ({"max_bytes": 600, "latent_dim": 64}, "640 bytes", "loosen it, or name no model, so that all are tried"),
        ({"max_bytes": 79, "max_mse": 0.3, "latent_dim": 64}, "80 bytes, with an MSE of up to 0.248750", "loosen it"),
    ],
)
def test_a_target_out_of_reach_names_the_nearest(
    options: dict[str, Any], nearest: str, advice: str, ladder: Zoo
) -> None:
    """And advises nothing that cannot help, as another model where all were tried."""
    line = Line(steady_size, steady_error)
    message = check_error(UsageError, lambda: bounded(line, ladder, **options))
    assert f"the nearest file is {nearest}" in message and message.endswith(f"; {advice}")


def test_a_target_is_met_at_a_lower_quality(models: list[Path]) -> None:
    """The same with pictures: smaller than quality 100, and within the bound."""
    pictures = list(tiles_of(MODEL, 30, seed=8))
    best = compress_all(pictures, Options(latent_dim=64), Zoo(models), many=True)
    for options in ({"max_mse": 50 * max(best.errors)}, {"max_bytes": int(0.6 * len(best.data))}):
        found = compress_all(pictures, Options(latent_dim=64, **options), Zoo(models), many=True)
        assert len(found.data) < len(best.data) and found.quality is not None and found.quality < 100
        decoded = read(found.data, models)
        worst = max(mse(a, b) for a, b in zip(pictures, decoded, strict=True))
        assert worst <= options.get("max_mse", 1) and len(found.data) <= options.get("max_bytes", len(best.data))


@pytest.mark.parametrize("latent_dim", [16, 32, 64])
def test_a_target_is_met_no_worse_than_by_a_shipped_model(latent_dim: int) -> None:
    """A scan under the bounds that one model's file sets: as small and as good at least, and exact where that is."""
    scan = np.load(ROOT / "formats/vectors/valid/mnist-exact-native.npy")
    zoo = Zoo(ROOT / "models")
    one = compress_all([scan], Options(latent_dim=latent_dim), zoo, many=False)
    exact = compress_all([scan], Options(lossless=True), zoo, many=False)
    within = compress_all([scan], Options(max_bytes=len(one.data)), zoo, many=False)
    assert len(within.data) <= len(one.data) and within.mse <= one.mse
    good = compress_all([scan], Options(max_mse=one.mse), zoo, many=False)
    assert len(good.data) <= min(len(one.data), len(exact.data)) and good.mse <= one.mse


@pytest.mark.parametrize("lossless", [True, False])
def test_reported_errors_are_measured_errors(lossless: bool, models: list[Path]) -> None:
    found = compress_all(ALL, Options(lossless=lossless), Zoo(models), many=True)
    decoded = read(found.data, models)
    measured = [measured_error(a, b) for a, b in zip(ALL, decoded, strict=True)]
    np.testing.assert_allclose(found.errors, measured, rtol=1e-9, atol=0)
    assert math.isclose(found.mse, float(np.mean(measured)), rel_tol=1e-9) and (found.mse == 0) == lossless
    assert found.pixels == sum(picture.shape[0] * picture.shape[1] for picture in ALL)


def measured_error(picture: NDArray[np.uint8], decoded: NDArray[np.uint8]) -> float:
    """The mean squared error, of a picture with alpha that of its colours where alpha is not 0."""
    ours, theirs = picture / 255, decoded / 255
    if picture.ndim == 3 and picture.shape[2] in (2, 4):
        seen = picture[..., -1] > 0
        ours, theirs = ours[seen][:, :-1], theirs[seen][:, :-1]
    return float(((ours - theirs) ** 2).mean())


def test_psnr() -> None:
    assert psnr(0) == math.inf and psnr(1) == 0 and math.isclose(psnr(0.001), 30)
    assert mse(np.array([0, 255], np.uint8), np.array([255, 255], np.uint8)) == 0.5
    assert Options(min_psnr=20).largest_mse == pytest.approx(0.01)
