"""What the version that a model file states promises: the kind of the model, and which parts are in the file.

One version promises no more than that tensors are packed (:mod:`aecodec.zoo.packed`): what comes out must be as some
other version promises.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, Final

from numpy.typing import NDArray

from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.kinds.names import GRID, PIXELS, TILES
from aecodec.kinds.parts import (
    ADAPTIVE_FILTER,
    CONDITIONAL_NETWORK,
    DEPENDENT_QUANTIZATION,
    DRAWINGS,
    INK_CODER,
    INK_NETWORK,
    INTERLACED_SLICE,
    OVERLAP,
    PARTS,
    RESIDUAL_CODER,
    RESTORATION,
    Part,
)


@dataclass(frozen=True)
class Promise:
    """A model of ``kind`` that has all parts ``required``, may have those ``allowed``, and has no others."""

    kind: str
    required: frozenset[Part] = frozenset()
    allowed: frozenset[Part] = frozenset()

    def holds(self, kind: str, parts: Set[Part]) -> bool:
        """Return whether it is one of a model of ``kind`` that has ``parts``."""
        return kind == self.kind and self.required <= parts <= self.required | self.allowed


def _tiles(*required: Part) -> Promise:
    return Promise(TILES, frozenset(required), frozenset([RESIDUAL_CODER]))


VERSIONS: Mapping[str, Promise] = {
    "1": _tiles(),
    "2": _tiles(INK_CODER),
    "3": _tiles(INK_CODER, INK_NETWORK),
    "4": _tiles(INK_CODER, INK_NETWORK, CONDITIONAL_NETWORK),
    "5": Promise(GRID),
    "6": Promise(PIXELS),
    "7": Promise(PIXELS, frozenset([DRAWINGS])),
    "8": Promise(GRID, frozenset([OVERLAP])),
    "11": Promise(PIXELS, frozenset([DRAWINGS, RESTORATION])),
    "12": Promise(GRID, frozenset([OVERLAP, ADAPTIVE_FILTER])),
    "13": Promise(GRID, frozenset([OVERLAP, ADAPTIVE_FILTER, DEPENDENT_QUANTIZATION])),
    "14": Promise(GRID, frozenset([OVERLAP, ADAPTIVE_FILTER, DEPENDENT_QUANTIZATION, INTERLACED_SLICE])),
}

PACKED: Final = "9"
ALL_VERSIONS: Final = (*VERSIONS, PACKED)


def check_version(version: str, kind: str, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> None:
    """Raise ModelError unless a file of ``kind`` has what its ``version``, one of VERSIONS, promises."""
    promise = VERSIONS[version]
    if kind != promise.kind:
        raise ModelError(
            f"the model states version {version} and kind {kind}, but that version is of kind {promise.kind}"
        )
    for part in PARTS:
        is_there = part.is_in(kind, tensors, description)
        if is_there and part not in promise.required | promise.allowed:
            raise ModelError(f"the model has {part.name}, which models of version {version} do not have")
        if part in promise.required and not is_there:
            raise ModelError(f"the model lacks {part.name}, which models of version {version} have")


def check_parts(kind: str, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> None:
    """Raise ModelError unless some version promises what these have, which were packed."""
    version_with(kind, {part for part in PARTS if part.is_in(kind, tensors, description)})


def version_with(kind: str, parts: Set[Part]) -> str:
    """Return the version of models of ``kind`` that have ``parts``; raises ModelError if there is none."""
    for version, promise in VERSIONS.items():
        if promise.holds(kind, parts):
            return version
    found = ", ".join(sorted(part.name for part in parts)) or "nothing else"
    raise ModelError(f"no version of models of kind {kind} has {found}")
