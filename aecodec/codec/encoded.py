"""What comes of compressing: a container, and what is known of it."""

from __future__ import annotations

import math
from dataclasses import field

from aecodec.frozen import dataclass
from aecodec.zoo import Model


@dataclass
class First:
    """The first of two layers: its model, its bytes, and each picture's MSE there."""

    model: Model
    bytes: int = 0
    errors: list[float] = field(default_factory=list)

    @property
    def mse(self) -> float:
        """Mean squared error over all pictures, each counting the same."""
        return math.fsum(self.errors) / len(self.errors)


@dataclass
class Encoded:
    """A container and what is known of it. ``errors``: each picture's MSE over what can be seen, samples in
    0..1.

    ``exact``: it keeps every pixel. ``quality`` is the plan's; ``first`` is known of a file of two layers, whose
    ``model`` is the second's. ``fell_short``: the model that was asked for, where it does not reach the bound on
    distortion, so that the file is not by it.
    """

    data: bytes
    model: Model | None
    effort: int
    quality: int | None = None
    payload: int = 0
    pixels: int = 0
    errors: list[float] = field(default_factory=list)
    first: First | None = None
    exact: bool = False
    fell_short: Model | None = None

    @property
    def mse(self) -> float:
        """Mean squared error over all pictures, each counting the same."""
        return math.fsum(self.errors) / len(self.errors)

    @property
    def models(self) -> list[Model]:
        """The models that take part, that of the second layer last."""
        models = [None if self.first is None else self.first.model, self.model]
        return [model for model in models if model is not None]
