"""What walks over drawings need: where symbols go, or come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from aecodec.arrays import Indices, Integers, Integers64, Pixels


class Coder(Protocol):
    """Where symbols go, or come from."""

    def code(self, lanes: Indices, freq: Integers64, symbols: Callable[[Pixels], Integers]) -> Integers:
        """Code the symbols of the pixels at ``lanes``, under ``freq`` ``[lanes, n]``; ``symbols`` finds them where the
        pixels are known.
        """
