"""A chain of layers over sheets: 3 x 3 and 1 x 1 convolutions, and steps between resolutions.

The description is a list of mappings with ``op``:

====== =====================================================================
conv   the next layer, :mod:`aecodec.grid.sheet_layers`; keys ``low``, ``high``
down   ``[H, W, C] -> [ceil(H / by), ceil(W / by), by * by * C]``; key ``by``
up     the way back
====== =====================================================================

Channels of a place run over row, column, and channel. Where sides do not divide, zeros fill them up. A chain goes down
or up, never both: so sides behind a step up are never longer than what they stand for, and ``halo`` is exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import ModelError
from aecodec.exact.sheets import Map, Reals, Sheet
from aecodec.exact.tensors import Tensors, whole
from aecodec.grid.sheet_layers import Layer, Part, build_layer
from aecodec.limits import MAX_GRID_CHANNELS, MAX_GRID_VALUES, MAX_GRID_WORK

_SIDES = (2, 4, 16)


@dataclass(frozen=True)
class Down:
    """Blocks of ``by`` x ``by`` places become one."""

    by: int

    def __call__(self, sheet: Sheet) -> Sheet:
        """Apply the step."""
        by, channels = self.by, sheet.rows.shape[1]
        height, width = -(-sheet.height // by), -(-sheet.width // by)
        inner: NDArray[Any] = sheet.inner
        below, right = height * by - sheet.height, width * by - sheet.width
        if below or right:
            inner = np.pad(inner, ((0, 0), (0, below), (0, right), (0, 0)))
        made = Sheet.zeros(sheet.count, height, width, by * by * channels, sheet.rows.dtype.type)
        blocks = inner.reshape(sheet.count, height, by, width, by, channels)
        made.inner.reshape(sheet.count, height, width, by, by, channels)[...] = blocks.transpose(0, 1, 3, 2, 4, 5)
        return made


@dataclass(frozen=True)
class Up:
    """One place becomes ``by`` x ``by``."""

    by: int

    def __call__(self, sheet: Sheet) -> Sheet:
        """Apply the step."""
        by, channels = self.by, sheet.rows.shape[1] // self.by**2
        height, width = sheet.height * by, sheet.width * by
        made = Sheet.zeros(sheet.count, height, width, channels, sheet.rows.dtype.type)
        for row in range(by):
            for column in range(by):
                first = (row * by + column) * channels
                made.inner[:, row::by, column::by] = sheet.inner[..., first : first + channels]
        return made


Step = Layer | Down | Up


@dataclass(frozen=True)
class Chain:
    """Steps in order. ``scale`` is how many places of the output's side are in one of the input's; ``halo`` how many
    places of the input beyond its own a place of the output depends on, at most.
    """

    steps: tuple[Step, ...]
    scale: Fraction
    halo: int
    outputs: int
    limits: tuple[int, int]

    def __call__(self, sheet: Sheet, quality: int, out: type[np.floating[Any]], run: Map = map) -> Sheet:
        """The output as a sheet of ``out``; what lies between is in float32."""
        for number, step in enumerate(self.steps):
            if isinstance(step, Layer):
                sheet = step([sheet], quality, out if number == len(self.steps) - 1 else np.float32, run)
            else:
                sheet = step(sheet)
        return sheet


def build_chain(
    tensors: Tensors,
    prefix: str,
    description: Sequence[Mapping[str, Any]],
    channels: int,
    largest: int,
    places: Fraction,
) -> Chain:
    """The chain ``prefix`` of ``description``, whose input has ``channels`` of at most ``largest`` either way.

    ``places`` is how many of the input's lie along the side of one place of the latents' grid: limits count for that.
    Raises ModelError for a missing or misshapen tensor, an unknown op, a broken bound, or too much work or memory.
    """
    steps: list[Step] = []
    number, work, scale, halo = 0, Fraction(0), Fraction(1), Fraction(0)
    limits = (-largest, largest)
    for entry in description:
        op = entry.get("op")
        if op == "conv":
            low, high = whole(entry["low"]), whole(entry["high"])
            layer = build_layer(tensors, f"{prefix}.{number}", [Part(channels, max(-limits[0], limits[1]))], low, high)
            number += 1
            work += layer.work * (scale * places) ** 2
            halo += Fraction(layer.radius) / scale
            channels, limits, step = layer.outputs, (low, high), layer
        elif op in ("down", "up"):
            by = whole(entry["by"])
            if by not in _SIDES or (op == "up" and channels % by**2):
                raise ModelError(f"{prefix}: {op} by {by} of {channels} channels")
            if (scale > 1 and op == "down") or (scale < 1 and op == "up"):
                raise ModelError(f"{prefix}: goes both down and up")
            scale = scale / by if op == "down" else scale * by
            channels = channels * by**2 if op == "down" else channels // by**2
            step = Down(by) if op == "down" else Up(by)  # type: ignore[assignment]
        else:
            raise ModelError(f"{prefix}: unknown layer {op!r:.40}; a newer aecodec may know it")
        values = channels * (scale * places) ** 2
        if channels > MAX_GRID_CHANNELS or values > MAX_GRID_VALUES or work > MAX_GRID_WORK:
            raise ModelError(f"{prefix}: {op} takes {channels} channels, {work} multiplications for a place: too many")
        steps.append(step)
    if not steps or not isinstance(steps[-1], Layer | Up):
        raise ModelError(f"{prefix}: no layers, or another last one than a convolution")
    return Chain(tuple(steps), scale, math.ceil(halo), channels, limits)


def cropped(sheet: Sheet, top: int, height: int) -> Reals:
    """``[count, height, W, C]`` from row ``top`` on, a view."""
    return sheet.inner[:, top : top + height]
