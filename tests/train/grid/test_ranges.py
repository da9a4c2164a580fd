"""Activations that use the range of integers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from aecodec.train.grid.convolutions import MAX_EXPONENT, NARROW_MAX, Layer
from aecodec.train.grid.loop import pixels_of
from aecodec.train.grid.networks import Grid, Seen
from aecodec.train.grid.ranges import followers, widened
from aecodec.train.grid.widths import SIZES
from tests.train.grid.runs import waves

pytestmark = pytest.mark.usefixtures("one_thread")
PICTURES = [(torch.from_numpy(waves(number, 64, 96)), 20.0 + 30 * number) for number in range(3)]


def networks(shrunk: float = 1.0) -> Grid:
    """Networks whose synthesis has activations that are ``shrunk``, and what is behind them enlarged."""
    torch.manual_seed(6)
    model = Grid(SIZES["tiny"]).requires_grad_(False)
    for _, each in model.layers():
        each.bias.normal_(0, 0.01)
        if each.quality is not None:
            each.quality.normal_(0, 0.001)
    layer, behind = model.synthesis.to_quarter, model.synthesis.quarter
    for each in (*layer.weights, layer.bias):
        each.mul_(shrunk)
    behind.weights[0].div_(shrunk)
    return model


def seen(model: Grid, picture: Tensor, quality: float, *, integer: bool) -> Seen:
    model.set_integer(integer)
    return model(pixels_of(picture[None]), torch.full((1,), quality))  # type: ignore[no-any-return]


def test_the_results_stay_and_activations_fill_half_of_their_range() -> None:
    model = networks(1 / 64)
    made = widened(model, PICTURES)
    largest = dict.fromkeys((layer for layer, _ in followers(made)), 0.0)
    for layer in largest:
        layer.register_forward_hook(
            lambda layer, given, out: largest.__setitem__(layer, max(largest[layer], float(out.max())))
        )
    for picture, quality in PICTURES:
        before, after = (seen(each, picture, quality, integer=False) for each in (model, made))
        assert torch.equal(before.pixels, after.pixels) and torch.equal(before.bits, after.bits)
    half = NARROW_MAX / 2**8
    called = [most for most in largest.values() if most > 0]
    assert len(called) > 10 and all(most > half / 2 for most in called)
    assert largest[made.synthesis.to_quarter] <= half


def test_integers_come_nearer_to_floats() -> None:
    model = networks(1 / 64)
    made = widened(model, PICTURES)

    def error(each: Grid) -> float:
        found = []
        for picture, quality in PICTURES:
            exact, rounded = (seen(each, picture, quality, integer=mode).pixels for mode in (False, True))
            found.append(float((exact - rounded).square().mean()))
        return sum(found)

    assert error(made) < 0.5 * error(model)


def test_int8_weights_stay_what_they_were() -> None:
    """Only their exponents change, and none beyond what a file can say, though one is near it."""
    model = networks()
    for each in (model.analysis.sixteenth.weights[0], model.analysis.sixteenth.bias):
        each.mul_(1 / 64)
    thin = model.analysis.last.weights[0]
    thin.mul_(2.0 ** -(MAX_EXPONENT - 1) * 100 / thin.abs().max())
    made = widened(model, PICTURES)

    def whole(layer: Layer) -> Tensor:
        group = layer.groups[0]
        return layer.quantized(group)[0][0] * torch.exp2(layer.exponents(group))[:, None, None, None]

    pairs = zip(followers(model), followers(made), strict=True)
    for before, after in pairs:
        assert all(torch.equal(whole(a), whole(b)) for a, b in zip(before, after, strict=True))
    assert int(made.analysis.last.exponents(made.analysis.last.groups[0]).max()) == MAX_EXPONENT


def test_a_layer_without_activations_is_left_alone() -> None:
    model = networks()
    dead = model.synthesis.quarter
    dead.weights[0].zero_()
    dead.bias.fill_(-1)
    made = widened(model, PICTURES)
    assert torch.equal(made.synthesis.quarter.bias, dead.bias)
