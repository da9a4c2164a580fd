"""Kinds of models: a model file states its kind, and all else asks its :class:`Codec` for what it needs: a
:class:`LossyCodec`, a :class:`PixelCodec`, or tiles and what makes these exact.

A new kind is a module here and a line in ``_KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aecodec.arrays import Tensors
from aecodec.errors import ModelError
from aecodec.kinds.grid import GridCodec
from aecodec.kinds.pair import PairCodec
from aecodec.kinds.pixels import PixelCodec
from aecodec.kinds.protocol import Codec, LossyCodec, Rate, Size
from aecodec.kinds.tiles import TileCodec

_KINDS: Mapping[str, Callable[[Tensors, Mapping[str, Any]], Codec]] = {
    TileCodec.kind: TileCodec,
    GridCodec.kind: GridCodec,
    PixelCodec.kind: PixelCodec,
    PairCodec.kind: PairCodec,
}


def kind_of(description: Mapping[str, Any]) -> str:
    """Return what a model's description states; one that states nothing is older than this, and of tiles."""
    return str(description.get("kind", TileCodec.kind))


def known_kind(description: Mapping[str, Any]) -> str:
    """Return the same, checked; raises ModelError for a kind that is none of these."""
    kind = kind_of(description)
    if kind not in _KINDS:
        raise ModelError(f"a model of kind {kind!r:.40}; a newer aecodec may know it")
    return kind


def build_codec(tensors: Tensors, description: Mapping[str, Any]) -> Codec:
    """Return the codec of a model file's tensors. Raises ModelError for another kind, and where they do not fit."""
    return _KINDS[known_kind(description)](tensors, description)


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
