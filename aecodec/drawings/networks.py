"""The networks of drawings: one predicts which candidate comes, and one for each channel predicts its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Integers, Integers32
from aecodec.drawings.candidates import RANKS
from aecodec.drawings.canvas import ALPHA, BLUE, GREEN, RED
from aecodec.drawings.inputs import CHOICE_WIDTH, INPUT_MAX, VALUE_WIDTHS
from aecodec.errors import ModelError
from aecodec.exact.chain import Chain, build_chain
from aecodec.exact.operations import Dense
from aecodec.exact.tensors import whole
from aecodec.limits import ACTIVATION_MAX, MAX_DRAWN_LAYERS, MAX_PIXEL_UNITS, MAX_PIXEL_WORK

NIBBLE = 16
CHANNELS = {ALPHA: "alpha", GREEN: "green", RED: "red", BLUE: "blue"}
LOGIT_MAX = 1 << 14  # in 1/256 bit


class Value(Protocol):
    """Predicts the value of a channel, as two symbols of 4 bits."""

    def first(self, inputs: Floats32) -> tuple[Floats32, Floats32]:
        """Return logits ``[lanes, 16]`` of the first symbol, and the hidden values that :meth:`second` needs."""

    def second(self, seen: Floats32, first: Integers) -> Floats32:
        """Return logits ``[lanes, 16]`` of the second symbol after ``first``."""


class Networks(Protocol):
    """All networks that drawings need."""

    def choice(self, inputs: Floats32, votes: Integers32) -> Floats32:
        """Return logits ``[lanes, RANKS + 1]`` of each rank, and of none. ``votes`` ``[RANKS, lanes]`` are added."""

    @property
    def values(self) -> Mapping[int, Value]:
        """The network of each channel, by the channel's shift."""


class ValueNetwork:
    """A :class:`Value`: a shared trunk, layers for the first symbol, and layers for the second, given the first."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]], prefix: str, parts: Mapping[str, Any], width: int) -> None:
        """Check tensors and description; raises ModelError, KeyError or ValueError."""
        self._trunk = _chain(tensors, f"{prefix}.trunk", parts["trunk"], width, INPUT_MAX)
        hidden, reach = self._trunk.output_shape[0], _reach(self._trunk)
        self._one = whole(parts["one"])
        if not 0 < self._one <= ACTIVATION_MAX:
            raise ModelError(f"{prefix}: a first symbol is told by {self._one}")
        self._first = _chain(tensors, f"{prefix}.first", parts["first"], hidden, reach, NIBBLE)
        self._second = _chain(
            tensors, f"{prefix}.second", parts["second"], hidden + NIBBLE, max(reach, self._one), NIBBLE
        )
        work = self._trunk.work + self._first.work + self._second.work
        if work > MAX_PIXEL_WORK:
            raise ModelError(f"{prefix} takes {work} multiplications for a sample, more than {MAX_PIXEL_WORK}")

    def first(self, inputs: Floats32) -> tuple[Floats32, Floats32]:
        """See Value."""
        seen = self._trunk(inputs)
        return self._first(seen), seen

    def second(self, seen: Floats32, first: Integers) -> Floats32:
        """See Value."""
        told = np.zeros((len(seen), NIBBLE), np.float32)
        told[np.arange(len(seen)), first] = self._one
        return self._second(np.concatenate([seen, told], axis=1))


class DrawingNetworks:
    """The networks of a model, from its tensors ``drawings.…`` and its description."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> None:
        """Check tensors and description; raises ModelError, KeyError or ValueError."""
        self._choice = _chain(tensors, "drawings.choice", description["choice"], CHOICE_WIDTH, INPUT_MAX, RANKS + 1)
        self.values = {
            shift: ValueNetwork(tensors, f"drawings.{name}", description[name], width)
            for (shift, name), width in zip(CHANNELS.items(), VALUE_WIDTHS, strict=True)
        }

    def choice(self, inputs: Floats32, votes: Integers32) -> Floats32:
        """See Networks."""
        logits = self._choice(inputs)
        logits[:, :RANKS] += votes.T
        return logits


def _chain(
    tensors: Mapping[str, NDArray[Any]],
    prefix: str,
    description: Sequence[Mapping[str, Any]],
    inputs: int,
    reach: int,
    outputs: int | None = None,
) -> Chain:
    """Build a chain of dense layers. Raises ModelError for other layers, too many, too much work, or where the outputs
    cannot be logits.
    """
    if len(description) > MAX_DRAWN_LAYERS:
        raise ModelError(f"{prefix} has {len(description)} layers, more than {MAX_DRAWN_LAYERS}")
    chain = build_chain(tensors, prefix, description, (inputs,), reach)
    if not chain.steps or not all(isinstance(step, Dense) for step in chain.steps):
        raise ModelError(f"{prefix} is not made of dense layers")
    if chain.widest > MAX_PIXEL_UNITS or chain.work > MAX_PIXEL_WORK:
        raise ModelError(f"{prefix} has {chain.widest} units and {chain.work} multiplications, which is too much")
    if outputs is not None and (chain.output_shape != (outputs,) or _reach(chain) > LOGIT_MAX):
        raise ModelError(f"{prefix} gives {chain.output_shape} up to {_reach(chain)}, expected {outputs} logits")
    return chain


def _reach(chain: Chain) -> int:
    return max(map(abs, chain.output_range))
