"""Kinds of models: a model file states its kind, and all else asks its :class:`Codec` for what it needs: a
:class:`LossyCodec`, a :class:`PixelCodec`, or tiles and what makes these exact.

A new kind is a module here and a line in ``_KINDS``. The module is imported when a model of that kind is at hand.
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

# kind: its module here, and its class there
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    TILES: (".tiles", "TileCodec"),
    GRID: (".grid", "GridCodec"),
    PIXELS: (".pixels", "PixelCodec"),
    PAIR: (".pair", "PairCodec"),
}


def kind_of(description: Mapping[str, Any]) -> str:
    """Return what a model's description states; one that states nothing is older than this, and of tiles."""
    return str(description.get("kind", TILES))


def known_kind(description: Mapping[str, Any]) -> str:
    """Return the same, checked; raises ModelError for a kind that is none of these."""
    kind = kind_of(description)
    if kind not in _KINDS:
        raise ModelError(f"a model of kind {kind!r:.40}; a newer aecodec may know it")
    return kind


def build_codec(tensors: Tensors, description: Mapping[str, Any], *, sound: bool = False) -> Codec:
    """Return the codec of a model file's tensors. Raises ModelError for another kind, and where they do not fit.

    Of tensors that are known to be ``sound``, parts are built when they are first used.
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
