"""Files that are read one by one are shared out: those of one picture, for a container has all processors."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from aecodec.cli.plumbing.chunks import in_chunks
from aecodec.codec.workers import workers

T = TypeVar("T")
R = TypeVar("R")


def shared_out(
    items: Sequence[T],
    path_of: Callable[[T], str],
    some: Callable[[list[T]], list[R | None]],
    alone: Callable[[T], R],
    jobs: int,
) -> Iterator[tuple[T, R]]:
    """Yield each of ``items`` with what comes of it, in their order.

    ``some`` is done on ``jobs`` processors, and can be pickled; where it has None for an item, ``alone`` is done here.
    """
    given: deque[list[T]] = deque()

    def asked() -> Iterator[list[T]]:
        for chunk in in_chunks(items, path_of):
            given.append(chunk)
            yield chunk

    with workers(jobs, len(items)) as engine:
        for found in engine.map(some, asked()):
            for item, result in zip(given.popleft(), found, strict=True):
                yield item, alone(item) if result is None else result
