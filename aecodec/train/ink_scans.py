"""The scans of pictures in a file: found once, trained on often."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aecodec.arrays import Bits


def keep_scans(path: Path, scans: Sequence[Bits | None]) -> None:
    """Write ``scans`` ``[size, size]`` of 0 and 1, None for a picture without: their sizes, and all ink packed."""
    sizes = np.array([0 if bits is None else len(bits) for bits in scans], np.int64)
    ink = [bits.ravel() for bits in scans if bits is not None]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, sides=sizes, ink=np.packbits(np.concatenate([*ink, np.zeros(0, np.uint8)])))


def kept_scans(path: Path) -> list[Bits | None]:
    """Return what :func:`keep_scans` wrote."""
    with np.load(path) as stored:
        sizes, ink = stored["sides"].astype(np.int64), np.unpackbits(stored["ink"])
    ends = np.cumsum(sizes**2)
    return [
        ink[end - size**2 : end].reshape(size, size) if size else None
        for size, end in zip(sizes.tolist(), ends.tolist(), strict=True)
    ]
