"""What a caller may ask of compression, checked for contradictions."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal
from numbers import Integral, Real
from typing import Any

from aecodec.errors import UsageError
from aecodec.limits import PIXEL_MAX
from aecodec.lossy.quality import BEST
from aecodec.lossy.search import MAX_EFFORT

DEFAULT_LATENT_DIM = 64
LOSSLESS_LATENT_DIM = 784
PROGRESSIVE_LATENT_DIM = 32  # of the first of two layers
DEFAULT_EFFORT = 3
_CHUNK = 1 << 20  # samples
_DECIMAL = Context(prec=28, traps=[])


@dataclass(frozen=True)
class Options:
    """Arguments of :func:`aecodec.compress` that choose model, search, and quality or target.

    ``latent_dim`` and ``model`` are None where the pictures are to settle it. ``quality`` is 0 to 100, None where a
    target or lossless settles it, else as the model's own default; ``max_mse`` is the largest mean squared error of any
    picture, samples in 0..1; ``min_psnr`` says the same in dB; ``max_bytes`` bounds the whole file; ``jobs`` is the
    number of threads that work on large pictures, or of processes that share the search of a large exact container.
    ``progressive`` is lossless in two layers; the model chosen is then that of the first, lossy one.
    """

    latent_dim: int | None = None
    model: str | None = None
    lossless: bool = False
    effort: int | None = None
    max_mse: float | None = None
    min_psnr: float | None = None
    max_bytes: int | None = None
    quality: int | None = None
    jobs: int = 1
    progressive: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError."""
        for name in ("latent_dim", "effort", "max_bytes", "quality", "jobs"):
            self._settle(name, _whole)
        for name in ("max_mse", "min_psnr"):
            self._settle(name, _real)
        self._settle("model", _named)
        if self.latent_dim is not None and self.model is not None:
            raise UsageError("latent_dim and model exclude one another: both choose the model")
        if self.max_mse is not None and self.min_psnr is not None:
            raise UsageError("max_mse and min_psnr exclude one another: both bound the distortion")
        if self.lossless and self.has_target:
            raise UsageError("lossless leaves no distortion or size to choose: drop the target or lossless")
        if self.progressive and not self.lossless:
            raise UsageError("progressive is a way to keep every pixel: add lossless")
        if self.quality is not None and (self.lossless or self.has_target):
            raise UsageError("quality excludes lossless and targets, which settle it themselves: drop one or the other")
        if self.quality is not None and not 0 <= self.quality <= BEST:
            raise UsageError(f"quality {self.quality} is outside 0..{BEST}")
        if self.effort is not None and not 0 <= self.effort <= MAX_EFFORT:
            raise UsageError(f"effort {self.effort} is outside 0..{MAX_EFFORT}")
        if self.max_mse is not None and not 0 < self.max_mse < math.inf:
            raise UsageError(f"max_mse {self.max_mse} is no number above 0; for exact pixels use lossless")
        if self.min_psnr is not None and not math.isfinite(self.min_psnr):
            raise UsageError("min_psnr must be a number of dB; for exact pixels use lossless")
        if self.max_bytes is not None and self.max_bytes < 1:
            raise UsageError(f"max_bytes {self.max_bytes} is below 1")
        if self.jobs < 1:
            raise UsageError(f"jobs {self.jobs} is below 1")

    def _settle(self, name: str, checked: Callable[[str, Any], object]) -> None:
        """Replace an argument that was given by what it stands for: NumPy's numbers by Python's, a path by its text."""
        if getattr(self, name) is not None or name == "jobs":  # which has no default to be found later
            object.__setattr__(self, name, checked(name, getattr(self, name)))

    @property
    def has_target(self) -> bool:
        """Whether distortion or size is bounded."""
        return not (self.max_mse is None and self.min_psnr is None and self.max_bytes is None)

    @property
    def bounds_size_alone(self) -> bool:
        """Whether size is bounded and distortion is not."""
        return self.has_target and self.max_mse is None and self.min_psnr is None

    @property
    def largest_mse(self) -> float:
        """The bound on MSE, samples in 0..1; infinite where there is none."""
        if self.min_psnr is not None:
            # A platform's pow might differ in the last bit, and a power of float64 may overflow; decimals do neither.
            return float(_DECIMAL.power(10, _DECIMAL.divide(Decimal(-self.min_psnr), Decimal(10))))
        return math.inf if self.max_mse is None else self.max_mse

    @property
    def chosen_effort(self) -> int:
        """Effort of the encoder's search."""
        return DEFAULT_EFFORT if self.effort is None else self.effort


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise UsageError(f"{name} must be a whole number, not {_shown(value)}")
    return int(value)


def _real(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UsageError(f"{name} must be a number, not {_shown(value)}")
    try:
        return float(value)
    except OverflowError:
        return math.inf  # refused like any number that is not finite


def _named(name: str, value: Any) -> str:
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str):
        raise UsageError(f"{name} must be an id or a file, not {_shown(value)}")
    return text


def _shown(value: object) -> str:
    """One line, whatever it is."""
    return f"{type(value).__name__} {value!r:.40}".encode("unicode_escape").decode("ascii")


def mse(ours: object, theirs: object) -> float:
    """Mean squared error of two uint8 arrays of one shape, samples scaled to 0..1."""
    import numpy as np

    first, second = (np.asarray(each).ravel() for each in (ours, theirs))
    squared = 0
    for at in range(0, len(first), _CHUNK):  # of a large picture, eight bytes a sample would be much
        difference = first[at : at + _CHUNK].astype(np.int64) - second[at : at + _CHUNK]
        squared += int(np.square(difference).sum())
    return squared / len(first) / PIXEL_MAX**2


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio in dB of an MSE on 0..1; infinite for 0."""
    return math.inf if error == 0 else -10 * math.log10(error)
