"""A chain of operations over sheets (:mod:`aecodec.exact.sheets`): convolutions, and steps between resolutions.

The description is a list of mappings with ``op``:

====== =====================================================================
conv   the next layer, :mod:`aecodec.exact.sheet_layers`: 3 x 3 or 1 x 1; keys ``low``, ``high``
down   ``[H, W, C] -> [ceil(H / by), ceil(W / by), by * by * C]``; key ``by``
up     undoes ``down``; key ``by``
====== =====================================================================

The channels behind ``down`` run over row, column, and channel of a block. Zeros fill up sides that do not divide. A
chain goes down or up, never both. So no step up meets sides that were filled up, and ``halo`` is exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from aecodec.arrays import Tensors
from aecodec.errors import ModelError
from aecodec.exact.sheet_operations import SHEET_OPERATIONS, SheetOperation, SheetValue
from aecodec.exact.sheets import Map, Sheet
from aecodec.exact.tensors import require
from aecodec.frozen import dataclass
from aecodec.limits import MAX_GRID_CHANNELS, MAX_GRID_VALUES, MAX_GRID_WORK


@dataclass(frozen=True)
class SheetChain:
    """Operations in order, and what is known of the ``output`` of the last."""

    steps: tuple[SheetOperation, ...]
    output: SheetValue

    @property
    def halo(self) -> int:
        """How far, in places of the input, a place of the output sees beyond its own place, at most."""
        return math.ceil(self.output.halo)

    def __call__(self, sheet: Sheet, quality: int, run: Map = map) -> Sheet:
        """Return the output for ``sheet`` at ``quality``, float32 after the first layer. ``run`` maps the work."""
        for step in self.steps:
            sheet = step(sheet, quality, run)
        return sheet


def build_sheet_chain(
    tensors: Tensors,
    prefix: str,
    description: Sequence[Mapping[str, Any]],
    channels: int,
    largest: int,
    places: Fraction,
) -> SheetChain:
    """Build the chain ``prefix`` by its ``description``.

    The input has so many ``channels``, with values of at most ``largest`` either way. ``places`` is how many places of
    the input lie along one side of a place in the grid of latents; limits are for one place of that grid. Raises
    ModelError for a missing or misshapen tensor, an unknown op, a broken bound, or too much work or memory.
    """
    steps: list[SheetOperation] = []
    value, layers, work = SheetValue(channels, -largest, largest), 0, Fraction(0)
    for entry in description:
        op = entry.get("op")
        kind = SHEET_OPERATIONS.get(op) if isinstance(op, str) else None
        if kind is None:
            raise ModelError(f"{prefix}: unknown layer {op!r:.40}; a newer aecodec may know it")
        step = kind.build(tensors, f"{prefix}.{layers}" if kind.weighted else prefix, entry, value)
        value, layers, work = step.after, layers + kind.weighted, work + step.work * places**2
        values = value.channels * (value.scale * places) ** 2
        fits = value.channels <= MAX_GRID_CHANNELS and values <= MAX_GRID_VALUES and work <= MAX_GRID_WORK
        said = f"{prefix}: {op} takes {value.channels} channels, {work} multiplications for a place: too many"
        require(fits, said)
        steps.append(step)
    require(steps and steps[-1].ends, f"{prefix}: no layers, or another last one than a convolution")
    return SheetChain(tuple(steps), value)
