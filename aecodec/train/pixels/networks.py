"""The networks in PyTorch, and the bits that a sample takes under what they say."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from aecodec.arrays import Integers16
from aecodec.pixels.inputs import COLOURS, INPUT_MAX, MAX_VALUE, UNIT, WIDTHS
from aecodec.pixels.network import OUTPUTS, SHIFT_MAX
from aecodec.pixels.tables import FIRST_SCALE, SCALE_STEP, SCALES, WIDER
from aecodec.train.exact_layers import Dense, ExactLayer
from aecodec.train.pixels.samples import OUTCOME
from aecodec.train.pixels.store import rows

CALIBRATED = 1 << 17  # samples of each network by whose activations grids are chosen
_INPUT_BITS = UNIT.bit_length() - 1
_HEAD_MAX = 1 << 13
_FLOOR = 2.0**-24  # no probability is less
_MOST_LOST = 2.0**-16  # of the others, what that floor takes


class SampledNetwork(nn.Module):
    """A network that learns from a table of samples."""

    @abstractmethod
    def bits(self, table: Tensor) -> Tensor:
        """Compute the bits of each row of a table."""


class SampledNetworks(nn.Module):
    """Networks that are trained together, one for each table."""

    @abstractmethod
    def __getitem__(self, number: int) -> SampledNetwork:
        """Return the network of a table."""

    @abstractmethod
    def layers(self) -> list[ExactLayer]:
        """Return the layers of all networks."""

    @abstractmethod
    def behind(self, number: int) -> dict[ExactLayer, list[ExactLayer]]:
        """Return the hidden layers of a network, and those that see the activations of each."""

    @torch.no_grad()
    def to_integers(self, tables: Sequence[Integers16]) -> None:
        """Choose the grids of activations by what is seen in floats, and go over to integers."""
        for number, table in enumerate(tables):
            if not len(table):
                continue  # a network that nothing is known of keeps grids that clip nothing
            behind = self.behind(number)
            for layer in behind:
                layer.observing = True
            self[number].bits(rows(table, slice(None, None, max(1, len(table) // CALIBRATED))))
            for layer, after in behind.items():
                layer.observing = False
                layer.calibrate()
                for each in after:
                    each.fraction_in = layer.fraction_out
        for layer in self.layers():
            layer.integer = True

    @property
    def grids(self) -> list[list[int]]:
        """The fractional bits of what goes in and out of each layer, where all are of integers; else none."""
        layers = self.layers()
        return [[layer.fraction_in, layer.fraction_out] for layer in layers if layer.integer]

    @grids.setter
    def grids(self, found: list[list[int]]) -> None:
        for layer, grid in zip(self.layers(), found, strict=True) if found else ():
            layer.fraction_in, layer.fraction_out = grid
            layer.integer = True


class PixelNetwork(SampledNetwork):
    """Of one colour: ``[n, WIDTHS[colour]]`` integers to ``[n, OUTPUTS]`` in units of 1/UNIT."""

    def __init__(self, colour: int, hidden: tuple[int, int]) -> None:
        super().__init__()
        first, second = hidden
        self.first = Dense(WIDTHS[colour], first, input_max=INPUT_MAX, fraction_in=_INPUT_BITS)
        self.second = Dense(first, second)
        self.head = Dense(second, OUTPUTS, low=-_HEAD_MAX, high=_HEAD_MAX, fraction_out=_INPUT_BITS)
        with torch.no_grad():
            self.head.weight.mul_(0.2)
            self.head.bias.copy_(torch.tensor([0.0, -0.6, -1.0]))

    def layers(self) -> list[ExactLayer]:
        """Return them in order."""
        return [self.first, self.second, self.head]

    def forward(self, inputs: Tensor) -> Tensor:
        x = inputs / UNIT
        for layer in self.layers():
            x = layer(x)
        return x

    def bits(self, table: Tensor) -> Tensor:
        """Compute the bits of each row of a table of samples."""
        return bits(self(table[:, :-OUTCOME]), table[:, -OUTCOME:])


class PixelNetworks(SampledNetworks):
    """Those of green, red and blue."""

    def __init__(self, hidden: tuple[int, int]) -> None:
        super().__init__()
        self.colours = nn.ModuleList(PixelNetwork(colour, hidden) for colour in range(COLOURS))

    def __getitem__(self, colour: int) -> PixelNetwork:
        found = self.colours[colour]
        assert isinstance(found, PixelNetwork)
        return found

    def layers(self) -> list[ExactLayer]:
        """Return the layers of all colours."""
        return [layer for colour in range(COLOURS) for layer in self[colour].layers()]

    def behind(self, number: int) -> dict[ExactLayer, list[ExactLayer]]:
        """See SampledNetworks."""
        return {layer: [after] for layer, after in pairwise(self[number].layers())}


def bits(outputs: Tensor, outcome: Tensor) -> Tensor:
    """Return ``-log2`` of the probability of each value, ``[n]``: :mod:`aecodec.pixels.tables` without its classes.

    ``outcome`` ``[n, OUTCOME]``: prediction, scale, its logarithm, value.
    """
    prediction, scale, log_scale, value = outcome.float().unbind(1)
    mean = prediction + outputs[:, 0].clamp(-SHIFT_MAX / UNIT, SHIFT_MAX / UNIT) * scale
    distance = (value - mean.clamp(0, MAX_VALUE) / UNIT).abs()
    first, last = (FIRST_SCALE + SCALE_STEP * level for level in (-0.5, SCALES - 0.5))
    width = torch.exp2((log_scale / UNIT + outputs[:, 1]).clamp(first / 64, last / 64))
    share = torch.sigmoid(outputs[:, 2])
    chance = (1 - share) * _logistic(distance, width) + share * _logistic(distance, width * 2 ** (WIDER / 64))
    return -torch.log2(chance * (1 - _MOST_LOST) + _FLOOR)


def _logistic(distance: Tensor, width: Tensor) -> Tensor:
    """Return what a logistic distribution gives to the unit interval at ``distance`` from its mean."""
    return torch.sigmoid((0.5 - distance) / width) - torch.sigmoid((-0.5 - distance) / width)
