"""The settings of a run that trains pixel networks."""

from __future__ import annotations

from dataclasses import dataclass

from aecodec.errors import UsageError


@dataclass(frozen=True)
class Settings:
    """Everything that a run depends on besides its pictures.

    ``steps`` of the run. The last ``rounded`` of them, or a fifth where that is less, train the weights as integers;
    over the last ``finish`` of the others the learning rate falls. ``samples`` of a step, of each
    network. ``hidden`` are the widths of the two hidden layers. ``kept`` samples of each picture are trained on.
    ``continues`` is the checkpoint of another run whose averaged weights the run begins with, empty where it begins
    anew.
    """

    steps: int = 40_000
    rounded: int = 3_000
    finish: float = 0.6
    samples: int = 4_096
    learning_rate: float = 2e-3
    hidden: tuple[int, int] = (96, 48)
    kept: int = 2_500
    seed: int = 1
    continues: str = ""

    def __post_init__(self) -> None:
        """Raise UsageError for settings that contradict one another."""
        if self.steps < 1 or self.rounded < 0 or self.samples < 1 or self.kept < 1 or min(self.hidden) < 1:
            raise UsageError("steps, samples and widths must be at least 1, and no number below 0")
        if not 0 <= self.finish <= 1:
            raise UsageError(f"finish {self.finish} is outside 0..1")
        if not 0 < self.learning_rate < 1:
            raise UsageError(f"learning_rate {self.learning_rate} is outside 0..1")
        if self.seed < 0:
            raise UsageError(f"seed {self.seed} is below 0")

    @property
    def floating(self) -> int:
        """Steps before the weights are rounded."""
        return self.steps - min(self.rounded, self.steps // 5)
