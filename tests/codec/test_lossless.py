"""Lossless pictures: every kind, one and many, exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aecodec
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.errors import ModelError
from aecodec.zoo import load_model, save_model
from tests.checks import check_all_same, check_error, check_same, resealed
from tests.codec.samples import ALL, EXACT_MODEL, PICTURES, Picture, exact_tiles, noise, read
from tests.made import made_tensors, strokes


def check_exact(pictures: Picture | list[Picture], models: list[Path], **options: Any) -> bytes:
    data = aecodec.compress(pictures, lossless=True, model_path=models, **options)
    found = read(data, models)
    check_all_same(found, pictures) if isinstance(pictures, list) else check_same(found, pictures)
    assert aecodec.inspect(data).lossless
    return data


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("latent_dim", [None, 64])
def test_one_lossless_picture(name: str, latent_dim: int | None, models: list[Path]) -> None:
    picture = PICTURES[name]
    data = check_exact(picture, models, latent_dim=latent_dim)
    assert len(data) <= picture.size + 16
    without = check_exact(picture, [])
    assert aecodec.inspect(without).model is None
    plain = len(encode([picture], Plan(None, True, 0), many=False).data)
    assert len(data) <= plain + 4 and len(without) <= plain


@given(
    height=st.integers(1, 57),
    width=st.integers(1, 20),
    channels=st.sampled_from([0, 2, 3, 4]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lossless_noise(height: int, width: int, channels: int, seed: int, models: list[Path]) -> None:
    shape = (height, width, channels) if channels else (height, width)
    picture = noise(*shape, seed=seed)
    assert len(check_exact(picture, models)) <= picture.size + 16


@pytest.mark.parametrize("count", [2, 17, 60])
@pytest.mark.parametrize("kind", ["noise", "strokes", "flat", "1x1", "mixed", "domain"])
def test_many_lossless_pictures(kind: str, count: int, models: list[Path]) -> None:
    pictures = {
        "noise": list(noise(count, 8, 8)),
        "strokes": list(strokes(count, 12, 11)),
        "flat": [np.full((9, 9), value, np.uint8) for value in range(count)],
        "1x1": [np.full((1, 1), value, np.uint8) for value in range(count)],
        "mixed": (ALL * 3)[:count],
        "domain": list(exact_tiles(count)),
    }[kind]
    data = check_exact(pictures, models)
    assert len(data) <= sum(picture.size for picture in pictures) + 16 * count
    if kind == "domain":
        assert aecodec.inspect(data).model == EXACT_MODEL.fingerprint.hex()
        assert len(data) < 0.6 * 64 * count
    index = count // 2
    check_same(read(data, models, index=index), pictures[index])


def test_lossless_with_a_model_that_has_no_residual_coder(tmp_path: Path, models: list[Path]) -> None:
    tensors, description = made_tensors()
    del tensors["residual.costs"]
    description["latent_dim"] = 784
    (tmp_path / "plain-784.safetensors").write_bytes(save_model("plain-784", tensors, description))
    picture = PICTURES["native"]
    options: dict[str, Any] = {"lossless": True, "model_path": [tmp_path]}
    for asked in ({"latent_dim": 784}, {"model": "plain-784"}):
        message = check_error(ModelError, lambda a=asked: aecodec.compress(picture, **a, **options))
        assert f"leave {next(iter(asked))} out, or use latent_dim 784" in message
    # A modelled file that names such a model cannot be decoded.
    data = aecodec.compress(PICTURES["native of the exact model"], lossless=True, model_path=models)
    other = load_model((tmp_path / "plain-784.safetensors").read_bytes()).fingerprint
    forged = resealed(data.replace(EXACT_MODEL.fingerprint, other, 1))
    check_error(ModelError, lambda: read(forged, [tmp_path]))


@pytest.mark.parametrize("lossless", [True, False])
def test_decoded_pictures_can_be_written_to(lossless: bool, models: list[Path]) -> None:
    """And writing to one does not change another."""
    for pictures in ([each.copy() for each in ALL], list(noise(3, 9, 9)), list(strokes(3, 9, 9))):
        data = aecodec.compress(pictures, lossless=lossless, model_path=models)
        found, again = read(data, models), read(data, models)
        for index, each in enumerate(found):
            assert each.flags.writeable and each.flags.c_contiguous
            each[...] ^= 255
            check_all_same(found[index + 1 :], again[index + 1 :])
