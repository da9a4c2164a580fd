"""Lossy files of drawings: altered pixels where these cost less than the general model's latents."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec import Encoded, Options, compress_all
from aecodec.codec.altering import _costs
from aecodec.codec.apart import compress_apart
from aecodec.codec.decode import Decoder
from aecodec.codec.distortion import visible_mse
from aecodec.zoo import Role, Zoo
from formats.vectors_maker.drawings import icon, plot, text
from tests.conftest import ROOT
from tests.drawings.model import Picture

ZOO = Zoo(ROOT / "models")


def coded(pictures: list[Picture], *, many: bool = True, **options: Any) -> Encoded:
    return compress_all(pictures, Options(**options), ZOO, many=many)


def badge(seed: int, side: int = 48) -> Picture:
    """Rings in plain colours, smooth at their edges."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] - side / 2 + 0.5
    away, found = np.hypot(x, y)[..., None], np.full((side, side, 3), 255.0)
    for radius in (side / 2.2, side / 3, side / 6):
        share = np.clip(radius - away + 0.5, 0, 1)
        found = (1 - share) * found + share * random.integers(0, 256, 3)
    return found.astype(np.uint8)


def photograph(seed: int) -> Picture:
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :72]
    waves = [90 * np.sin(x / 11 + k) * np.cos(y / (9 + k)) + 128 + random.normal(0, 6, x.shape) for k in range(3)]
    return np.stack(waves, -1).clip(0, 255).astype(np.uint8)


def worn(picture: Picture) -> Picture:
    """The same, some pixels a little darker."""
    darker = np.random.default_rng(9).integers(0, 4, picture.shape) // 3
    return (picture - np.minimum(picture, darker)).astype(np.uint8)


BADGES = [badge(seed) for seed in range(6)]
WORN = [worn(badge) for badge in BADGES]


def by(found: Encoded) -> Role | None:
    return None if found.model is None else found.model.role


@pytest.mark.parametrize("quality", [40, 80])
def test_drawings_cost_less_and_are_better(quality: int) -> None:
    general = coded(BADGES, quality=quality, model="general")
    found = coded(BADGES, quality=quality)
    assert by(found) is Role.PIXELS and not found.exact and found.quality == quality
    ours, others = _costs([found, general], BADGES, quality)
    assert ours < others and found.mse < general.mse
    back = list(Decoder(found.data, ZOO))
    assert [visible_mse(a, b) for a, b in zip(BADGES, back, strict=True)] == found.errors
    told = aecodec.inspect(found.data)
    assert (told.lossless, told.quality) == (False, quality) and found.data[7] in (0xF3, 0xF4)
    assert not Decoder(found.data, ZOO).is_exact


@pytest.mark.parametrize(
    ("pictures", "options"),
    [
        ([photograph(1)], {}),
        (BADGES, {"model": "general"}),
        (BADGES, {"effort": 0}),
    ],
)
def test_what_stays_with_the_general_model(pictures: list[Picture], options: dict[str, Any]) -> None:
    """Photographs, whoever names it, and where no search is asked for."""
    assert by(coded(pictures, quality=50, **options)) is Role.GENERAL


def test_a_bound_on_distortion_is_met() -> None:
    found = coded(WORN, min_psnr=36)
    assert by(found) is Role.PIXELS and max(found.errors) <= Options(min_psnr=36).largest_mse
    assert len(found.data) < len(coded(WORN, lossless=True).data)


def test_a_bound_on_size_is_met() -> None:
    most = len(coded(WORN, lossless=True).data) * 2 // 3
    found = coded(WORN, max_bytes=most)
    assert by(found) is Role.PIXELS and len(found.data) <= most
    assert found.mse < coded(WORN, max_bytes=most, model="general").mse


def test_alpha_is_kept_and_planes_that_are_the_same() -> None:
    grey = text(3, 40, 50, 1)
    pictures = [icon(1), np.stack([grey] * 3, -1), text(4, 33, 28, 2), plot(5, 50, 60)]
    found = coded(pictures, quality=30)
    assert by(found) is Role.PIXELS
    for picture, back in zip(pictures, Decoder(found.data, ZOO), strict=True):
        assert back.shape == picture.shape
        if back.ndim == 3 and back.shape[2] % 2 == 0:
            assert (back[..., -1] == picture[..., -1]).all()


def test_one_by_one_they_are_the_same() -> None:
    pictures = [BADGES[0], photograph(2), plot(6, 40, 44)]
    apart = compress_apart(pictures, Options(quality=45), ZOO)
    alone = [coded([picture], many=False, quality=45).data for picture in pictures]
    assert [each.data for each in apart if isinstance(each, Encoded)] == alone
    assert aecodec.inspect(alone[0]).model != aecodec.inspect(alone[1]).model


def test_an_exact_file_where_that_is_no_larger() -> None:
    """Of plain colours there is nothing to gain; unless a quality is asked for, nothing is altered."""
    picture = np.kron(np.arange(12, dtype=np.uint8).reshape(3, 4) * 20, np.ones((16, 16), np.uint8))
    assert coded([picture], many=False).exact
