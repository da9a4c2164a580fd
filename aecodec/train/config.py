"""The validated configuration of one training run, and the defaults of each latent_dim."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from aecodec.train.widths import Widths

LATENT_DIMS = (8, 16, 32, 64, 128, 256, 784)

# MSE on [0, 1] by latent_dim: what training holds before there is a search, and what the search is to meet
# on the validation split.
TARGET_MSE = {8: 0.0172, 16: 0.0092, 32: 0.0053, 64: 0.0031, 128: 0.0018, 256: 0.0015, 784: 0.0012}
SEARCH_MSE = {8: 0.01705, 16: 0.0083, 32: 0.00398, 64: 0.00198, 128: 0.001, 256: 0.00079, 784: 0.00067}
RADIUS = {8: 63, 16: 63, 32: 63, 64: 63, 128: 63, 256: 47, 784: 47}

# Weights between the prior's hidden layers: what fits in a model file of 2 MB beside the transforms.
NARROW_PRIOR, WIDE_PRIOR, WIDEST_PRIOR = 420_000, 1_000_000, 700_000
FEWEST_UNITS, MOST_UNITS = 2, 32  # of a latent in each hidden layer
WIDE = 128  # from here on a hidden dense layer would be a bottleneck
WIDEST = 256  # from here on channels are fewer, since every latent has a weight for each of them

MACHINE = {"device", "threads", "data_dir", "precision"}  # settings that may change without changing the run

Count = Annotated[int, Field(ge=1, strict=True)]
Epochs = Annotated[float, Field(gt=0, strict=True)]
LatentDim = Annotated[int, Field(ge=1, le=1024, strict=True)]
Mse = Annotated[float, Field(gt=0, lt=1, strict=True)]
Share = Annotated[float, Field(ge=0, strict=True)]


def _default(value: int | None, default: int) -> int:
    return default if value is None else value


def nearest(latent_dim: int) -> int:
    """Return the latent_dim of the table above whose defaults serve ``latent_dim``."""
    return min(LATENT_DIMS, key=lambda known: (abs(known - latent_dim), known))


class Common(BaseModel):
    """What all runs of a study share. Unknown keys are refused, and so is a truth value for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    dataset: str = Field("mnist", min_length=1)
    data_dir: Path = Path("data")
    images: Path | None = None
    target_mse: Mse | None = None
    search_mse: Mse | None = None
    phase_shares: tuple[Share, Share, Share, Share, Share] = (0.1, 0.2, 0.48, 0.17, 0.05)
    copies: int | None = Field(None, ge=0, strict=True)
    batch_size: Count = 256
    learning_rate: float = Field(1e-3, gt=0, strict=True)
    weight_decay: float = Field(1e-4, ge=0, strict=True)
    seed: int = Field(1, ge=0, strict=True)
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: Count | None = None
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    prior_weights: Count | None = None
    analysis_channels: tuple[Count, ...] | None = Field(None, min_length=1)
    synthesis_channels: tuple[Count, ...] | None = Field(None, min_length=2)
    analysis_hidden: int | None = Field(None, ge=0, strict=True)
    synthesis_hidden: int | None = Field(None, ge=0, strict=True)

    @field_validator("phase_shares")
    @classmethod
    def _some_share(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if not sum(shares):
            raise ValueError("one share should be greater than 0")
        return shares


class Settings(Common):
    """Everything that one run depends on."""

    latent_dim: LatentDim = 32
    continues: Path | None = None
    epochs: Epochs = 25
    lossless: bool | None = None

    def differing(self, theirs: Mapping[str, Any]) -> list[str]:
        """Return the names of the settings that make this another run than that of ``theirs``, as JSON has them."""
        ours = self.model_dump(mode="json")
        return sorted(key for key in ours if key not in MACHINE and ours[key] != theirs.get(key))

    @property
    def analysis(self) -> Widths:
        """Channels of the strided convolutions, and width of the dense layer after them (0: none)."""
        if self.latent_dim < WIDE:
            return Widths(self.analysis_channels or (24, 48, 64), _default(self.analysis_hidden, 256))
        channels = (24, 24) if self.latent_dim >= WIDEST else (24, 32)
        return Widths(self.analysis_channels or channels, _default(self.analysis_hidden, 0))

    @property
    def synthesis(self) -> Widths:
        """Channels of the coarse grid and of the fine one, and width of the dense layer before them (0: none)."""
        channels: tuple[int, ...] = (40, 32, 32) if self.latent_dim >= WIDEST else (48, 32, 32)
        hidden = 0 if self.latent_dim >= WIDE else 384
        return Widths(self.synthesis_channels or channels, _default(self.synthesis_hidden, hidden))

    @property
    def target(self) -> float:
        """Distortion that training holds, MSE on [0, 1], until there is a search."""
        return self.target_mse or TARGET_MSE[nearest(self.latent_dim)]

    @property
    def search_target(self) -> float:
        """Distortion that the search is to meet, in training and in the released model."""
        return self.search_mse or (self.target_mse or SEARCH_MSE[nearest(self.latent_dim)])

    @property
    def radius(self) -> int:
        """Largest symbol of the frequency tables while training in float."""
        return RADIUS[nearest(self.latent_dim)]

    def prior_units(self, latents: int) -> tuple[int, int]:
        """Return the number of hidden units of the prior for each of ``latents`` in use, first and second layer."""
        wide = WIDEST_PRIOR if self.latent_dim >= WIDEST else WIDE_PRIOR
        weights = _default(self.prior_weights, wide if self.latent_dim >= WIDE else NARROW_PRIOR)
        units = max(FEWEST_UNITS, min(MOST_UNITS, int(math.sqrt(2 * weights) / latents)))
        return units, units

    @property
    def with_residual(self) -> bool:
        """Whether the released model also carries a residual coder, for lossless files."""
        return self.latent_dim >= 784 if self.lossless is None else self.lossless
