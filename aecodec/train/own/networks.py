"""The networks of a model of exact pixels in PyTorch, filled from its file, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aecodec.arrays import Arrays, Tensors
from aecodec.pixels.inputs import COLOURS
from aecodec.train.drawings.networks import DrawingNetworks, ValueNetwork
from aecodec.train.drawings.samples import CHOICE, INPUTS
from aecodec.train.exact_layers import ExactLayer
from aecodec.train.own.weights import HIDDEN_BITS, put, take
from aecodec.train.pixels.networks import PixelNetworks, SampledNetworks

_DRAWINGS, _PIXELS = "drawings", "pixels"


def pixel_networks(tensors: Tensors) -> PixelNetworks:
    """Return the networks of photographs. Raises KeyError or ValueError for tensors of other networks."""
    made = PixelNetworks(_widths(tensors, f"{_PIXELS}.0"))
    for name, layers, _ in chains(made):
        take(layers, tensors, name)
    return made


def drawing_networks(tensors: Tensors, description: Mapping[str, Any]) -> DrawingNetworks:
    """Return the networks of drawings; ``description`` is that of the model. Raises as :func:`pixel_networks`."""
    made = DrawingNetworks(_widths(tensors, f"{_DRAWINGS}.{CHOICE}"))
    for name, layers, before in chains(made):
        if before is None:
            one = description[_DRAWINGS][name.split(".")[1]].get("one") if name.endswith(".trunk") else None
            take(layers, tensors, name, HIDDEN_BITS if one is None else int(one).bit_length() - 1)
        else:
            layers[0].fraction_in = before.fraction_out
            take(layers, tensors, name)
    return made


def tensors_of(networks: SampledNetworks, tensors: Tensors) -> Arrays:
    """Return the tensors of networks that were filled from ``tensors``."""
    found: Arrays = {}
    for name, layers, _ in chains(networks):
        found |= put(layers, tensors, name)
    return found


def chains(networks: SampledNetworks) -> Iterator[tuple[str, Sequence[ExactLayer], ExactLayer | None]]:
    """Yield each chain of layers with its name in a file, and the layer of another chain that it sees, if any."""
    if isinstance(networks, PixelNetworks):
        yield from ((f"{_PIXELS}.{colour}", networks[colour].layers(), None) for colour in range(COLOURS))
        return
    assert isinstance(networks, DrawingNetworks)
    for number, name in enumerate(INPUTS):
        network = networks[number]
        trunk = network.parts["trunk"][-1] if isinstance(network, ValueNetwork) else None
        for part, layers in network.parts.items():
            yield ".".join(filter(None, (_DRAWINGS, name, part))), layers, None if part in ("", "trunk") else trunk


def _widths(tensors: Tensors, prefix: str) -> tuple[int, int]:
    return len(tensors[f"{prefix}.0.bias"]), len(tensors[f"{prefix}.1.bias"])
