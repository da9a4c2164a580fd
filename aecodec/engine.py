"""Who does the work that many blocks ask for: anything with a ``map``, here or elsewhere."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol


class Engine(Protocol):
    """As pools of ``concurrent.futures`` are, and whatever is made like them for a cluster."""

    def map(self, function: Callable[..., Any], /, *arguments: Iterable[Any]) -> Iterable[Any]:
        """Return what ``function`` returns for each of the ``arguments``, in their order, as the builtin ``map`` does.

        Function and arguments can be pickled. Arguments may be asked for a few calls ahead of the results.
        """


class _Here:
    """Of this process: one call after the other, each when its result is asked for."""

    def map(self, function: Callable[..., Any], /, *arguments: Iterable[Any]) -> Iterable[Any]:
        return builtins.map(function, *arguments)


HERE: Final[Engine] = _Here()


def processors() -> int:
    """Return the number of processors that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1
