"""Colours under an alpha of 0: nobody sees them, so a lossy file neither pays for them nor counts their error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec
from aecodec.codec import Options, compress_all, mse, visible_mse
from aecodec.codec.hidden import filled, seen_in
from aecodec.container import parse
from aecodec.zoo import Zoo
from tests.checks import check_same
from tests.codec.samples import noise, read
from tests.conftest import ROOT
from tests.made import made_grid_model

Picture = NDArray[np.uint8]
WAYS = ("tiles", "grid")


def ring(height: int, width: int, channels: int, seed: int = 1) -> Picture:
    """A slope of colours that can be seen between two circles, over noise that cannot."""
    y, x = np.mgrid[:height, :width]
    away = np.hypot(y - height / 2, x - width / 2) / max(height, width)
    picture = noise(height, width, channels, seed=seed)
    seen = (away > 0.15) & (away < 0.4)
    picture[..., :-1][seen] = np.stack([3 * y + x + 40 * n for n in range(channels - 1)], -1)[seen] % 256
    picture[..., -1] = np.where(seen, np.where(away > 0.35, 100, 255), 0)
    return picture


def with_hidden(picture: Picture, value: int) -> Picture:
    found = picture.copy()
    found[..., :-1][found[..., -1] == 0] = value
    return found


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, models: list[Path], tmp_path: Path) -> tuple[Options, Zoo]:
    """A model of tiles, and one of a grid."""
    if request.param == "tiles":
        return Options(model="made-64"), Zoo(models)
    (tmp_path / "made-grid.safetensors").write_bytes(made_grid_model())
    return Options(model="made-grid", quality=80), Zoo([tmp_path])


@pytest.mark.parametrize("channels", [2, 4])
def test_what_is_hidden_makes_no_difference(way: tuple[Options, Zoo], channels: int) -> None:
    """The same file, whatever lies there, and the same error, which is that of the colours that can be seen."""
    picture = ring(40, 33, channels)
    options, zoo = way
    files = [
        compress_all([each], options, zoo, many=False)
        for each in (picture, with_hidden(picture, 0), with_hidden(picture, 255))
    ]
    assert len({found.data for found in files}) == 1
    assert len({found.mse for found in files}) == 1
    decoded = aecodec.decompress(files[0].data, model_path=zoo.folders)
    check_same(decoded[..., -1], picture[..., -1])
    seen = picture[..., -1] > 0
    error = (decoded[seen].astype(int) - picture[seen])[:, :-1]
    assert files[0].mse == pytest.approx(np.square(error).mean() / 255**2) and files[0].mse > 0


def test_it_costs_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the general model: a third of the bytes that the noise under it would take, at no lower quality."""
    zoo, options, picture = Zoo(ROOT / "models"), Options(quality=60), ring(64, 64, 4)
    found = compress_all([picture], options, zoo, many=False)
    monkeypatch.setattr("aecodec.codec.blocks.filled", lambda picture: picture)
    before = compress_all([picture], options, zoo, many=False)
    assert found.payload < before.payload / 3 and found.mse < before.mse


def test_equal_planes_are_found_under_hidden_colours(models: list[Path]) -> None:
    """Grey but for what is hidden: one plane is coded for three."""
    picture = ring(16, 16, 4)
    picture[..., :3][picture[..., 3] > 0] = 90
    data = aecodec.compress(picture, model="made-64", model_path=models)
    shapes = parse(data).header.shapes
    assert shapes is not None and shapes[0].equal
    decoded = read(data, models)
    check_same(decoded[..., 0], decoded[..., 2])


@pytest.mark.parametrize("options", [{"lossless": True}, {"lossless": True, "progressive": True, "model": "made-64"}])
def test_exact_files_keep_everything(options: dict[str, Any], models: list[Path]) -> None:
    picture = ring(20, 18, 4)
    check_same(read(aecodec.compress(picture, model_path=models, **options), models), picture)


def test_bounds_are_over_what_can_be_seen(models: list[Path]) -> None:
    """A bound just above the error that can be seen is met, which that of all samples exceeds."""
    picture = ring(40, 40, 2)
    best = compress_all([picture], Options(model="made-64"), Zoo(models), many=False)
    (decoded,) = [read(best.data, models)]
    assert mse(picture, decoded) > best.mse
    found = compress_all([picture], Options(model="made-64", max_mse=best.mse), Zoo(models), many=False)
    assert not found.exact and found.mse <= best.mse


def test_nothing_to_see(models: list[Path]) -> None:
    """A picture that is hidden everywhere has no error, and its alpha comes back."""
    picture = noise(12, 10, 4)
    picture[..., 3] = 0
    found = compress_all([picture], Options(model="made-64"), Zoo(models), many=False)
    assert found.mse == 0 and not found.exact
    check_same(read(found.data, models)[..., 3], picture[..., 3])


class TestFill:
    @pytest.mark.parametrize("shape", [(9, 7), (9, 7, 3)])
    def test_pictures_without_alpha_are_left_alone(self, shape: tuple[int, ...]) -> None:
        picture = noise(*shape)
        assert seen_in(picture) is None and filled(picture) is picture

    def test_opaque_pictures_are_left_alone(self) -> None:
        picture = noise(9, 7, 4) | np.uint8(1)
        assert filled(picture) is picture

    @pytest.mark.parametrize("shape", [(1, 1, 2), (1, 9, 4), (13, 1, 2), (31, 18, 4), (64, 64, 4)])
    @pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
    def test_what_can_be_seen_stays(self, shape: tuple[int, ...], share: float) -> None:
        picture = noise(*shape)
        picture[..., -1] = np.random.default_rng(3).random(shape[:2]) < share
        found = filled(picture)
        check_same(found[..., -1], picture[..., -1])
        seen = picture[..., -1] > 0
        check_same(found[seen], picture[seen])
        if seen.any():
            low, high = picture[seen][:, :-1].min(0), picture[seen][:, :-1].max(0)
            assert (found[..., :-1] >= low).all() and (found[..., :-1] <= high).all()

    def test_it_is_smooth(self) -> None:
        """Between two flat sides it climbs without a jump."""
        picture = np.zeros((20, 64, 2), np.uint8)
        picture[:, :8], picture[:, 56:] = (40, 255), (200, 255)
        steps = np.diff(filled(picture)[..., 0].astype(int), axis=1)
        assert np.abs(steps).max() <= 14 and (steps >= -1).all()

    def test_a_constant_stays_one(self) -> None:
        picture = with_hidden(ring(37, 50, 4), 3)
        picture[..., :3][picture[..., 3] > 0] = (7, 80, 201)
        assert (filled(picture)[..., :3] == (7, 80, 201)).all()


def test_the_error_is_counted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, decoded = ring(30, 20, 4), ring(30, 20, 4, seed=2)
    decoded[..., :3] //= 2
    whole = visible_mse(picture, decoded)
    monkeypatch.setattr("aecodec.codec.distortion._CHUNK", 100)
    seen = picture[..., -1] > 0
    expected = np.square(picture[seen][:, :3].astype(int) - decoded[seen][:, :3]).mean() / 255**2
    assert visible_mse(picture, decoded) == whole == pytest.approx(expected)
