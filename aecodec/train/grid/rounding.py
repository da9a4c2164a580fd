"""Weights rounded to the grids of a release so that their errors cancel out.

Layer by layer this is GPTQ (Frantar et al. 2022): weights are rounded one input after the other, and those still to
come make up for what that did to the outputs. How far they can is known from the second moments of the layer's inputs
in some pictures. The bias comes last and takes what is left of the mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.limits import WEIGHT_MAX
from aecodec.train.grid.convolutions import CROSS, Layer
from aecodec.train.grid.loop import pixels_of
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.prior import Slice

DAMPING = 0.1  # of each input's power, as noise of its own: moments of few pictures are not to be trusted further
PLACES = 256  # of one picture at which a layer's inputs count, at most
BLOCK = 128  # weights whose errors the weights behind them hear of together
Moments = dict[tuple[Layer, int], Tensor]  # by layer and the number of its group of parts
Inputs = Sequence[Tensor]  # of a layer's parts, [1, C, H, W] each


@torch.no_grad()
def compensated(model: Grid, pictures: Iterable[tuple[Tensor, float]]) -> Grid:
    """Return a copy of ``model`` whose weights lie on their grids already, where integer mode leaves them.

    ``pictures`` are uint8 ``[H, W, 3]`` with sides that are multiples of 16, and the quality at which each is seen.
    """
    made = deepcopy(model)
    made.set_integer(True)
    for (layer, number), power in moments(made, pictures).items():
        settle(layer, layer.groups[number], power)
    return made


def moments(model: Grid, pictures: Iterable[tuple[Tensor, float]]) -> Moments:
    """Return the sums of the products of all that meets the weights of a group, as :func:`columns` has it."""
    found: Moments = {}
    random = torch.Generator().manual_seed(1)
    for picture, quality in pictures:
        asked = torch.full((1,), quality)
        for layer, inputs in _inputs(model, pixels_of(picture[None]), asked):
            for number, group in enumerate(layer.groups):
                rows = columns(layer, group, inputs, quality)
                rows = rows[torch.randperm(len(rows), generator=random)[:PLACES]]
                power = found.setdefault((layer, number), torch.zeros(rows.shape[1], rows.shape[1]).double())
                power += rows.T @ rows
    return found


def _inputs(model: Grid, pixels: Tensor, quality: Tensor) -> Iterator[tuple[Layer, Inputs]]:
    """Yield what each layer sees. The first layer of a checkerboard is not called, for its halves share a sum."""
    seen: list[tuple[Layer, Inputs]] = []
    told: list[Tensor] = []
    hooks = [
        layer.register_forward_pre_hook(lambda layer, given: seen.append((layer, given[0])))
        for _, layer in model.layers()
    ]
    hooks.append(model.hyper_synthesis.register_forward_hook(lambda network, given, features: told.append(features)))
    model(pixels, quality)
    for hook in hooks:
        hook.remove()
    yield from seen
    latents = next(inputs[0] for layer, inputs in seen if layer is model.synthesis.linear)
    channel = 0
    for part in model.parts():
        before, own = latents[:, :channel], latents[:, channel : channel + part.own]
        if isinstance(part, Slice):
            yield part.first, [*told, before, own] if channel else [*told, own]
        channel += part.own


def columns(layer: Layer, group: slice, inputs: Inputs, quality: float) -> Tensor:
    """Return what meets the weights of a group, the quality's weight, and the bias: ``[places, weights]``."""
    height, width = inputs[0].shape[2:]
    second = (torch.arange(height)[:, None] + torch.arange(width)).flatten() % 2
    found = []
    for x, part in zip(inputs[group], layer.parts[group], strict=True):
        near = F.unfold(x, part.kernel, padding=part.kernel // 2)[0]
        if part.cross:  # the first half of a checkerboard sees nothing of its own slice
            near = near.reshape(part.channels, 9, -1)[:, CROSS].flatten(0, 1) * second
        found.append(near.T)
    if not group.start:  # bias and quality belong to the first part
        one = torch.ones_like(found[0][:, :1])
        found += [one] if layer.quality is None else [one * quality / 2.0 ** layer.sees(group), one]
    return torch.cat(found, 1)


def settle(layer: Layer, group: slice, power: Tensor) -> None:
    """Put the weights of a group on grids, given the moments of its inputs.

    Of each output's exponents, that at which no weight is clipped and the next finer one, the better is taken that
    keeps the sums as short as they must be.
    """
    exact, coarsest = joined(layer, group), layer.exponents(group)
    clipped = len(power) - (0 if group.start else 1 if layer.quality is None else 2)  # the others are not int8
    order = torch.arange(len(power))
    order[:clipped] = power.diagonal()[:clipped].argsort(descending=True, stable=True)
    root = spread(power[order][:, order])
    best, chosen = torch.full((layer.outputs,), torch.inf).double(), exact.clone()
    for more in (0, 1, -1):  # the last for outputs whose sums have become too long
        if more < 0 and not best.isinf().any():
            break
        units = torch.exp2((coarsest + more).double())[:, None].repeat(1, len(power))
        if not group.start:
            units[:, -1] *= 2.0 ** layer.sees(group)
        found = torch.empty_like(exact)
        found[:, order], error = rounded(exact[:, order], units, root, clipped)
        put(layer, group, found)
        better = (error < best) & (layer.exponents(group) >= coarsest + more)
        chosen[better], best[better] = found[better], error[better]
    put(layer, group, chosen)


def spread(power: Tensor) -> Tensor:
    """Return how an error at one input spreads to those behind it: the upper Cholesky root of the inverse of
    ``power``.
    """
    noise = DAMPING * power.diagonal() + 1e-9 * power.diagonal().max()
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(power + noise.diag()))
    found: Tensor = torch.linalg.cholesky(inverse, upper=True)
    return found


def rounded(exact: Tensor, units: Tensor, root: Tensor, clipped: int) -> tuple[Tensor, Tensor]:
    """Return weights in steps of ``1 / units``, ``[outputs, weights]`` like ``exact``, and each output's squared error.

    The first ``clipped`` weights are int8.
    """
    made, error = exact.clone(), torch.zeros(len(exact)).double()
    for start in range(0, exact.shape[1], BLOCK):
        stop = min(start + BLOCK, exact.shape[1])
        errors = torch.zeros(len(exact), stop - start).double()
        for at in range(start, stop):
            whole = torch.round(made[:, at] * units[:, at])
            if at < clipped:
                whole = whole.clamp(-WEIGHT_MAX, WEIGHT_MAX)
            errors[:, at - start] = (made[:, at] - whole / units[:, at]) / root[at, at]
            made[:, at] = whole / units[:, at]
            made[:, at + 1 : stop] -= errors[:, at - start, None] * root[at, at + 1 : stop]
        made[:, stop:] -= errors @ root[start:stop, stop:]
        error += errors.square().sum(1)
    return made, error


def joined(layer: Layer, group: slice) -> Tensor:
    """Return all weights of a group, float64 ``[outputs, weights]``, in the order of :func:`columns`."""
    found = [weight[:, :, *places].flatten(1) for weight, places in _weights(layer, group)]
    if not group.start:
        found += [each[:, None] for each in (layer.quality, layer.bias) if each is not None]
    return torch.cat(found, 1).double()


def put(layer: Layer, group: slice, values: Tensor) -> None:
    """Take the way back of :func:`joined`."""
    at = 0
    for weight, places in _weights(layer, group):
        shape = weight[:, :, *places].shape
        weight[:, :, *places] = values[:, at : at + shape[1:].numel()].reshape(shape).to(weight)
        at += shape[1:].numel()
    if not group.start:
        layer.bias.copy_(values[:, -1])
        if layer.quality is not None:
            layer.quality.copy_(values[:, -2])


def _weights(layer: Layer, group: slice) -> Iterator[tuple[nn.Parameter, tuple[list[int], list[int]]]]:
    """Yield of each part its weights, and the rows and columns of its kernel that count."""
    for weight, part in zip(list(layer.weights)[group], layer.parts[group], strict=True):
        every = CROSS if part.cross else range(part.kernel**2)
        yield weight, ([place // part.kernel for place in every], [place % part.kernel for place in every])
