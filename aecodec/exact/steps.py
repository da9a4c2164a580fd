"""The steps of a chain: each maps the value so far, and the chain's own input, to the next value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecodec.exact.affine import Affine, Conv, Floats, pixel_shuffle


@dataclass(frozen=True)
class Dense:
    """A dense layer, ``[B, inputs] -> [B, outputs]``."""

    affine: Affine

    def __call__(self, x: Floats, start: Floats) -> Floats:
        """Apply the step."""
        return self.affine(x)


@dataclass(frozen=True)
class Convolution:
    """A convolution, ``[B, H, W, C] -> [B, H', W', outputs]``."""

    conv: Conv

    def __call__(self, x: Floats, start: Floats) -> Floats:
        """Apply the step."""
        return self.conv(x)


@dataclass(frozen=True)
class Flatten:
    """``[B, H, W, C] -> [B, H*W*C]``."""

    def __call__(self, x: Floats, start: Floats) -> Floats:
        """Apply the step."""
        return x.reshape(len(x), -1)


@dataclass(frozen=True)
class Concat:
    """The chain's own input, flattened, behind the value."""

    def __call__(self, x: Floats, start: Floats) -> Floats:
        """Apply the step."""
        return np.concatenate([x, start.reshape(len(start), -1)], axis=1)


@dataclass(frozen=True)
class Reshape:
    """``[B, n] -> [B, *shape]``."""

    shape: tuple[int, ...]

    def __call__(self, x: Floats, start: Floats) -> Floats:
        """Apply the step."""
        return x.reshape(len(x), *self.shape)


@dataclass(frozen=True)
class Shuffle:
    """Sub-pixel step by 2."""

    def __call__(self, x: Floats, start: Floats) -> Floats:
        """Apply the step."""
        return pixel_shuffle(x)


@dataclass(frozen=True)
class Add:
    """Plus a dense layer of the chain's own input."""

    affine: Affine

    def __call__(self, x: Floats, start: Floats) -> Floats:
        """Apply the step."""
        return x + self.affine(start.reshape(len(start), -1)).reshape(x.shape)


@dataclass(frozen=True)
class Round:
    """``clip(floor(x * 2**-shift + 1/2), low, high)``."""

    shift: int
    low: int
    high: int

    def __call__(self, x: Floats, start: Floats) -> Floats:
        """Apply the step."""
        rounded: Floats = np.floor(x * np.float32(2.0**-self.shift) + np.float32(0.5))
        return rounded.clip(self.low, self.high)


Step = Dense | Convolution | Flatten | Concat | Reshape | Shuffle | Add | Round
