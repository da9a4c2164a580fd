"""Blocks that were decoded a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from aecodec.arrays import Picture

RECENT_BYTES: Final = 1 << 26  # of pixels: some 85,000 digits, or 20 photographs of a megapixel in colour


class Recent:
    """Pictures of blocks, those that were asked for last, up to ``most`` bytes of pixels; a block of more is not kept.

    Whoever shares one sees to it that it is used by one thread at a time.
    """

    def __init__(self, most: int = RECENT_BYTES) -> None:
        self._most = most
        self._bytes = 0
        self._blocks: OrderedDict[Hashable, list[Picture]] = OrderedDict()

    def get(self, key: Hashable) -> list[Picture] | None:
        """Return the pictures of a block, or None."""
        found = self._blocks.get(key)
        if found is not None:
            self._blocks.move_to_end(key)
        return found

    def keep(self, key: Hashable, pictures: list[Picture]) -> None:
        """Keep a block that is not kept, and let go of those that were not asked for the longest."""
        size = _size(pictures)
        if size > self._most:
            return
        while self._bytes + size > self._most:
            _, gone = self._blocks.popitem(last=False)
            self._bytes -= _size(gone)
        self._blocks[key] = pictures
        self._bytes += size

    def clear(self) -> None:
        """Let go of all."""
        self._blocks.clear()
        self._bytes = 0


def _size(pictures: list[Picture]) -> int:
    return sum(picture.nbytes for picture in pictures)
