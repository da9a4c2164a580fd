"""What a trial of trust is, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

EXAMPLES = 5  # of failures that are kept
NOT_TRIED = "not tried, for"  # key of ``measured``: what this machine lacks


class Size(Enum):
    """``QUICK`` is for every run of the test suite, ``FULL`` for the figures in ``TESTING.md``."""

    QUICK = "quick"
    FULL = "full"

    def pick(self, quick: int, full: int) -> int:
        """How many."""
        return quick if self is Size.QUICK else full


@dataclass(frozen=True)
class Trial:
    """One kind of thing that was tried ``tried`` times, of which ``failed`` did not end as promised.

    ``name`` says what, as the line of a table; ``promise`` what every single one had to do. ``measured`` holds further
    figures with their units in the key (``slowest, ms``). ``examples`` are some failures, each enough to repeat it.
    What a machine cannot try has 0 trials and says why in ``measured``, so that it is seen and claims nothing.
    """

    name: str
    promise: str
    tried: int
    failed: int = 0
    measured: Mapping[str, float | int | str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def bound(self) -> float | None:
        """The rate of failures that is excluded with 95 % confidence where none was seen: 3 / N (the rule of three)."""
        return 3 / self.tried if self.tried and not self.failed else None

    @property
    def passed(self) -> bool:
        """Whether something was tried, or could not be here, and nothing failed."""
        return (self.tried > 0 or NOT_TRIED in self.measured) and self.failed == 0


class Tally:
    """Counts one trial's attempts while they are made."""

    def __init__(self, name: str, promise: str) -> None:
        self.name, self.promise = name, promise
        self.tried, self.failed = 0, 0
        self.examples: list[str] = []
        self.measured: dict[str, float | int | str] = {}

    def count(self, failure: str | None = None) -> None:
        """One attempt; ``failure`` says what went wrong with it, and how to repeat it."""
        self.tried += 1
        if failure is not None:
            self.failed += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(failure)

    def worst(self, key: str, value: float) -> None:
        """Keep the largest value seen of a figure."""
        self.measured[key] = max(float(self.measured.get(key, value)), value)

    @property
    def trial(self) -> Trial:
        """What was found."""
        return Trial(self.name, self.promise, self.tried, self.failed, dict(self.measured), tuple(self.examples))


Part = Callable[[Size], Iterator[Trial]]
