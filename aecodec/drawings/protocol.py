"""What walks over drawings need: where symbols go, or come from, and which pixels these stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Integers, Integers64, Pixels
from aecodec.frozen import dataclass

Symbols = Callable[[Pixels], Integers]  # what finds the symbols of pixels that are known


@dataclass(frozen=True)
class Offers:
    """Symbols each of which stands for one pixel: ``pixels`` ``[offers, lanes]`` of the symbols from ``first`` on.

    They are there where they are ``valid``. ``kept`` is the symbol after which any other pixel may come.
    """

    pixels: Pixels
    valid: NDArray[np.bool_]
    first: int
    kept: int

    @classmethod
    def one(cls, pixels: Pixels, symbol: int) -> Offers:
        """Return the offer of one pixel ``[lanes]`` by ``symbol``, 0 or 1, else another comes."""
        return cls(pixels[None], np.ones((1, len(pixels)), bool), symbol, 1 - symbol)


class Coder(Protocol):
    """Where symbols go, or come from."""

    def code(self, lanes: Indices, freq: Integers64, symbols: Symbols, offers: Offers | None = None) -> Integers:
        """Code the symbols of the pixels at ``lanes``, under ``freq`` ``[lanes, n]``; ``symbols`` finds them where the
        pixels are known. One that may change pixels takes what there are ``offers`` of into account.
        """
