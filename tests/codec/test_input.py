"""What goes in: layouts of arrays, pictures that are refused, and arguments that contradict each other."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec import Encoded, Options
from aecodec.errors import LimitError, UnsupportedError, UsageError
from tests.checks import check_error, check_same
from tests.codec.samples import ALL, noise, read


def test_any_layout_of_an_array(models: list[Path]) -> None:
    wide = noise(40, 40, 3)
    for picture in (
        wide[::2, ::3],
        wide[:, :, 1],
        wide[..., ::-1],
        np.asfortranarray(wide[..., 0]),
        wide[..., :1],
    ):
        expected = picture[..., 0] if picture.shape[2:] == (1,) else picture
        check_same(read(aecodec.compress(picture, lossless=True), models), expected)
        before = picture.copy()
        aecodec.compress(picture, model_path=models)
        check_same(picture, before)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4), np.uint32),
        np.zeros((4, 4), bool),
        np.zeros((4, 4), np.int8),
        np.zeros(4, np.uint8),
        np.zeros((), np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros((4, 0), np.uint8),
        np.zeros((4, 4, 0), np.uint8),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
    ],
)
def test_refused_pictures(picture: Any, models: list[Path]) -> None:
    check_error(UnsupportedError, lambda: aecodec.compress(picture, lossless=True))
    check_error(UnsupportedError, lambda: aecodec.compress([ALL[0], picture], model_path=models))


def test_pictures_too_large(models: list[Path]) -> None:
    """Refused before any tile is made."""
    one = np.zeros((1, 1), np.uint8)
    for shape in ((32769, 1), (1, 32769), (32768, 2731)):
        large = np.broadcast_to(one, shape)
        check_error(LimitError, lambda p=large: aecodec.compress(p, lossless=True))


WHOLE = ("latent_dim", "effort", "quality", "max_bytes", "jobs")


@pytest.mark.parametrize(
    ("pictures", "options"),
    [
        ([], {}),
        ((), {"lossless": True}),
        (ALL[0], {"names": ["a"]}),
        (ALL[:2], {"names": ["a"]}),
        (ALL[:2], {"names": []}),
        (ALL[:2], {"names": ["a", "a"]}),
        (ALL[:2], {"names": ["a", "../b"]}),
        (ALL[0], {"latent_dim": 64, "model": "made-64"}),
        (ALL[0], {"max_mse": 0.1, "min_psnr": 10.0}),
        (ALL[0], {"lossless": True, "max_mse": 0.1}),
        (ALL[0], {"lossless": True, "max_bytes": 100}),
        (ALL[0], {"lossless": True, "min_psnr": 9.0}),
        (ALL[0], {"effort": -1}),
        (ALL[0], {"effort": 10}),
        (ALL[0], {"max_mse": 0.0}),
        (ALL[0], {"max_mse": -1.0}),
        (ALL[0], {"max_mse": math.nan}),
        (ALL[0], {"max_mse": math.inf}),
        (ALL[0], {"min_psnr": math.inf}),
        (ALL[0], {"min_psnr": math.nan}),
        (ALL[0], {"max_bytes": 0}),
        (ALL[0], {"quality": -1}),
        (ALL[0], {"quality": 101}),
        (ALL[0], {"quality": 50, "lossless": True}),
        (ALL[0], {"quality": 50, "max_mse": 0.1}),
        (ALL[0], {"quality": 0, "min_psnr": 20.0}),
        (ALL[0], {"quality": 100, "max_bytes": 100}),
        *((ALL[0], {name: value}) for name in WHOLE for value in ("6", 60.5, 6.0, True, math.nan, [6], 6j)),
        *((ALL[0], {name: value}) for name in ("max_mse", "min_psnr") for value in ("0.1", True, math.nan, [6], 6j)),
        *((ALL[0], {name: value}) for name in ("max_mse", "min_psnr") for value in (10**400, -(10**400))),
        (ALL[0], {"jobs": None}),
        *((ALL[0], {"model": value}) for value in (64, b"made-64", True)),
    ],
)
def test_contradicting_arguments(pictures: Any, options: dict[str, Any], models: list[Path]) -> None:
    check_error(UsageError, lambda: aecodec.compress(pictures, model_path=models, **options))


@pytest.mark.parametrize(
    ("min_psnr", "largest"),
    [(20, 0.01), (0.0, 1.0), (-10.0, 10.0), (3500.0, 0.0), (1e300, 0.0), (-3500.0, math.inf), (-1e300, math.inf)],
)
def test_any_number_of_decibels_is_a_bound(min_psnr: float, largest: float) -> None:
    assert Options(min_psnr=min_psnr).largest_mse == largest


def test_numbers_of_numpy_and_paths_are_taken(models: list[Path]) -> None:
    options = Options(quality=np.uint8(60), effort=np.int64(0), model=Path("made-64"))  # type: ignore[arg-type]
    assert options == Options(quality=60, effort=0, model="made-64") and type(options.quality) is int
    assert Options(min_psnr=np.float32(20)).largest_mse == Options(min_psnr=20).largest_mse  # type: ignore[arg-type]
    data = aecodec.compress(ALL[0], model=models[0] / "made-64.safetensors", model_path=models)  # type: ignore[arg-type]
    assert data == aecodec.compress(ALL[0], model_path=models)


def test_the_mean_error_is_the_same_in_any_order() -> None:
    """It may choose between two files; NumPy's sums depend on how it cuts them."""
    errors = [0.1, 0.2, 0.3, 1e-17, 0.7] * 999
    for some in (errors, errors[::-1], sorted(errors)):
        assert Encoded(b"", None, 0, errors=some).mse == math.fsum(errors) / len(errors)
