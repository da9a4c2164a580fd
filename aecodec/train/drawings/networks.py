"""The networks of drawings in PyTorch, and the bits that a sample takes under what they say."""

from __future__ import annotations

import math
from abc import abstractmethod
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.drawings.candidates import RANKS
from aecodec.drawings.inputs import INPUT_MAX, UNIT
from aecodec.drawings.networks import LOGIT_MAX, NIBBLE
from aecodec.limits import ACTIVATION_MAX
from aecodec.train.drawings.samples import CHOICE, INPUTS, VOTE_UNIT
from aecodec.train.exact_layers import Dense, ExactLayer
from aecodec.train.pixels.networks import SampledNetwork, SampledNetworks

LOGIT_BITS = 8  # of fractions of a bit in logits
_INPUT_BITS = UNIT.bit_length() - 1
_NONE_AT_FIRST = 5.0  # bits that no candidate is likelier than one without votes, before training


class Network(SampledNetwork):
    """One of those; ``parts`` are the chains of its layers in the model's file."""

    @property
    @abstractmethod
    def parts(self) -> dict[str, list[ExactLayer]]:
        """By name, in order."""

    @property
    @abstractmethod
    def behind(self) -> dict[ExactLayer, list[ExactLayer]]:
        """The hidden layers, and those that see the activations of each."""

    def layers(self) -> list[ExactLayer]:
        """Return the layers of all parts."""
        return [layer for part in self.parts.values() for layer in part]


class ChoiceNetwork(Network):
    """Which candidate comes: what is added to the votes for each, and for none."""

    def __init__(self, hidden: tuple[int, int]) -> None:
        super().__init__()
        first, second = hidden
        self.hidden = nn.ModuleList(_hidden(INPUTS[CHOICE], first, second))
        self.head = _head(second, RANKS + 1)
        with torch.no_grad():
            self.head.weight.mul_(0.1)
            self.head.bias[RANKS] = _NONE_AT_FIRST

    @property
    def parts(self) -> dict[str, list[ExactLayer]]:
        return {"": [*self.hidden, self.head]}

    @property
    def behind(self) -> dict[ExactLayer, list[ExactLayer]]:
        return {layer: [after] for layer, after in pairwise(self.parts[""])}

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``[n, inputs]`` integers to ``[n, RANKS + 1]`` bits."""
        return _through(self.parts[""], inputs / UNIT)

    def bits(self, table: Tensor) -> Tensor:
        inputs, votes, came = table[:, : INPUTS[CHOICE]], table[:, INPUTS[CHOICE] : -1], table[:, -1]
        known = F.pad(votes * (VOTE_UNIT / 2**LOGIT_BITS), (0, 1))
        return _lost(self(inputs) + known, came.long())


class ValueNetwork(Network):
    """The value of a channel, as two symbols."""

    def __init__(self, name: str, hidden: tuple[int, int]) -> None:
        super().__init__()
        first, second = hidden
        self.inputs = INPUTS[name]
        self.trunk = nn.ModuleList(_hidden(self.inputs, first, second))
        self.first = _head(second, NIBBLE)
        self.second = Dense(second + NIBBLE, 2 * NIBBLE)
        self.head = _head(2 * NIBBLE, NIBBLE)

    @property
    def parts(self) -> dict[str, list[ExactLayer]]:
        return {"trunk": list(self.trunk), "first": [self.first], "second": [self.second, self.head]}  # type: ignore[arg-type]

    @property
    def behind(self) -> dict[ExactLayer, list[ExactLayer]]:
        first, second = self.parts["trunk"]
        return {first: [second], second: [self.first, self.second], self.second: [self.head]}

    @property
    def one(self) -> int:
        """What tells the first symbol to the layer of the second, in the grid of the trunk."""
        return min(1 << self.first.fraction_in, ACTIVATION_MAX)

    def forward(self, inputs: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``[n, inputs]`` integers and the first symbols to ``[n, 16]`` bits, and again for the second."""
        seen = _through(list(self.trunk), inputs / UNIT)  # type: ignore[arg-type]
        told = F.one_hot(first, NIBBLE) * (self.one / 2**self.first.fraction_in)
        return self.first(seen), _through([self.second, self.head], torch.cat([seen, told], 1))

    def bits(self, table: Tensor) -> Tensor:
        came = table[:, -1].long()
        first, second = self(table[:, :-1], came // NIBBLE)
        return _lost(first, came // NIBBLE) + _lost(second, came % NIBBLE)


class DrawingNetworks(SampledNetworks):
    """All of them, in the order of :data:`aecodec.train.drawings.samples.INPUTS`."""

    def __init__(self, hidden: tuple[int, int]) -> None:
        super().__init__()
        self.every = nn.ModuleList(
            ChoiceNetwork((hidden[0], hidden[1])) if name == CHOICE else ValueNetwork(name, hidden) for name in INPUTS
        )

    def __getitem__(self, number: int) -> Network:
        found = self.every[number]
        assert isinstance(found, Network)
        return found

    def layers(self) -> list[ExactLayer]:
        """Return the layers of all networks."""
        return [layer for number in range(len(self.every)) for layer in self[number].layers()]

    def behind(self, number: int) -> dict[ExactLayer, list[ExactLayer]]:
        """See SampledNetworks."""
        return self[number].behind


def _hidden(inputs: int, first: int, second: int) -> list[ExactLayer]:
    return [Dense(inputs, first, input_max=INPUT_MAX, fraction_in=_INPUT_BITS), Dense(first, second)]


def _head(inputs: int, outputs: int) -> Dense:
    return Dense(inputs, outputs, low=-LOGIT_MAX, high=LOGIT_MAX, fraction_out=LOGIT_BITS)


def _through(layers: list[ExactLayer], x: Tensor) -> Tensor:
    for layer in layers:
        x = layer(x)
    return x


def _lost(logits: Tensor, came: Tensor) -> Tensor:
    """Return bits of what came, of logits in bits."""
    return F.cross_entropy(logits * math.log(2), came, reduction="none") / math.log(2)
