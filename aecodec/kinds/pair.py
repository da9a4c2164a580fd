"""The kind that has two others in it: a grid for lossy files, and pixels for exact ones.

Of the two, ``lossy`` and ``exact``, each has a description of its own under its name, and tensors whose names begin
with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from aecodec.arrays import Arrays, Tensors
from aecodec.errors import ModelError
from aecodec.kinds.grid import GridCodec
from aecodec.kinds.names import HALVES, PAIR
from aecodec.kinds.parts import Part
from aecodec.kinds.pixels import PixelCodec


class PairCodec:
    """A :class:`aecodec.kinds.Codec`."""

    kind = PAIR
    native = tile = None
    residual = ink = None  # these are for tiles

    def __init__(self, tensors: Tensors, description: Mapping[str, Any], *, sound: bool = False) -> None:
        """Build both; raises ModelError or ValueError where tensors and description do not fit.

        Of tensors that are known to be ``sound`` each builds its parts when they are first used.
        """
        for half, kind in HALVES.items():
            found = description[half].get("kind")
            if found != kind:
                raise ModelError(f"a pair whose {half} half is of kind {found!r:.40}, expected {kind}")
        self.lossy = GridCodec(tensors_of_half(tensors, "lossy"), description["lossy"], sound=sound)
        self.pixels = PixelCodec(tensors_of_half(tensors, "exact"), description["exact"], sound=sound)

    @property
    def parts(self) -> frozenset[Part]:
        """Those of both."""
        return self.lossy.parts | self.pixels.parts

    def answer(self) -> Iterator[bytes]:
        """Yield what the lossy half answers, then the exact one."""
        return chain(self.lossy.answer(), self.pixels.answer())


def tensors_of_half(tensors: Tensors, half: str) -> Arrays:
    """Return those of one half, by the names that they have alone."""
    return {name.removeprefix(f"{half}."): each for name, each in tensors.items() if name.startswith(f"{half}.")}
