"""What is refused of 16 bits: each in one line that says what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.errors import AecError, ModelError, UnsupportedError
from formats.vectors_maker.deep import sensed
from tests.checks import check_error

FRAME = sensed(810, 24, 20)
GREY = np.zeros((24, 20), np.uint8)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"quality": 30},
        {"max_mse": 0.01},
        {"min_psnr": 40},
        {"max_bytes": 9000},
        {"latent_dim": 16},
        {"lossless": True, "progressive": True},
    ],
)
def test_lossy(options: dict[str, Any]) -> None:
    for pictures in (FRAME, [FRAME, FRAME]):
        message = check_error(UnsupportedError, lambda given=pictures: aecodec.compress(given, **options))
        assert "use lossless alone" in message and "\n" not in message


def test_behind_a_picture_of_8_bits() -> None:
    for options, words in (({}, "use lossless alone"), ({"lossless": True}, "compress them separately")):
        for pictures in ([GREY, FRAME], [FRAME, GREY]):
            found = check_error(UnsupportedError, lambda a=pictures, b=options: aecodec.compress(a, **b))
            assert words in found or "use lossless alone" in found


@pytest.mark.parametrize("options", [{"latent_dim": 784}, {"model": "mnist-784"}, {"model": "general"}])
def test_models_of_other_kinds(options: dict[str, Any]) -> None:
    error: type[AecError] = ModelError
    message = check_error(error, lambda: aecodec.compress(FRAME, lossless=True, **options))
    assert "cannot keep 16-bit pictures" in message and f"leave {next(iter(options))} out" in message


@pytest.mark.parametrize("kind", [np.uint32, np.int16, np.float16, np.float32])
def test_other_types(kind: type[Any]) -> None:
    message = check_error(UnsupportedError, lambda: aecodec.compress(FRAME.astype(kind), lossless=True))
    assert "aecodec takes uint8 and uint16" in message
