"""Kinds of models. A model file states its kind, which gives it a :class:`Codec`.

All other code asks that codec for what it needs: a :class:`LossyCodec`, a :class:`PixelCodec`, or the coders that make
tiles exact. A new kind is a module here, and a line in ``_KINDS``. A kind's module is imported when a model of that
kind is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from aecodec.arrays import Tensors
from aecodec.errors import ModelError
from aecodec.kinds.names import GRID, PAIR, PIXELS, TILES
from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.kinds.grid import GridCodec
    from aecodec.kinds.pair import PairCodec
    from aecodec.kinds.pixels import PixelCodec
    from aecodec.kinds.protocol import Codec, LossyCodec, Rate, Size
    from aecodec.kinds.tiles import TileCodec
else:
    __getattr__ = late(
        __name__,
        {
            ".grid": ("GridCodec",),
            ".pair": ("PairCodec",),
            ".pixels": ("PixelCodec",),
            ".protocol": ("Codec", "LossyCodec", "Rate", "Size"),
            ".tiles": ("TileCodec",),
        },
    )

# By kind: its module in this package, and its class in that module.
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    TILES: (".tiles", "TileCodec"),
    GRID: (".grid", "GridCodec"),
    PIXELS: (".pixels", "PixelCodec"),
    PAIR: (".pair", "PairCodec"),
}


def kind_of(description: Mapping[str, Any]) -> str:
    """Return the kind that a model's description states. Old models state none; they are models of tiles."""
    return str(description.get("kind", TILES))


def known_kind(description: Mapping[str, Any]) -> str:
    """Return the kind that a model's description states. Raises ModelError for an unknown one."""
    kind = kind_of(description)
    if kind not in _KINDS:
        raise ModelError(f"a model of kind {kind!r:.40}; a newer aecodec may know it")
    return kind


def build_codec(tensors: Tensors, description: Mapping[str, Any], *, sound: bool = False) -> Codec:
    """Return the codec of a model file's tensors and description.

    Raises ModelError for an unknown kind, and where tensors do not fit. If the tensors are known to be ``sound``, parts
    are built only when they are first used.
    """
    module, name = _KINDS[known_kind(description)]
    built: Codec = getattr(import_module(module, __name__), name)(tensors, description, sound=sound)
    return built


__all__ = [
    "Codec",
    "GridCodec",
    "LossyCodec",
    "PairCodec",
    "PixelCodec",
    "Rate",
    "Size",
    "TileCodec",
    "build_codec",
    "kind_of",
    "known_kind",
]
