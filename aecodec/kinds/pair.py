"""The kind ``pair``, two models in one: a grid or tiles for lossy files, and pixels for exact files.

The halves are ``lossy`` and ``exact``. The description has one of each half under its name, and the names of a half's
tensors begin with that name.
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
    """The :class:`aecodec.kinds.Codec` of pairs."""

    kind = PAIR
    native = None  # files by a pair always say how large their pictures are
    residual = ink = None  # the exact half keeps exact pixels in its own way

    def __init__(self, tensors: Tensors, description: Mapping[str, Any], *, sound: bool = False) -> None:
        """Build both halves. Raises ModelError or ValueError if tensors and description do not fit.

        If the tensors are known to be ``sound``, parts are built only when they are first used.
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
        """The tile of the lossy half."""
        return self.lossy.tile

    @property
    def parts(self) -> frozenset[Part]:
        """The parts of both halves."""
        return self.lossy.parts | self.pixels.parts

    def answer(self) -> Iterator[bytes]:
        """Return the answers of the lossy half, then those of the exact half."""
        return chain(self.lossy.answer(), self.pixels.answer())


def tensors_of_half(tensors: Tensors, half: str) -> Arrays:
    """Return the tensors of one half, by their names without the half's."""
    return {name.removeprefix(f"{half}."): each for name, each in tensors.items() if name.startswith(f"{half}.")}
