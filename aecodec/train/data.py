"""Pictures to train on: one uint8 tensor, held on the training device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from aecodec.data import load as load_collection
from aecodec.data import load_folder
from aecodec.errors import UsageError
from aecodec.train.config import Common
from aecodec.train.device import pick_device
from aecodec.train.held import held_count

VALIDATION_PICTURES = 5_000  # the last of the training set, or a twelfth of a small one


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

    def model_name(self, latent_dim: int) -> str:
        """Return the name of a model that is trained on them."""
        return f"{self.name}-{latent_dim}"


class Order:
    """Which training pictures each step sees: every epoch all of them, shuffled by ``seed`` and its number."""

    def __init__(self, pictures: int, batch_size: int, seed: int, device: torch.device) -> None:
        self.pictures, self.batch_size, self.seed, self.device = pictures, batch_size, seed, device
        self.batches = max(1, pictures // batch_size)  # an epoch
        self._shuffled: tuple[int, Tensor] | None = None

    def batch(self, step: int) -> Tensor:
        """Return the indices of a step's pictures, int64 ``[batch_size]``; of fewer pictures than that, all."""
        epoch, place = divmod(step, self.batches)
        if self._shuffled is None or self._shuffled[0] != epoch:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            self._shuffled = epoch, torch.randperm(self.pictures, generator=generator).to(self.device)
        return self._shuffled[1][place * self.batch_size : (place + 1) * self.batch_size]


def prepared(chosen: Common, *, download: bool) -> Pictures:
    """Load the pictures onto the device, both as ``chosen``; sets PyTorch's threads. Raises what :func:`load` does."""
    device = pick_device(chosen.device)
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    return load(chosen.dataset, chosen.data_dir, chosen.images, device, download=download)


def load(
    dataset: str, data_dir: Path, images: Path | None, device: torch.device, *, download: bool = False
) -> Pictures:
    """Return a data set's training split, or every picture in ``images``, grey; see :func:`aecodec.data.load`.

    Raises what that does, and UsageError if sides are not multiples of four or pictures are too few.
    """
    collection = (
        load_folder(images, grey=True)
        if images
        else load_collection(dataset, data_dir, split="train", download=download, grey=True)
    )
    pixels = collection.pictures
    if pixels.shape[1] % 4 or pixels.shape[2] % 4:
        raise UsageError(f"pictures are {pixels.shape[2]}x{pixels.shape[1]}; sides must be multiples of 4")
    held_out = held_count(len(pixels), VALIDATION_PICTURES)
    everything = torch.from_numpy(pixels)[:, None].to(device)
    return Pictures(
        name=collection.name,
        training=everything[:-held_out],
        validation=everything[-held_out:],
        sha256=collection.sha256,
    )
