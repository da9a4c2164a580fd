"""Where each phase of training ends, and what changes along the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

WARM = 200  # steps until the learning rate is whole
LEAST_RATE = 0.003  # share of the learning rate that is left at the end
ANALYSIS_RATE = 0.5  # share of it where analysis is alone
COOLING = 0.4  # share by which the goal is higher at first


def phase_ends(steps: int, shares: Sequence[float]) -> tuple[int, ...]:
    """Find the step at which each phase ends; every phase has at least one."""
    summed = list(accumulate(shares))
    ends: list[int] = []
    for left, each in zip(reversed(range(len(summed))), summed, strict=True):
        least = ends[-1] + 1 if ends else 1
        ends.append(min(steps - left, max(least, round(steps * each / summed[-1]))))
    return tuple(ends)


def warming(step: int, steps: int) -> float:
    """Return the share of the learning rate while it rises over the first ``steps``."""
    return min(1.0, (step + 1) / steps)


def falling(step: int, end: int, steps: float) -> float:
    """Return the share of the learning rate as it falls to nothing over the last ``steps`` before ``end``, evenly."""
    return min(1.0, (end - step) / max(1.0, steps))


@dataclass(frozen=True)
class Schedule:
    """What depends on the step alone. ``ends``: the step at which each phase ends; ``names``: theirs, in order."""

    ends: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def steps(self) -> int:
        """The steps of the whole run."""
        return self.ends[-1]

    def end(self, phase: str) -> int:
        """Return the step at which ``phase`` ends."""
        return self.ends[self.names.index(phase)]

    def rate(self, step: int) -> float:
        """Return the share of the learning rate: warmed up once, then a cosine.

        Analysis, when it is alone, has its own.
        """
        alone = self.end("integer")
        begun, most = (alone, ANALYSIS_RATE) if step >= alone else (0, 1.0)
        cosine = 0.5 * (1 + math.cos(math.pi * (step - begun) / (self.steps - begun)))
        return most * warming(step, WARM) * max(cosine, LEAST_RATE)

    def cooling(self, step: int) -> float:
        """Say by how much the goal is higher. Transforms that learn fast have a distortion which passes; lambda
        must not make up for it.
        """
        end = self.end("context")
        return 1.0 if step >= end else 1 + COOLING * (1 + math.cos(math.pi * step / end)) / 2

    def is_settling(self, step: int) -> bool:
        """Return whether networks settle: at the beginning, and while the search is new."""
        begun, end = self.end("context"), self.end("searched")
        return step < begun // 3 or begun <= step < begun + (end - begun) // 3
