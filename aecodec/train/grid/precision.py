"""bfloat16 or float32 for a grid: whichever a few steps show to be quicker on the device at hand.

Only narrow layers use bfloat16, see :meth:`aecodec.train.grid.convolutions.Layer.forward`: latents, means, bits and
gains stay in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import torch

from aecodec.train import precision
from aecodec.train.grid.networks import Grid

PRECISIONS = ("auto", "float32", "bfloat16")
SIDE = 128  # of the crops that are tried


def prefers_bfloat16(name: str, model: Grid, device: torch.device, pixels: int) -> bool:
    """Return whether to train ``model`` with bfloat16, as ``name`` of PRECISIONS says; ``pixels`` is of a batch."""
    if name != "auto":
        return name == "bfloat16"
    most = 8 if device.type == "cpu" else 512  # crops; a processor's time for one does not depend on their number
    return precision.prefers_bfloat16(trial(model, device, max(1, min(pixels // SIDE**2, most))), device)


def trial(model: Grid, device: torch.device, count: int) -> Callable[[], None]:
    """Return what goes forward and back over ``count`` made crops, without a change to ``model``."""
    own = deepcopy(model).requires_grad_(True)
    random = torch.Generator().manual_seed(0)
    pixels = (torch.rand((count, 3, SIDE, SIDE), generator=random) - 0.5).to(device)
    quality = torch.linspace(0, 100, count).to(device)
    noise = torch.Generator(device).manual_seed(0)

    def step() -> None:
        seen = own(pixels, quality, noise)
        (seen.bits.float().mean() + seen.pixels.float().square().mean()).backward()
        own.zero_grad()

    return step
