"""Pictures that are read when they are asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import overload

from aecodec.arrays import Picture


class PictureSequence(Sequence[Picture]):
    """A sequence by :meth:`read`; of a slice there is a list."""

    @abstractmethod
    def read(self, index: int) -> Picture:
        """Return one picture, uint8 or uint16 ``[H, W]`` or ``[H, W, C]``; raises IndexError past the end."""

    @overload
    def __getitem__(self, index: int) -> Picture: ...

    @overload
    def __getitem__(self, index: slice) -> list[Picture]: ...

    def __getitem__(self, index: int | slice) -> Picture | list[Picture]:
        if isinstance(index, slice):
            return [self.read(each) for each in range(*index.indices(len(self)))]
        return self.read(index)
