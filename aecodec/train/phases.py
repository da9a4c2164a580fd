"""The phases of training, and where each ends."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

PHASES = ("factorized", "context", "searched", "integer", "analysis")
SEARCHING = ("searched", "integer")


def phase_ends(steps: int, shares: Sequence[float]) -> tuple[int, ...]:
    """The step at which each phase ends; every phase has at least one."""
    summed = list(accumulate(shares))
    ends: list[int] = []
    for left, each in zip(reversed(range(len(summed))), summed, strict=True):
        least = ends[-1] + 1 if ends else 1
        ends.append(min(steps - left, max(least, round(steps * each / summed[-1]))))
    return tuple(ends)
