"""How far a long piece of work has come, for those who follow it; where nobody does, nothing is done.

A loop that may take seconds goes through ``followed(steps)`` in place of ``steps``. What such a loop within one of its
steps has done counts as a share of that step. An outermost loop is a *pass*, and one piece of work may take several.
Work in other threads and processes is not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from itertools import count
from typing import TypeVar

from aecodec.frozen import dataclass

T = TypeVar("T")
Listener = Callable[[int, float], None]  # a pass, counted from 1, and how much of it is done, 0 to 1


@dataclass(frozen=True)
class _Part:
    """What a loop is of pass ``number``: the share before it, and its own."""

    listener: Listener
    passes: Iterator[int] = field(default_factory=lambda: count(1))
    number: int | None = None
    before: float = 0.0
    own: float = 1.0


_PART: ContextVar[_Part | None] = ContextVar("part", default=None)


@contextmanager
def follow(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` how far the work within has come, at the beginning and the end of each step."""
    token = _PART.set(_Part(listener))
    try:
        yield
    finally:
        _PART.reset(token)


def followed(steps: Sequence[T]) -> Iterable[T]:
    """Give ``steps``, one after the other."""
    part = _PART.get()
    return steps if part is None else _followed(steps, part)


def _followed(steps: Sequence[T], part: _Part) -> Iterator[T]:
    number = next(part.passes) if part.number is None else part.number
    own = part.own / max(1, len(steps))
    try:
        for place, step in enumerate(steps):
            here = _Part(part.listener, part.passes, number, part.before + place * own, own)
            _PART.set(here)
            part.listener(number, here.before)
            yield step
        part.listener(number, part.before + part.own)
    finally:
        _PART.set(part)
