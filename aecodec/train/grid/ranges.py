"""Activations that use the range that integers give them.

A layer's outputs times a power of two, and the weights of the layer behind divided by it, give the same results
(cross-layer equalization, Nagel et al. 2019). Mostly the int8 weights stay what they were, and only their exponents
change. But outputs lie on a fixed grid. In a long training activations shrink to some steps of it, and rounding them
costs bits. So a release scales layers until their largest output in some pictures fills a quarter to a half of their
range. First layers of checkerboards stay as they are, whose sums are made in two parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from aecodec.train.grid.convolutions import MAX_EXPONENT, Layer
from aecodec.train.grid.loop import pixels_of
from aecodec.train.grid.networks import Grid

HEADROOM = 2.0  # by which outputs in other pictures may be larger


@torch.no_grad()
def widened(model: Grid, pictures: Iterable[tuple[Tensor, float]]) -> Grid:
    """Return a copy of ``model`` in floats, which gives the same results, and whose activations use their range.

    ``pictures`` are uint8 ``[H, W, 3]`` with sides that are multiples of 16, and the quality at which each is seen.
    """
    made = deepcopy(model)
    made.set_integer(False)
    largest = _largest(made, pictures)
    for layer, behind in followers(made):
        most = largest.get(layer, 0.0)
        if most > 0:
            room = layer.limits[1] / 2.0**layer.fraction / (HEADROOM * most)
            spare = MAX_EXPONENT - int(behind.exponents(behind.groups[0]).max())
            _scale(layer, behind, min(max(0, math.floor(math.log2(room))), spare))
    return made


def followers(model: Grid) -> Iterator[tuple[Layer, Layer]]:
    """Yield each layer whose outputs only one other one sees, as its first part, and that one."""
    a, s, ha, hs = model.analysis, model.synthesis, model.hyper_analysis, model.hyper_synthesis
    chains: list[list[nn.Module]] = [
        [a.stem, *a.eighth, a.sixteenth, a.last],
        [*s.sixteenth, s.to_eighth, *s.eighth, s.to_quarter, s.quarter, s.last],
        [ha.first, *ha.second, ha.last],
        [*hs.first, *hs.second, hs.last],
    ]
    for part in model.parts():
        chains += [[each.first, each.second, each.last] for _, each in part.named("")]
    for chain in chains:
        for layer, behind in pairwise(chain):
            assert isinstance(layer, Layer) and isinstance(behind, Layer)
            yield layer, behind


def _largest(model: Grid, pictures: Iterable[tuple[Tensor, float]]) -> dict[Layer, float]:
    """Return the largest output of each layer that is called."""
    found: dict[Layer, float] = {}

    def look(layer: nn.Module, given: Any, out: Tensor) -> None:
        assert isinstance(layer, Layer)
        found[layer] = max(found.get(layer, 0.0), float(out.detach().max()))

    hooks = [layer.register_forward_hook(look) for _, layer in model.layers()]
    for picture, quality in pictures:
        model(pixels_of(picture[None]), torch.full((1,), quality))
    for hook in hooks:
        hook.remove()
    return found


def _scale(layer: Layer, behind: Layer, octaves: int) -> None:
    """Multiply the outputs of ``layer`` by a power of two, and divide what ``behind`` makes of them."""
    for each in (*layer.weights, layer.bias, layer.quality):
        if each is not None:
            each.mul_(2.0**octaves)
    behind.weights[0].mul_(2.0**-octaves)
