"""What the walk over drawings needs: a coder of symbols, and which pixels some symbols stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Integers, Integers64, Pixels
from aecodec.frozen import dataclass

Symbols = Callable[[Pixels], Integers]  # gives the symbols of known pixels


@dataclass(frozen=True)
class Offers:
    """Symbols that stand for one pixel each: ``pixels`` ``[offers, lanes]`` for the symbols from ``first`` on.

    Only those that are ``valid`` count. ``kept`` is the symbol for any other pixel.
    """

    pixels: Pixels
    valid: NDArray[np.bool_]
    first: int
    kept: int

    @classmethod
    def one(cls, pixels: Pixels, symbol: int) -> Offers:
        """Return the offer of one pixel ``[lanes]`` by ``symbol``, which is 0 or 1. The other symbol is for other
        pixels.
        """
        return cls(pixels[None], np.ones((1, len(pixels)), bool), symbol, 1 - symbol)


class Coder(Protocol):
    """An encoder or a decoder of symbols."""

    def code(self, lanes: Indices, freq: Integers64, symbols: Symbols, offers: Offers | None = None) -> Integers:
        """Code the symbols of the pixels at ``lanes`` under ``freq`` ``[lanes, n]``, and return them.

        An encoder gets the symbols of its pixels from ``symbols``. One that may change pixels looks at ``offers``
        first.
        """
