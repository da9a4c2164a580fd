"""What a caller may ask of compression, checked for contradictions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import field, fields
from decimal import Context, Decimal
from typing import Any

from aecodec.codec.arguments import flag, named, positive, real, whole
from aecodec.container.header import MAX_BLOCK_PICTURES
from aecodec.errors import Argument, UsageError
from aecodec.frozen import dataclass
from aecodec.limits import MAX_EFFORT
from aecodec.lossy.quality import BEST

DEFAULT_LATENT_DIM = 64
LOSSLESS_LATENT_DIM = 784
PROGRESSIVE_LATENT_DIM = 32  # of the first of two layers
DEFAULT_EFFORT = 3
_LATENT_DIM, _MODEL, _LOSSLESS, _PROGRESSIVE, _EFFORT, _QUALITY, _MAX_MSE, _MIN_PSNR = map(
    Argument, ("latent_dim", "model", "lossless", "progressive", "effort", "quality", "max_mse", "min_psnr")
)
_BLOCK_PICTURES, _FOR_EYES = Argument("block_pictures"), Argument("for_eyes")
_CHECKED = "checked"  # what a field's metadata has
_DECIMAL = Context(prec=28, traps=[])


def _option(checked: Callable[[str, Any], object], default: Any = None) -> Any:
    """Return a field whose values ``checked`` takes, and where None is the default, None."""
    return field(default=default, metadata={_CHECKED: checked})


@dataclass(frozen=True)
class Options:
    """Arguments of :func:`aecodec.compress` that choose model, search, and quality or target.

    ``latent_dim`` and ``model`` are None if the pictures are to decide. ``quality`` is 0 to 100, or None for the
    model's default, or if a target or lossless decides. ``max_mse`` is the largest mean squared error of any picture,
    with samples in 0..1, over the colours that can be seen; ``min_psnr`` is the same in dB. ``max_bytes`` bounds the
    whole file. ``jobs`` is the number of threads that work on large pictures, or of processes that share the search of
    a large exact container. ``progressive`` is lossless in two layers; the model is then that of the first, lossy one.
    ``block_pictures`` is the most pictures of a container that are coded together, 1 to 4,096. ``for_eyes`` is whether
    errors count by where eyes see them, with the general model.
    """

    latent_dim: int | None = _option(whole)
    model: str | None = _option(named)
    lossless: bool = _option(flag, False)
    effort: int | None = _option(whole)
    max_mse: float | None = _option(real)
    min_psnr: float | None = _option(real)
    max_bytes: int | None = _option(positive)
    quality: int | None = _option(whole)
    jobs: int = _option(positive, 1)
    progressive: bool = _option(flag, False)
    block_pictures: int | None = _option(positive)
    for_eyes: bool = _option(flag, False)

    def __post_init__(self) -> None:
        """Raise UsageError for options that contradict one another."""
        self._settle()
        if self.latent_dim is not None and self.model is not None:
            raise UsageError(_LATENT_DIM, " and ", _MODEL, " exclude one another: both choose the model")
        if self.max_mse is not None and self.min_psnr is not None:
            raise UsageError(_MAX_MSE, " and ", _MIN_PSNR, " exclude one another: both bound the distortion")
        if self.lossless and self.has_target:
            raise UsageError(_LOSSLESS, " cannot go with a bound on error or size: drop one of them")
        if self.progressive and not self.lossless:
            raise UsageError(_PROGRESSIVE, " is a way to keep every pixel: add ", _LOSSLESS)
        if self.for_eyes and self.lossless:
            raise UsageError(_FOR_EYES, " cannot go with ", _LOSSLESS, ", which leaves no error: drop one of them")
        if self.for_eyes and self.largest_mse < math.inf:
            bound = _MAX_MSE if self.min_psnr is None else _MIN_PSNR
            raise UsageError(_FOR_EYES, " cannot go with ", bound, ", whose error eyes do not see: drop one of them")
        if self.quality is not None and (self.lossless or self.has_target):
            others = " or a bound on error or size, which choose it themselves: drop one of them"
            raise UsageError(_QUALITY, " cannot go with ", _LOSSLESS, others)
        if self.quality is not None and not 0 <= self.quality <= BEST:
            raise UsageError(_QUALITY, f" {self.quality} is outside 0..{BEST}")
        if self.effort is not None and not 0 <= self.effort <= MAX_EFFORT:
            raise UsageError(_EFFORT, f" {self.effort} is outside 0..{MAX_EFFORT}")
        if self.block_pictures is not None and self.block_pictures > MAX_BLOCK_PICTURES:
            raise UsageError(_BLOCK_PICTURES, f" {self.block_pictures} is outside 1..{MAX_BLOCK_PICTURES}")
        if self.max_mse is not None and not 0 < self.max_mse < math.inf:
            raise UsageError(_MAX_MSE, f" {self.max_mse} is no number above 0; for exact pixels use ", _LOSSLESS)
        if self.min_psnr is not None and not math.isfinite(self.min_psnr):
            raise UsageError(_MIN_PSNR, " must be a number of dB; for exact pixels use ", _LOSSLESS)

    def _settle(self) -> None:
        """Replace what was given by what it stands for: NumPy's numbers by Python's, a path by its text."""
        for each in fields(self):
            value = getattr(self, each.name)
            if value is not None or each.default is not None:
                object.__setattr__(self, each.name, each.metadata[_CHECKED](each.name, value))

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
