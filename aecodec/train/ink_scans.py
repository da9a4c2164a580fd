"""The scans of pictures in a file: found once, trained on often."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aecodec.arrays import Bits


def keep_scans(path: Path, scans: Sequence[Bits | None]) -> None:
    """Write ``scans`` ``[side, side]`` of 0 and 1, None for a picture without: their sides, and all ink packed."""
    sides = np.array([0 if bits is None else len(bits) for bits in scans], np.int64)
    ink = [bits.ravel() for bits in scans if bits is not None]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, sides=sides, ink=np.packbits(np.concatenate([*ink, np.zeros(0, np.uint8)])))


def kept_scans(path: Path) -> list[Bits | None]:
    """Return what :func:`keep_scans` wrote."""
    with np.load(path) as stored:
        sides, ink = stored["sides"].astype(np.int64), np.unpackbits(stored["ink"])
    ends = np.cumsum(sides**2)
    return [
        ink[end - side**2 : end].reshape(side, side) if side else None
        for side, end in zip(sides.tolist(), ends.tolist(), strict=True)
    ]
