"""Threads for work that is mostly NumPy's: it lets others run meanwhile, and integers do not mind the order."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aecodec.codec.executor import Asker, Call
    from aecodec.exact.sheets import Map


@contextmanager
def threads(jobs: int) -> Iterator[Map]:
    """Give what to use in place of ``map``."""
    if jobs <= 1:
        yield map
        return
    with ExitStack() as stack:
        yield partial(_shared, cache(partial(_begun, jobs, stack)))


def _begun(jobs: int, stack: ExitStack) -> Asker:
    """Return who is asked, until ``stack`` ends; work that is never shared need not wait for its modules."""
    from concurrent.futures import ThreadPoolExecutor

    from aecodec.codec.executor import Terms, executor

    return stack.enter_context(executor(partial(ThreadPoolExecutor, jobs), Terms(sys.maxsize)))


def _shared(begin: Callable[[], Asker], function: Callable[..., Any], *arguments: Iterable[Any]) -> Iterator[Any]:
    """Do as ``map`` does, but for all calls at once."""
    asker = begin()
    return _results(deque(asker.submit(function, *each) for each in zip(*arguments, strict=False)))


def _results(calls: deque[Call]) -> Iterator[Any]:
    while calls:
        yield calls.popleft().result()
