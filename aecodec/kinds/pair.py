"""The kind that has two others in it: a grid or tiles for lossy files, and pixels for exact ones.

Of the two, ``lossy`` and ``exact``, each has a description of its own under its name, and tensors whose names begin
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from aecodec.arrays import Arrays, Tensors
from aecodec.errors import ModelError
from aecodec.kinds.grid import GridCodec
from aecodec.kinds.names import HALVES, PAIR
from aecodec.kinds.parts import Part
from aecodec.kinds.pixels import PixelCodec
from aecodec.kinds.protocol import LossyCodec
from aecodec.kinds.tiles import TileCodec

_LOSSY: Mapping[str, Callable[..., LossyCodec]] = {GridCodec.kind: GridCodec, TileCodec.kind: TileCodec}


class PairCodec:
    """A :class:`aecodec.kinds.Codec`."""

    kind = PAIR
    native = None  # a file of it always says how large its pictures are
    residual = ink = None  # exact pixels are the other half's

    def __init__(self, tensors: Tensors, description: Mapping[str, Any], *, sound: bool = False) -> None:
        """Build both; raises ModelError or ValueError if tensors and description do not fit.

        Of tensors that are known to be ``sound`` each builds its parts when they are first used.
        """
        for half, kinds in HALVES.items():
            found = description[half].get("kind")
            if found not in kinds:
                raise ModelError(f"a pair whose {half} half is of kind {found!r:.40}, expected {' or '.join(kinds)}")
        lossy = description["lossy"]
        self.lossy = _LOSSY[lossy["kind"]](tensors_of_half(tensors, "lossy"), lossy, sound=sound)
        if self.lossy.residual or self.lossy.ink:
            raise ModelError("a pair whose lossy half has coders of exact pixels")
        self.pixels = PixelCodec(tensors_of_half(tensors, "exact"), description["exact"], sound=sound)

    @property
    def tile(self) -> tuple[int, int] | None:
        """That of the lossy half."""
        return self.lossy.tile

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
