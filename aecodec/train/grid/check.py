"""Whether the engine in NumPy gives the very integers that training simulated."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aecodec.arrays import Classes, Integers64
from aecodec.exact.sheets import Sheet
from aecodec.grid.coder import rounded
from aecodec.grid.model import GridModel
from aecodec.grid.prior import Pass
from aecodec.grid.scales import classes_of
from aecodec.train.export import ExportError
from aecodec.train.grid.convolutions import FRACTION, PIXEL_FRACTION
from aecodec.train.grid.loop import pixels_of
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.rate import OCTAVE

QUALITIES = (0, 37, 60, 100)


@torch.no_grad()
def check_equal(model: Grid, engine: GridModel, pictures: Sequence[Tensor]) -> None:
    """Compare latents, hyper-latents, means, classes and pixels of ``pictures``, uint8 ``[H, W, 3]``, at QUALITIES.

    Sides are multiples of 16. Raises ExportError if one of them differs.
    """
    exact = deepcopy(model).cpu().double()
    exact.set_integer(True, exact=True)
    for picture in pictures:
        latents = exact.analysis(pixels_of(picture[None].cpu()).double())
        ours = engine.analyse(picture.cpu().numpy())
        _same("analysis", latents, ours, FRACTION)
        sheet = Sheet.of(ours[None], np.float64)
        for quality in QUALITIES:
            decoded = _check_prior(exact, engine, latents, sheet, quality)
            asked = torch.full((1,), float(quality), dtype=torch.float64)
            values = engine.synthesis(decoded.inner[0].astype(np.int32), quality, map)
            _same("synthesis", exact.synthesis(_latents(decoded.inner), asked), values, PIXEL_FRACTION)


def _check_prior(exact: Grid, engine: GridModel, latents: Tensor, sheet: Sheet, quality: int) -> Sheet:
    """Return the latents as a decoder has them, where hyper-latents, means and classes are the same."""
    prior, size = engine.prior, (1, sheet.height, sheet.width)
    asked = torch.full((1,), float(quality), dtype=torch.float64)
    hyper = engine.hyper(sheet, quality)
    _same("hyper-analysis", exact.hyper_analysis(latents, asked), hyper, FRACTION)
    means, classes, steps = prior.hyper_pass(*size, quality)
    symbols = rounded(hyper.reshape(classes.shape), means, classes, steps)
    features = prior.features(symbols, *size, quality, map)
    seen: list[tuple[Pass, Integers64, Classes]] = []

    def visit(part: Pass, means: Integers64, classes: Classes, steps: Integers64) -> Integers64:
        seen.append((part, means, classes))
        return 2 * rounded(sheet.rows[part.rows, part.channels].astype(np.int64), means, classes, steps)

    decoded = prior.walk(features, quality, visit, map)
    every = _latents(decoded.inner)
    gains = torch.round(exact.gain(asked, exact.gains) * OCTAVE)[0, :, 0, 0].numpy().astype(np.int64)
    told = _latents(features.inner)
    left = (each for each in seen if len(each[0].rows))  # small grids have steps, or halves, without places

    def compare(values: Tensor, mean: Tensor, scale: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        kept = np.ones(mean[0, 0].numel(), bool) if mask is None else mask.flatten().numpy() > 0
        if not kept.any():
            return values, values.new_zeros(1)
        place, means, classes = next(left)
        out = (torch.cat([mean, scale], 1) * 2.0**FRACTION).numpy()[0].reshape(2 * mean.shape[1], -1).T[kept]
        found = out.astype(np.int64)
        if not np.array_equal(found[:, : mean.shape[1]], means):
            raise ExportError("means differ between PyTorch and the engine")
        if not np.array_equal(classes_of(found[:, mean.shape[1] :] + gains[place.channels]), classes):
            raise ExportError("classes differ between PyTorch and the engine")
        return values, values.new_zeros(1)

    before = 0
    for part in exact.parts():
        own = slice(before, before + part.own)
        part.walk(every[:, own], told, every[:, :before], asked, compare)
        before += part.own
    if next(left, None) is not None:
        raise ExportError("passes differ between PyTorch and the engine")
    return decoded


def _latents(grid: NDArray[np.floating]) -> Tensor:
    """Return integers ``[1, H, W, C]`` as PyTorch has them, ``[1, C, H, W]``."""
    return torch.from_numpy(np.ascontiguousarray(grid.transpose(0, 3, 1, 2), np.float64)) / 2.0**FRACTION


def _same(what: str, theirs: Tensor, ours: NDArray[np.generic], fraction: int) -> None:
    found = (theirs * 2.0**fraction).numpy()[0].transpose(1, 2, 0)
    if not np.array_equal(found, ours.reshape(found.shape)):
        raise ExportError(f"{what} differs between PyTorch and the engine")
