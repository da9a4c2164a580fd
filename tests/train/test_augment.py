"""Warped copies: like the originals, not the same, and the same ones every time."""

from __future__ import annotations

import pytest
import torch

from aecodec.train.augment import ENOUGH, _bent, _roughness, enough_copies, warped
from tests.made import strokes

pytestmark = pytest.mark.usefixtures("one_thread")
PICTURES = torch.from_numpy(strokes(60, 28, 24))[:, None]


def test_copies_are_like_their_originals() -> None:
    copies = warped(PICTURES, 3, seed=4)
    assert copies.dtype == torch.uint8 and copies.shape == (180, 1, 28, 24)
    assert _roughness(copies) == pytest.approx(_roughness(PICTURES), rel=0.05)
    assert float(copies.float().mean()) == pytest.approx(float(PICTURES.float().mean()), rel=0.05)
    near = (copies.float() - PICTURES.repeat(3, 1, 1, 1)).square().flatten(1).mean(1).sqrt()
    far = (copies.float() - PICTURES.roll(1, 0).repeat(3, 1, 1, 1)).square().flatten(1).mean(1).sqrt()
    assert (near > 1).all() and float(near.median()) < 0.8 * float(far.median())
    assert len(torch.unique(copies.flatten(1), dim=0)) == 180


def test_copies_are_their_seeds() -> None:
    assert torch.equal(warped(PICTURES, 2, seed=4), warped(PICTURES, 2, seed=4))
    assert not torch.equal(warped(PICTURES, 2, seed=4), warped(PICTURES, 2, seed=5))


@pytest.mark.parametrize("grey", [0, 77, 255])
def test_flat_pictures_stay_flat(grey: int) -> None:
    flat = torch.full((3, 1, 8, 12), grey, dtype=torch.uint8)
    assert torch.equal(warped(flat, 1, seed=1), flat)


def test_how_many() -> None:
    assert warped(PICTURES, 0, seed=1).shape == (0, 1, 28, 24)
    assert [enough_copies(n) for n in (1, 55_000, ENOUGH, 10 * ENOUGH)] == [7, 3, 0, 0]


def test_long_pictures_are_turned_not_torn() -> None:
    """A turn of 8 degrees, a shear of a tenth, in pixels both ways: a line across stays within that."""
    for height, width in ((8, 96), (96, 8)):
        lines = torch.zeros(200, 1, height, width, dtype=torch.uint8)
        if height < width:
            lines[:, :, height // 2] = 255
        else:
            lines[:, :, :, width // 2] = 255
        grid = _bent(lines, torch.Generator().manual_seed(1))[:, 0]
        along = grid if height < width else grid.transpose(1, 2)  # [N, 8, 96], a line in the middle row
        rows = torch.arange(8.0)[:, None]
        inside = along[:, :, 36:60].clamp_min(0)  # the line leaves the picture farther out
        middle = (inside * rows).sum(1) / inside.sum(1).clamp_min(1)
        slope = (middle[:, -1] - middle[:, 0]).abs() / 23
        assert float(slope.quantile(0.9)) < 0.5
