"""The optional parts of models, and how a model file shows that it has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aecodec.arrays import Tensors
from aecodec.frozen import dataclass
from aecodec.grid.names import ADAPTIVE, DEPENDENT, INTERLACED, POSTFILTER
from aecodec.ink.names import CONDITIONAL, INK
from aecodec.kinds.names import GRID, PIXELS


@dataclass(frozen=True)
class Part:
    """An optional part of a model. Its sign in a model file is a ``tensor``, or a ``key`` of the description.

    If ``kind`` is given, that is a sign only in models of this kind. If ``within`` is given, it is a sign only where
    the model has that part, too.
    """

    name: str
    tensor: str | None = None
    key: str | None = None
    kind: str | None = None
    within: Part | None = None

    def is_in(self, kind: str, tensors: Tensors, description: Mapping[str, Any]) -> bool:
        """Return whether a model file of ``kind`` has the part."""
        if self.kind not in (None, kind) or not (self.within is None or self.within.is_in(kind, tensors, description)):
            return False
        return self.tensor in tensors or self.key in description


RESIDUAL_CODER = Part("a residual coder", tensor="residual.costs")
INK_CODER = Part("an ink coder", tensor="origins.ink")
INK_NETWORK = Part("a network of ink", tensor=f"{INK}.0.weight", within=INK_CODER)
CONDITIONAL_NETWORK = Part("a network of ink over lossy pictures", tensor=f"{CONDITIONAL}.0.weight", within=INK_CODER)
DRAWINGS = Part("drawings", key="drawings", kind=PIXELS)
RESTORATION = Part("restoration of altered drawings", tensor="drawings.restoration.0.bias", within=DRAWINGS)
OVERLAP = Part("overlapping blocks", tensor=POSTFILTER, kind=GRID)
ADAPTIVE_FILTER = Part("an adaptive filter", tensor=f"{ADAPTIVE}.groups", kind=GRID)
DEPENDENT_QUANTIZATION = Part("dependent quantization", tensor=DEPENDENT, kind=GRID)
INTERLACED_SLICE = Part("an interlaced slice", key=INTERLACED, kind=GRID)
PARTS = (
    RESIDUAL_CODER,
    INK_CODER,
    INK_NETWORK,
    CONDITIONAL_NETWORK,
    DRAWINGS,
    RESTORATION,
    OVERLAP,
    ADAPTIVE_FILTER,
    DEPENDENT_QUANTIZATION,
    INTERLACED_SLICE,
)
