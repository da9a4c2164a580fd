"""The settings of a run that trains a grid of latents. Nothing here needs PyTorch or pydantic."""

from __future__ import annotations

from dataclasses import dataclass

from aecodec.errors import UsageError
from aecodec.train.grid.widths import SIZES, Widths

OPTIMIZERS = ("muon", "adam")


@dataclass(frozen=True)
class Settings:
    """Everything that a run depends on besides its pictures.

    ``steps`` of the whole run; over the last ``finish`` of them the learning rate falls to nothing.
    ``pixels`` is of one batch. ``size`` names the widths of the networks. ``continues`` is the file whose weights the
    run begins with, empty where it begins anew.
    """

    steps: int = 100_000
    finish: float = 0.15
    pixels: int = 8 * 128 * 128
    learning_rate: float = 3e-4
    optimizer: str = "muon"
    seed: int = 1
    size: str = "general"
    continues: str = ""

    def __post_init__(self) -> None:
        """Raise UsageError for settings that contradict one another."""
        if self.steps < 1 or self.pixels < 64 * 64:
            raise UsageError("steps must be at least 1, and a batch 4096 pixels")
        if not 0 <= self.finish <= 1:
            raise UsageError(f"finish {self.finish} is outside 0..1")
        if not 0 < self.learning_rate < 1:
            raise UsageError(f"learning_rate {self.learning_rate} is outside 0..1")
        if self.seed < 0:
            raise UsageError(f"seed {self.seed} is below 0")
        if self.optimizer not in OPTIMIZERS:
            raise UsageError(f"optimizer {self.optimizer!r:.40}; there are {', '.join(OPTIMIZERS)}")
        if self.size not in SIZES:
            raise UsageError(f"size {self.size!r:.40}; there are {', '.join(SIZES)}")

    @property
    def finishing(self) -> int:
        """The first step whose learning rate is a lower one."""
        return falls_from(self.steps, self.finish)

    @property
    def widths(self) -> Widths:
        """The widths of the networks."""
        return SIZES[self.size]


def falls_from(steps: int, finish: float) -> int:
    """Return the first of ``steps`` whose learning rate is a lower one."""
    return steps - round(steps * finish)
