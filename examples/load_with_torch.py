"""Train a classifier on the pictures of an ``.aec`` file: the file is made, then read in a random order by PyTorch.

    python examples/load_with_torch.py

Rings and crosses in noise, told apart by one linear layer. Needs PyTorch.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

import aecodec
from aecodec.torch import AecDataset, BlockSampler

SIDE, COUNT, BATCH = 16, 600, 50


def drawn(number: int) -> NDArray[np.uint8]:
    """A ring where ``number`` is even, else a cross, ``[SIDE, SIDE]`` uint8."""
    rng = np.random.default_rng(number)
    y, x = np.indices((SIDE, SIDE)) - SIDE / 2 + rng.uniform(-1, 1, (2, 1, 1))
    shape = abs(np.hypot(y, x) - 5) < 1 if number % 2 == 0 else np.minimum(abs(y), abs(x)) < 1
    return np.clip(180 * shape + rng.integers(0, 60, shape.shape), 0, 255).astype(np.uint8)


def label_of(name: str) -> int:
    """What the folder in a picture's name says."""
    return int(name.startswith("cross/"))


def as_values(picture: NDArray[np.uint8]) -> torch.Tensor:
    """The samples in 0..1, in one row."""
    return torch.from_numpy(picture).flatten() / 255


def main() -> None:
    """Make the file, train, and print the share of pictures that are told right after each epoch."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shapes.aec"
        names = [f"{('ring', 'cross')[number % 2]}/{number}.png" for number in range(COUNT)]
        pictures = [drawn(number) for number in range(COUNT)]
        path.write_bytes(aecodec.compress(pictures, names=names, lossless=True, effort=0, block_pictures=64))

        dataset = AecDataset(path, transform=as_values, labels=label_of)
        sampler = BlockSampler(dataset, seed=1)
        loader = DataLoader(dataset, batch_size=BATCH, sampler=sampler)
        torch.manual_seed(1)
        layer = torch.nn.Linear(SIDE * SIDE, 2)
        optimizer = torch.optim.Adam(layer.parameters(), 0.01)
        for epoch in range(3):
            sampler.set_epoch(epoch)
            right = 0
            for values, labels in loader:
                scores = layer(values)
                right += int((scores.argmax(1) == labels).sum())
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(scores, labels).backward()
                optimizer.step()
            print(f"epoch {epoch + 1}: {right / COUNT:.0%} right")


if __name__ == "__main__":
    main()
