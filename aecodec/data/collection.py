"""One split of a data set, or a folder of pictures, as one array."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import UsageError

NAMED = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}


@dataclass(frozen=True)
class Collection:
    """Pictures of one size, uint8 ``[N, H, W]``, or ``[N, H, W, 3]`` in colour.

    ``labels`` int64 ``[N]`` are places in ``label_names``; None where there are none.
    """

    name: str
    split: str
    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64] | None = None
    label_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    def first(self, limit: int | None) -> Collection:
        """The first ``limit`` pictures; all for None."""
        labels = None if self.labels is None else self.labels[:limit]
        return Collection(self.name, self.split, self.pictures[:limit], labels, self.label_names)

    @property
    def sha256(self) -> str:
        """Of all samples."""
        return hashlib.sha256(np.ascontiguousarray(self.pictures).tobytes()).hexdigest()


def load(
    dataset: str, data_dir: Path, *, split: Literal["train", "test"] = "test", download: bool = False
) -> Collection:
    """A named data set's split, or the pictures of the folder ``dataset``; raises UsageError where they are missing."""
    try:
        from torchvision import datasets
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; data sets need: pip install "aecodec[train]"') from error
    try:
        found = getattr(datasets, NAMED[dataset])(root=str(data_dir), train=split == "train", download=download)
    except RuntimeError as error:
        raise UsageError(f"no {dataset} {split} split under {data_dir}; name its folder with --data-dir") from error
    names = tuple(str(each) for each in found.classes)
    return Collection(dataset, split, np.ascontiguousarray(found.data.numpy()), found.targets.numpy(), names)
