"""bfloat16 or float32: whichever a few steps show to be quicker on the device at hand.

Processors without bfloat16 take many times as long with it. Only narrow layers use it, see
:meth:`aecodec.train.grid.convolutions.Layer.forward`: latents, means, bits and gains stay in float32.
"""

from __future__ import annotations

import time
from copy import deepcopy

import torch

from aecodec.train.grid.networks import Grid

PRECISIONS = ("auto", "float32", "bfloat16")
SIDE, STEPS = 128, 3  # of the crops that are tried, and how often
GAIN = 0.95  # of the time in float32; less is not worth the coarser numbers


def prefers_bfloat16(name: str, model: Grid, device: torch.device, pixels: int) -> bool:
    """Return whether to train ``model`` with bfloat16, as ``name`` of PRECISIONS says; ``pixels`` is of a batch."""
    if name != "auto":
        return name == "bfloat16"
    most = 8 if device.type == "cpu" else 512  # crops; a processor's time for one does not depend on their number
    count = max(1, min(pixels // SIDE**2, most))
    plain = step_seconds(model, device, count, mixed=False)
    return step_seconds(model, device, count, mixed=True, enough=plain * 2) < plain * GAIN


def step_seconds(model: Grid, device: torch.device, count: int, *, mixed: bool, enough: float = 1e9) -> float:
    """Return the least time of a few forward and backward passes over
    ``count`` made crops, without a change to ``model``.

    The first one only warms up; where that takes more than ``enough`` seconds its time is the answer.
    """
    own = deepcopy(model).requires_grad_(True)
    random = torch.Generator().manual_seed(0)
    pixels = (torch.rand((count, 3, SIDE, SIDE), generator=random) - 0.5).to(device)
    quality = torch.linspace(0, 100, count).to(device)
    noise = torch.Generator(device).manual_seed(0)
    times = []
    for number in range(1 + STEPS):
        began = time.perf_counter()
        with torch.autocast(device.type, torch.bfloat16, enabled=mixed):
            seen = own(pixels, quality, noise)
        (seen.bits.float().mean() + seen.pixels.float().square().mean()).backward()
        if device.type != "cpu":
            torch.zeros(1, device=device).item()  # what was asked for is done only when a number is read
        times.append(time.perf_counter() - began)
        own.zero_grad()
        if number == 0 and device.type == "cpu" and times[0] > enough:
            return times[0]
    return min(times[1:])
