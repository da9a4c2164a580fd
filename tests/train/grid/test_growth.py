"""A model that begins as one with fewer latents, or with other features of analysis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.numpy import save_file
from torch import Tensor

from aecodec.arrays import Arrays
from aecodec.errors import UsageError
from aecodec.train.grid.export import tensors_and_description
from aecodec.train.grid.growth import fill_or_grow
from aecodec.train.grid.loop import pixels_of
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.settings import Settings
from aecodec.train.grid.widths import SIZES, widths_of
from tests.checks import check_error
from tests.train.grid import runs

LARGE = replace(SIZES["tiny"], latents=(4, 8, 12, 6), features=(2, 8, 5))
SMALL = SIZES["tiny"]
KNOWN = SMALL.total
QUALITY = torch.full((2,), 60.0)


@pytest.fixture
def arrays() -> Arrays:
    """Of a model whose features of analysis give nothing."""
    torch.manual_seed(1)
    model = Grid(SMALL).requires_grad_(False)
    model.analysis.last.weights[0].zero_()
    return tensors_and_description(model)[0]


@pytest.fixture
def crops() -> Tensor:
    return torch.stack([torch.from_numpy(runs.waves(number, 64, 96)) for number in range(2)])


def grown(arrays: Arrays, crops: Tensor) -> tuple[Grid, Grid]:
    """Return the model, and the one as which it begins."""
    torch.manual_seed(2)
    small, large = (Grid(widths).requires_grad_(False) for widths in (SMALL, LARGE))
    fill_or_grow(small, arrays, crops)
    fill_or_grow(large, arrays, crops)
    return large, small


@pytest.mark.parametrize("name", SIZES)
def test_widths_are_told_from_tensors(name: str) -> None:
    for widths in (SIZES[name], replace(SIZES[name], octaves=0)):
        assert widths_of(tensors_and_description(Grid(widths))[0]) == widths


def test_latents_that_were_there_stay(arrays: Arrays, crops: Tensor) -> None:
    """And without the new ones the picture is what it was."""
    large, small = grown(arrays, crops)
    pixels = pixels_of(crops)
    latents, expected = large.analysis(pixels), small.analysis(pixels)
    assert latents.shape[1] == LARGE.total and torch.allclose(latents[:, :KNOWN], expected, atol=1e-5)
    latents[:, KNOWN:] = 0
    assert torch.allclose(large.synthesis(latents, QUALITY), small.synthesis(expected, QUALITY), atol=1e-5)
    assert torch.allclose(large.hyper_analysis(latents, QUALITY), small.hyper_analysis(expected, QUALITY), atol=1e-5)


def test_new_latents_say_what_the_linear_path_leaves_out(arrays: Arrays, crops: Tensor) -> None:
    large, small = grown(arrays, crops)
    for model in (large, small):
        model.synthesis.last.weights[0].zero_()
    pixels = pixels_of(crops)
    new = large.synthesis.linear.weights[0][:, KNOWN:, 0, 0]
    assert torch.allclose(new.T @ new, torch.eye(LARGE.total - KNOWN), atol=1e-5)
    assert (new.T @ small.synthesis.linear.weights[0][..., 0, 0]).abs().max() < 1e-3
    errors = [
        (model.synthesis(model.analysis(pixels), QUALITY) - pixels).square().mean().item() for model in (large, small)
    ]
    assert errors[0] < 0.5 * errors[1]
    deviations = large.analysis(pixels)[:, KNOWN:].std((0, 2, 3))
    assert (deviations[:-1] > 0.9 * deviations[1:]).all()  # what varies most comes first


def test_steps_and_scales_of_new_latents(arrays: Arrays, crops: Tensor) -> None:
    """Steps are as long in pixels as those of others, and scales about what the latents deviate by."""
    large, _ = grown(arrays, crops)
    lengths = large.synthesis.linear.weights[0][..., 0, 0].norm(dim=0)
    steps = lengths * torch.exp2(-large.gains)
    assert torch.allclose(steps[:, KNOWN:], steps[:, :KNOWN].median(1, keepdim=True).values, rtol=1e-2)
    parts = list(large.parts())[len(SMALL.latents) :]
    scales = torch.cat([part.last.bias[part.own :] for part in parts]) * (2**7 / 96)
    deviations = large.analysis(pixels_of(crops))[:, KNOWN:].std((0, 2, 3))
    assert torch.allclose(scales, deviations.clamp_min(1e-4).log2(), atol=0.2)


def test_a_run_begins_as_a_smaller_model(
    arrays: Arrays, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(arrays, tmp_path / "small.safetensors")
    monkeypatch.setitem(SIZES, "tiny", LARGE)
    settings = Settings(**{**vars(runs.TINY), "continues": str(tmp_path / "small.safetensors")})
    training = runs.run(cache, tmp_path / "run", settings)
    assert training.step == settings.steps and training.model.widths == LARGE
    monkeypatch.setitem(SIZES, "tiny", replace(LARGE, latents=(4, 6, 12)))
    message = check_error(UsageError, lambda: runs.run(cache, tmp_path / "other", settings))
    assert "cannot begin with" in message and "slices of (4, 8) channels" in message
