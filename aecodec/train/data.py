"""Pictures to train on: one uint8 tensor, held on the training device."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

VALIDATION_PICTURES = 5_000  # the last of the training set, or a twelfth of a small one
TORCHVISION_SETS = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}


@dataclass(frozen=True)
class Pictures:
    """A training and a validation split, uint8 ``[N, 1, H, W]``, and their identity."""

    name: str
    training: Tensor
    validation: Tensor
    sha256: str  # of all pixels, training split first

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.training.shape[2], self.training.shape[3]


class Order:
    """Which training pictures each step sees: every epoch all of them, shuffled by ``seed`` and its number."""

    def __init__(self, pictures: int, batch_size: int, seed: int, device: torch.device) -> None:
        self.pictures, self.batch_size, self.seed, self.device = pictures, batch_size, seed, device
        self.batches = max(1, pictures // batch_size)  # an epoch
        self._shuffled: tuple[int, Tensor] | None = None

    def batch(self, step: int) -> Tensor:
        """Indices, int64 ``[batch_size]``; of fewer pictures than that, all."""
        epoch, place = divmod(step, self.batches)
        if self._shuffled is None or self._shuffled[0] != epoch:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            self._shuffled = epoch, torch.randperm(self.pictures, generator=generator).to(self.device)
        return self._shuffled[1][place * self.batch_size : (place + 1) * self.batch_size]


def pick_device(name: str) -> torch.device:
    """``auto`` prefers CUDA, then MPS, then the CPU."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def load(dataset: str, data_dir: Path, images: Path | None, device: torch.device) -> Pictures:
    """A named data set's training split from ``data_dir``, or every picture in ``images``.

    Raises FileNotFoundError where the data is missing and ValueError where pictures
    differ in size or their sides are not multiples of four. Nothing is downloaded.
    """
    pixels = _folder(images) if images else _torchvision(dataset, data_dir)
    if pixels.shape[1] % 4 or pixels.shape[2] % 4:
        raise ValueError(f"pictures are {pixels.shape[2]}x{pixels.shape[1]}; sides must be multiples of 4")
    held_out = min(VALIDATION_PICTURES, max(1, len(pixels) // 12))
    if len(pixels) <= held_out:
        raise ValueError(f"{len(pixels)} picture(s) are too few to train on")
    everything = torch.from_numpy(pixels)[:, None].to(device)
    return Pictures(
        name=images.name if images else dataset,
        training=everything[:-held_out],
        validation=everything[-held_out:],
        sha256=hashlib.sha256(pixels.tobytes()).hexdigest(),
    )


def _torchvision(dataset: str, data_dir: Path) -> np.ndarray:
    from torchvision import datasets

    kind = getattr(datasets, TORCHVISION_SETS[dataset])
    try:
        return np.ascontiguousarray(kind(root=str(data_dir), train=True, download=False).data.numpy())
    except RuntimeError as error:
        raise FileNotFoundError(f"no {dataset} under {data_dir}: {error}") from error


def _folder(images: Path) -> np.ndarray:
    suffixes = {".png", ".pgm", ".bmp", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}
    paths = sorted(p for p in images.rglob("*") if p.suffix.lower() in suffixes)
    if not paths:
        raise FileNotFoundError(f"no pictures in {images}")
    stack = []
    for path in paths:
        with Image.open(path) as picture:
            stack.append(np.asarray(picture.convert("L")))
        if stack[-1].shape != stack[0].shape:
            raise ValueError(f"{path} is {stack[-1].shape[1]}x{stack[-1].shape[0]}, not like {paths[0]}")
    return np.stack(stack)
