"""What no longer learns anything begins anew when a run begins with another's weights: channels that are never above 0,
and hyper-latents of which nothing is coded.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from aecodec.limits import GRID_SIDE
from aecodec.train.grid.convolutions import Layer
from aecodec.train.grid.loop import pixels_of
from aecodec.train.grid.networks import Grid, live_channels

QUALITIES = (10, 40, 70, 95)
ENDS = (20, 80)  # qualities between which what features give is taken for a line
BORDER = 4  # places at the edges that see beyond them
LEAST_DEVIATION = 1e-3
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


@torch.no_grad()
def revive_hyper(model: Grid, fresh: Grid, pictures: Sequence[Tensor]) -> bool:
    """Let the hyper-latents of ``model`` begin anew, if none is coded in ``pictures``, at some qualities.

    Their steps become as long as they deviate, or half as long at the best quality and twice at the least. Features
    come from the networks of ``fresh`` then, and slices give them no weight at first. What features were before, the
    same everywhere, goes into the biases of the slices. So latents cost what they did. Return whether it was so.

    Pictures are as those of :func:`revive`, at least 12 places high and wide.
    """
    device = model.gains.device
    values, features = [], []
    for quality in ENDS:
        asked = torch.full((1,), float(quality), device=device)
        rows = []
        for picture in pictures:
            pixels = pixels_of(picture[None].to(device))
            if model(pixels, asked).hyper_bits.sum() > 0:
                return False
            hyper = model.hyper_analysis(model.analysis(pixels), asked)
            rows.append(hyper.transpose(0, 1).flatten(1))
        values.append(torch.cat(rows, 1))
        same = model.hyper_means[None, :, None, None].expand_as(hyper)
        size = pixels.shape[2] // GRID_SIDE, pixels.shape[3] // GRID_SIDE
        features.append(model.hyper_synthesis(same, asked, size)[0, :, BORDER:-BORDER, BORDER:-BORDER].mean((1, 2)))
    every = torch.cat(values, 1)
    octaves = torch.log2(every.std(1).clamp_min(LEAST_DEVIATION))
    model.hyper_gains.copy_(torch.linspace(-1.0, 1.0, len(model.hyper_gains), device=device)[:, None] - octaves)
    model.hyper_means.copy_(every.mean(1))
    model.hyper_scales.copy_(octaves)
    model.hyper_synthesis.load_state_dict(fresh.hyper_synthesis.state_dict())
    for part in model.parts():
        for layer in part.told():
            _take_back(layer, features)
    return True


def _take_back(layer: Layer, features: Sequence[Tensor]) -> None:
    """Put what the first part of ``layer`` gives for ``features`` at ENDS into its bias, and make its weights 0."""
    weight, (low, high) = layer.weights[0], ENDS
    given = [weight.flatten(1) @ each for each in features]
    slope = (given[1] - given[0]) / (high - low)
    assert layer.quality is not None
    layer.bias.add_(given[0] - slope * low)
    layer.quality.add_(slope * 2.0 ** layer.parts[0].fraction)
    weight.zero_()


def _renew(layer: Layer, fresh: Layer, channels: Tensor) -> None:
    for own, theirs in zip(layer.weights, fresh.weights, strict=True):
        own.data[channels] = theirs.data[channels]
    layer.bias.data[channels] = 0
    if layer.quality is not None:
        layer.quality.data[channels] = 0
