"""Threads for work that is mostly NumPy's: it lets others run meanwhile, and integers do not mind the order."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from aecodec.codec.executor import Asker, Call, Terms, executor
from aecodec.exact.sheets import Map


@contextmanager
def threads(jobs: int) -> Iterator[Map]:
    """Give what to use in place of ``map``."""
    if jobs <= 1:
        yield map
        return
    with executor(partial(ThreadPoolExecutor, jobs), Terms(sys.maxsize)) as asker:
        yield partial(_shared, asker)


def _shared(asker: Asker, function: Callable[..., Any], *arguments: Iterable[Any]) -> Iterator[Any]:
    """Do as ``map`` does, but for all calls at once."""
    return _results(deque(asker.submit(function, *each) for each in zip(*arguments, strict=False)))


def _results(calls: deque[Call]) -> Iterator[Any]:
    while calls:
        yield calls.popleft().result()
