"""What to train on."""

from __future__ import annotations

import torch

from aecodec.errors import UsageError

DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(name: str) -> torch.device:
    """Choose a device: ``auto`` prefers CUDA, then MPS, then the CPU. Raises UsageError if the one that is named
    is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(each for each in there if there[each]))
    if not there.get(name, False):
        raise UsageError(f"there is no {name} here that PyTorch can use; choose another --device")
    return torch.device(name)
