"""One split of a data set, or a folder of pictures, as one array."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from aecodec.arrays import Integers64, Pictures
from aecodec.frozen import dataclass


@dataclass(frozen=True)
class Collection:
    """Pictures of one size, uint8 ``[N, H, W]``, or ``[N, H, W, 3]`` in colour.

    ``split`` is "train" or "test"; of a folder, which has none, "all". ``labels`` int64 ``[N]`` are places in
    ``label_names``, or None if there are none.
    """

    name: str
    split: str
    pictures: Pictures
    labels: Integers64 | None = None
    label_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    def first(self, limit: int | None) -> Collection:
        """Return the first ``limit`` pictures; all for None."""
        labels = None if self.labels is None else self.labels[:limit]
        return Collection(self.name, self.split, self.pictures[:limit], labels, self.label_names)

    def described(self, count: int) -> str:
        """Say: so many of these pictures, in words."""
        return some_pictures(count, self.split)

    @property
    def facts(self) -> Mapping[str, Any]:
        """What a record says of them."""
        return {
            "dataset": self.name,
            "split": self.split,
            "pictures": len(self),
            "shape": list(self.pictures.shape[1:]),
            "pictures_sha256": self.sha256,
        }

    @property
    def sha256(self) -> str:
        """Of all samples."""
        return hashlib.sha256(np.ascontiguousarray(self.pictures).tobytes()).hexdigest()


def some_pictures(count: int, split: str) -> str:
    """Return ``1,000 test pictures``; a folder, whose split is ``all``, has just pictures."""
    noun = "picture" if count == 1 else "pictures"
    return f"{count:,} {noun}" if split in ("", "all") else f"{count:,} {split} {noun}"
