"""The network that restores altered drawings, in PyTorch, and its tensors in a model file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from aecodec.arrays import Arrays, Tensors
from aecodec.drawings.restoration import SEEN
from aecodec.train.grid.convolutions import Layer, single
from aecodec.train.grid.export import put_layer, take_layer

WIDTHS = (24, 24)  # of hidden layers
_COLOURS = 3
_KERNEL = 3
NAME = "drawings.restoration"


class Network(nn.Module):
    """Convolutions that say what is to be added to each sample. A new one adds nothing."""

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        layers = [single(*pair, _KERNEL, quality=True) for pair in zip((SEEN, *widths), widths, strict=False)]
        layers.append(single(widths[-1], _COLOURS, _KERNEL, relu=False, quality=True))
        nn.init.zeros_(layers[-1].weights[0])
        self._layers = nn.ModuleList(layers)

    def layers(self) -> list[Layer]:
        """Return the layers, the first one first."""
        return [layer for layer in self._layers if isinstance(layer, Layer)]

    def set_integer(self, integer: bool) -> None:
        """Choose the arithmetic: floats, or the integers of a model file."""
        for layer in self.layers():
            layer.integer = integer

    def forward(self, pixels: Tensor, quality: Tensor) -> Tensor:
        """Return what to add to red, green and blue ``[B, 3, H, W]``; ``pixels`` ``[B, 4, H, W]`` are
        (p - 128) / 128, and ``quality`` ``[B]`` is 0..100.
        """
        for layer in self.layers():
            pixels = layer([pixels], quality)
        return pixels


def tensors_and_entries(network: Network) -> tuple[Arrays, list[dict[str, Any]]]:
    """Return the tensors of ``network`` in a model file, and the entries of the description."""
    arrays: Arrays = {}
    entries = []
    for number, layer in enumerate(network.layers()):
        put_layer(arrays, f"{NAME}.{number}", layer)
        low, high = layer.limits
        entries.append({"op": "conv", "low": low, "high": high})
    return arrays, entries


@torch.no_grad()
def network_of(tensors: Tensors) -> Network:
    """Return the network of a model file's ``tensors``. Raises KeyError or ValueError for another one."""
    widths: list[int] = []
    while (name := f"{NAME}.{len(widths)}.bias") in tensors:
        widths.append(len(tensors[name]))
    made = Network(widths[:-1])
    for number, layer in enumerate(made.layers()):
        take_layer(dict(tensors), f"{NAME}.{number}", layer)
    return made
