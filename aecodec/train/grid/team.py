"""Processes that train one model together: each takes a part of every batch, and all take the same step.

Threads of one process wait for each other in every layer, and lose many times their work where another program is busy.
Processes meet once a step. They are started by one of them, or by torchrun, which may do so on several machines.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

import torch
from torch import Tensor, distributed

CALLED = "env://"  # the meeting of processes that torchrun has started


def called() -> tuple[int, int] | None:
    """Return rank and number of processes, as torchrun tells each that it starts, or None if there are no others."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    return (int(os.environ["RANK"]), size) if size > 1 else None


class Team:
    """Of ``size`` processes, of which this is ``rank``, counted from 0; one alone needs no others."""

    def __init__(self, rank: int = 0, size: int = 1, meeting: str = "", device: torch.device | None = None) -> None:
        """Meet at ``meeting``: ``env://``, or the ``file://`` of a path that all can write, and that does not exist
        yet. What is summed lies on ``device``, by default the CPU.
        """
        self.rank, self.size, self.device = rank, size, device or torch.device("cpu")
        if size > 1:
            backend = "nccl" if self.device.type == "cuda" else "gloo"
            distributed.init_process_group(backend, init_method=meeting, rank=rank, world_size=size)

    def leaders(self, value: float) -> float:
        """Return the value that the first of them has, rounded to binary32."""
        return self.sum([], value if self.rank == 0 else 0.0)

    def agree(self, text: str) -> bool:
        """Return whether all have the same text. All are told the same."""
        number = float(int(hashlib.sha256(text.encode()).hexdigest()[:5], 16))
        return self.sum([], float(self.leaders(number) != number)) == 0

    def sum(self, tensors: Sequence[Tensor], extra: float = 0.0) -> float:
        """Replace ``tensors`` by their sums over all; the sum of ``extra`` is returned."""
        if self.size == 1:
            return extra
        flat = torch.cat([*(each.reshape(-1) for each in tensors), torch.tensor([float(extra)], device=self.device)])
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
