"""Numbers and pictures out of bytes, as atheris.FuzzedDataProvider gives them, without atheris."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Provider:
    """Consumes ``data`` from the front; past its end all is zero."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        """The next bytes, as many as there are."""
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``, of one byte or two."""
        size = 1 if high - low < 256 else 2
        return low + int.from_bytes(self.take(size), "big") % (high - low + 1)

    def flag(self) -> bool:
        return bool(self.number(0, 1))

    def array(self, shape: Sequence[int]) -> NDArray[np.uint8]:
        """Samples: as many bytes as one byte says, over and over."""
        unit = self.take(self.number(0, 64)) or b"\0"
        size = math.prod(shape)
        return np.frombuffer((unit * (size // len(unit) + 1))[:size], np.uint8).reshape(shape)
