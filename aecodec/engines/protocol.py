"""What every engine does, and what is the same for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Generic, Protocol, TypeVar

from aecodec.blas import VARIABLES
from aecodec.errors import LimitError
from aecodec.frozen import dataclass

J = TypeVar("J")
R = TypeVar("R")

TRIES: Final = 3  # of a job whose worker dies
# One thread of BLAS a worker: it is read once, when NumPy is imported.
ONE_THREAD: Final = dict.fromkeys(VARIABLES, "1")


@dataclass(frozen=True)
class Share:
    """What of a machine one job takes: processors, and GPUs. A cluster puts it where so many are free.

    Nothing holds the job to it: it sets its own threads.
    """

    processors: int = 1
    gpus: int = 0


SMALL: Final = Share()


@dataclass(frozen=True)
class Finished(Generic[J, R]):
    """A job that is done, with what came of it: a value, or the error in its place."""

    job: J
    value: R | None = None
    error: Exception | None = None

    def take(self) -> R:
        """Return the value; raise the error."""
        if self.error is not None:
            raise self.error
        assert self.value is not None
        return self.value


class JobEngine(Protocol):
    """Calls a function in other processes, of this machine or of others."""

    def as_finished(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[Finished[J, R]]:
        """Give each of ``jobs`` when it is finished, in whatever order that is.

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
