"""Test splits to measure on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import UsageError

TORCHVISION_SETS = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}


def test_pictures(dataset: str, data_dir: Path) -> NDArray[np.uint8]:
    """The test split, uint8 ``[N, H, W]``; raises UsageError where it is missing. Downloads nothing."""
    try:
        from torchvision import datasets
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; benchmarks need: pip install "aecodec[train]"') from error
    try:
        kind = getattr(datasets, TORCHVISION_SETS[dataset])
        return np.ascontiguousarray(kind(root=str(data_dir), train=False, download=False).data.numpy())
    except RuntimeError as error:
        raise UsageError(f"no {dataset} test split under {data_dir}; name its folder with --data-dir") from error


def pixel_hash(pictures: NDArray[np.uint8]) -> str:
    """SHA-256 of all pixels."""
    return hashlib.sha256(pictures.tobytes()).hexdigest()
