"""bfloat16 or float32: whichever a few steps show to be quicker on the device at hand.

Processors without bfloat16 take many times as long with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

STEPS = 3
GAIN = 0.95  # of the time in float32; less is not worth the coarser numbers
_ENOUGH = 2  # times that of float32: what takes so long in its first step is not tried again


def prefers_bfloat16(step: Callable[[], object], device: torch.device) -> bool:
    """Return whether ``step``, forward and back, is quicker under autocast."""
    plain = step_seconds(step, device, mixed=False)
    return step_seconds(step, device, mixed=True, enough=plain * _ENOUGH) < plain * GAIN


def step_seconds(step: Callable[[], object], device: torch.device, *, mixed: bool, enough: float = 1e9) -> float:
    """Return the least time of a few calls of ``step``.

    The first one only warms up; where that takes more than ``enough`` seconds its time is the answer.
    """
    times = []
    for number in range(1 + STEPS):
        began = time.perf_counter()
        with torch.autocast(device.type, torch.bfloat16, enabled=mixed):
            step()
        if device.type != "cpu":
            torch.zeros(1, device=device).item()  # what was asked for is done only when a number is read
        times.append(time.perf_counter() - began)
        if number == 0 and device.type == "cpu" and times[0] > enough:
            return times[0]
    return min(times[1:])
