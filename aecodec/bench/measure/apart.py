"""Work is done in a process of its own: nothing that was held or loaded before counts there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar, cast

from aecodec.codec.executor import Terms, executor
from aecodec.codec.workers import kill

P = ParamSpec("P")
T = TypeVar("T")


def apart(work: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """Return what ``work`` returns or raises in a fresh process; it, its arguments and its result can be pickled."""
    with executor(_process, Terms(1), kill) as asker:
        return cast(T, asker.submit(partial(work, *arguments, **keywords)).result())


def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
