"""Channels that are never above 0 any more learn nothing. They get new weights when a run begins with another's."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from aecodec.train.grid.convolutions import Layer
from aecodec.train.grid.loop import pixels_of
from aecodec.train.grid.networks import Grid, live_channels

QUALITIES = (10, 40, 70, 95)
# Layers whose channels died in long runs, and the layer that sees each of them, as its first part.
FOLLOWERS = {"analysis.sixteenth": "analysis.last", "hyper_synthesis.first.0": "hyper_synthesis.first.1"}


@torch.no_grad()
def revive(model: Grid, fresh: Grid, pictures: Sequence[Tensor]) -> dict[str, int]:
    """Give channels of ``model`` that are 0 all over ``pictures``, at all of some qualities, the weights of ``fresh``.

    Pictures are uint8 ``[H, W, 3]``, with sides that are multiples of 16. Nothing comes out of these channels at first,
    so that the model gives what it gave. Return how many there were, by layer.
    """
    layers, new, counts = dict(model.layers()), dict(fresh.layers()), dict[str, int]()
    device = model.gains.device
    with live_channels(model) as live:
        for picture in pictures:
            for quality in QUALITIES:
                model(pixels_of(picture[None].to(device)), torch.full((1,), float(quality), device=device))
    for name, follower in FOLLOWERS.items():
        dead = ~live[name]
        _renew(layers[name], new[name], dead)
        layers[follower].weights[0].data[:, dead] = 0
        counts[name] = int(dead.sum())
    return counts


def _renew(layer: Layer, fresh: Layer, channels: Tensor) -> None:
    for own, theirs in zip(layer.weights, fresh.weights, strict=True):
        own.data[channels] = theirs.data[channels]
    layer.bias.data[channels] = 0
    if layer.quality is not None:
        layer.quality.data[channels] = 0
