"""The lossy pictures that scans are coded given: those of a training split, made once, and where their boxes lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Integers64, Pictures, Tiles
from aecodec.ink.condition import Condition
from aecodec.ink.places import COSTS, far, guesses
from aecodec.scans.reduction import place, reduce_scans
from aecodec.zoo import Model

EFFORT = 1  # of the search; five minutes for all of MNIST
_AT_ONCE = 1024


def lossy_pictures(model: Model, pictures: Pictures, folder: Path) -> NDArray[np.uint8]:
    """Return what ``model`` makes of ``pictures`` ``[n, h, w]``, the same ones at each call; kept in ``folder``."""
    kept = folder / f"{model.id}-{model.fingerprint.hex()}.npz"
    if not kept.exists():
        codec = model.codec
        parts = [pictures[at : at + _AT_ONCE] for at in range(0, len(pictures), _AT_ONCE)]
        coded = [codec.encode(list(part[..., None]), codec.default_quality, EFFORT, map)[1] for part in parts]
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(kept, tiles=np.concatenate(coded)[..., 0])
    with np.load(kept) as stored:
        tiles: Tiles = stored["tiles"]
    if tiles.shape != pictures.shape:
        raise ValueError(f"{kept} holds pictures of {tiles.shape}, expected {pictures.shape}; delete it")
    return tiles


def corners_of(scans: Sequence[Bits], tile: tuple[int, int]) -> Integers64:
    """Return the top and left of the box of each scan in a ``tile`` (height, width), ``[n, 2]``."""
    return np.array([place(reduce_scans(bits[None])[0], tile) for bits in scans], np.int64).reshape(-1, 2)


def place_costs(base: Condition) -> NDArray[np.uint8]:
    """Return the costs of the boxes' distances to their guesses in 1/8 bit, uint8 ``[COSTS]``, counted."""
    counts = np.bincount(far(base.corners, guesses(base.tiles)).ravel(), minlength=COSTS) + 0.5
    costs = -np.log2(counts / counts.sum()) * 8
    return np.asarray(np.clip(np.rint(costs), 0, 255), np.uint8)
