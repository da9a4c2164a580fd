"""Processes that train one model together: each takes a part of every batch, and all take the same step.

Threads of one process wait for each other in every layer, and lose many times their work where another program is busy.
Processes meet once a step.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, distributed


class Team:
    """Of ``size`` processes, of which this is ``rank``, counted from 0; one alone needs no others."""

    def __init__(self, rank: int = 0, size: int = 1, meeting: str = "") -> None:
        """Meet at ``meeting``: a path that all can write, and that does not exist yet."""
        self.rank, self.size = rank, size
        if size > 1:
            distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=size)

    def sum(self, tensors: Sequence[Tensor], extra: float = 0.0) -> float:
        """Replace ``tensors`` by their sums over all; the sum of ``extra`` is returned."""
        if self.size == 1:
            return extra
        flat = torch.cat([*(each.reshape(-1) for each in tensors), torch.tensor([extra])])
        distributed.all_reduce(flat)
        at = 0
        for each in tensors:
            each.copy_(flat[at : at + each.numel()].reshape(each.shape))
            at += each.numel()
        return float(flat[-1])

    def leave(self) -> None:
        """Say goodbye."""
        if self.size > 1:
            distributed.destroy_process_group()
