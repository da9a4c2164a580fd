"""Builds the ink coder of a model of tiles, and works out its part of the known answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import ModelError
from aecodec.ink import Condition, InkCoder
from aecodec.ink.network import InkNetwork
from aecodec.kinds.noise import noise
from aecodec.scans.reduction import BOX

_ANSWER_SCANS = ((20, 128), (43, 16), (30, 255))  # the size of each scan, and its part of ink in 1/256


def build_ink_coder(tensors: Mapping[str, NDArray[Any]], tile: tuple[int, int], *, sound: bool = False) -> InkCoder:
    """Build the coder. Raises ModelError if tensors do not fit, or a ``tile`` (height, width) is too small for scans.

    If the tensors are known to be ``sound``, parts are built only when they are first used.
    """
    height, width = tile
    if min(tile) < BOX:
        raise ModelError(f"a tile of {height}x{width} holds no box of {BOX}x{BOX}")
    return InkCoder(tensors) if sound else InkCoder.from_tensors(tensors)


def ink_answer(ink: InkCoder, tile: tuple[int, int]) -> Iterator[bytes]:
    """Yield the logits of ink that the networks give for fixed scans of noise.

    A network over lossy pictures gets lossy pictures of noise, too. A coder without a network yields nothing.
    """
    if not isinstance(ink.best, InkNetwork):
        return
    height, width = tile
    scans = [(noise(size * size).reshape(size, size) < share).astype(np.uint8) for size, share in _ANSWER_SCANS]
    found = ink.best.entries(scans)
    if ink.conditional is not None:
        lossy = noise(len(scans) * height * width).reshape(len(scans), height, width)
        farthest = np.array([height - BOX, width - BOX])
        corners = np.stack([farthest * k // (len(scans) - 1) for k in range(len(scans))])
        found += ink.conditional.network.entries(scans, Condition(lossy, corners))
    for entries in found:
        yield entries.astype(">i2").tobytes()
