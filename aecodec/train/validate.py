"""Rate and distortion of hard symbols on pictures held out."""

from __future__ import annotations

import torch
from torch import Tensor

from aecodec.limits import PIXEL_MAX
from aecodec.train.networks import Coder
from aecodec.train.searched import improve, view
from aecodec.train.step_chains import deepen

VISITS = 3  # of each picture whose symbols are searched for, an epoch
BATCH = 250


@torch.no_grad()
def measure_analysed(model: Coder, pictures: Tensor) -> tuple[float, float]:
    """Measure mean MSE and bits of ``pictures`` (uint8 ``[N, 1, H, W]``) with the symbols that analysis gives."""
    squared, bits = 0.0, 0.0
    for batch in torch.split(pictures, 2 * BATCH):
        decoded, rate = model.code(batch.float() / 256)
        grey = torch.floor(decoded * 256 + 0.5)
        squared += (grey - batch.float()).square().mean().item() / PIXEL_MAX**2 * len(batch)
        bits += rate.sum().item()
    return squared / len(pictures), bits / len(pictures)


def measure_searched(
    model: Coder, pictures: Tensor, symbols: Tensor, curvature: Tensor, lmbda: float, *, mixed: bool
) -> tuple[float, float]:
    """Measure mean MSE and bits of ``pictures`` after a few more visits to their ``symbols``, which are changed."""
    mse = bits = 0.0
    for at in range(0, len(pictures), BATCH):
        part = slice(at, at + BATCH)
        pixels, its = pictures[part].float() / 256, symbols[part]
        for _ in range(VISITS):
            with torch.enable_grad():
                seen = view(model, pixels, its, lmbda, scale=None, mixed=mixed)
            visit = improve(model, pixels, seen, curvature, lmbda, mixed=mixed)
            its = visit.symbols
        mse += visit.mse * len(its) / len(pictures)
        bits += visit.bits * len(its) / len(pictures)
        symbols[part] = deepen(model, pixels, its, curvature, lmbda, mixed=mixed).to(torch.int8)
    return mse, bits
