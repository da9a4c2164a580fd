"""The running average of a run's weights, which is what is validated and released."""

from __future__ import annotations

import torch
from torch import nn

LONGEST = 0.999  # of what the average was, at each step


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, steps: int) -> None:
    """Move ``average`` towards ``model``, which has made so many ``steps``: at first nearly all the way."""
    share = 1 - min(LONGEST, (steps + 1) / (steps + 10))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), share)
