"""The protocol of engines, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Generic, Protocol, TypeVar

from aecodec.blas import VARIABLES
from aecodec.errors import LimitError
from aecodec.frozen import dataclass

J = TypeVar("J")
R = TypeVar("R")

TRIES: Final = 3  # attempts at a job whose worker dies
# One BLAS thread for each worker. BLAS reads it once, when NumPy is imported.
ONE_THREAD: Final = dict.fromkeys(VARIABLES, "1")


@dataclass(frozen=True)
class Share:
    """The processors and GPUs that one job takes. A cluster runs it where so many are free.

    Nothing forces the job to keep to it: it sets its own threads.
    """

    processors: int = 1
    gpus: int = 0


SMALL: Final = Share()


@dataclass(frozen=True)
class Finished(Generic[J, R]):
    """A job that is done, with its value, or the error in its place."""

    job: J
    value: R | None = None
    error: Exception | None = None

    def take(self) -> R:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        assert self.value is not None
        return self.value


class JobEngine(Protocol):
    """Calls a function in other processes, of this machine or of others."""

    def as_finished(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[Finished[J, R]]:
        """Give each of ``jobs`` when it is finished, in any order.

        ``function`` and jobs can be pickled; jobs are asked for a few ahead. A job whose worker dies is tried again,
        three times in all, and then finished with a LimitError; the others go on. An engine does one call at a time,
        which is taken to its end.
        """


def died(what: str = "a worker process") -> LimitError:
    """Return the error of a job whose worker has died too often."""
    return LimitError(
        f"{what} died {TRIES} times: memory ran out (use fewer jobs, or smaller shards), or the program "
        'that uses aecodec cannot be imported (it needs if __name__ == "__main__")'
    )
