"""The controller that moves lambda so that training holds its target distortion."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

GAIN = 0.004  # change of log lambda a step for each unit of log(MSE / target)
SHARE = 0.01  # of a batch's MSE in the running average
ROOM = 4.0  # factor by which lambda may exceed where it began
LEAST = 1e-12  # of an MSE; blank pictures come to 0


@dataclass
class RateControl:
    """``log_lambda``: logarithm of what 1.0 of MSE is worth in bits; ``goal``: the MSE to hold on training
    pictures so that those held out meet ``target``.
    """

    log_lambda: float
    target: float
    top: float = 0.0  # log lambda never exceeds it
    average: float = 0.0  # of the training MSE
    goal: float = 0.0

    def __post_init__(self) -> None:
        self.goal = self.goal or self.target
        self.top = self.top or self.log_lambda + math.log(ROOM)

    @property
    def lmbda(self) -> float:
        """Lambda."""
        return math.exp(self.log_lambda)

    def aim(self, target: float) -> None:
        """Hold another target from now on."""
        self.goal *= target / self.target
        self.target, self.average = target, 0.0
        self.top = self.log_lambda + math.log(ROOM)

    def see(self, mse: float, *, cooling: float = 1.0, settling: bool = False) -> None:
        """Take a batch's MSE into account. The goal is ``cooling`` times as high while rates of learning are;
        while networks are ``settling``, lambda does not rise.
        """
        self.average += (SHARE if self.average else 1.0) * (mse - self.average)
        error = math.log(max(self.average, LEAST) / (self.goal * cooling))
        if error > 0 and settling:
            return
        self.log_lambda = min(self.top, max(0.0, self.log_lambda + GAIN * max(-1.0, min(1.0, error))))

    def validate(self, mse: float) -> None:
        """Move the goal by the gap between pictures held out and those of training."""
        gap = min(1.5, max(0.8, mse / max(self.average, LEAST)))
        self.goal += 0.5 * (self.target / gap - self.goal)

    def state(self) -> dict[str, float]:
        """Return the arguments that make it again, for a checkpoint."""
        return asdict(self)
