"""Processes that share the work: their results in order, and their end."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator

import pytest

from aecodec.codec.workers import workers
from aecodec.errors import LimitError
from tests.checks import check_error


def test_a_killed_process_is_one_line() -> None:
    def killed() -> None:
        with workers(2) as engine:
            list(engine.map(_killed, [os.getpid()] * 9))

    message = check_error(LimitError, killed)
    assert all(words in message for words in ("a worker process was killed", "memory", '__name__ == "__main__"'))


def _killed(here: int) -> None:
    if os.getpid() != here:
        os._exit(1)
    time.sleep(1)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_order(jobs: int) -> None:
    """As of ``map``: a mistake comes in its turn, and arguments are asked for only a few calls ahead."""
    asked: list[int] = []

    def arguments() -> Iterator[int]:
        for number in range(40):
            asked.append(number)
            yield number

    with workers(jobs) as engine:
        found = engine.map(_divided, arguments(), itertools.repeat(20))
        for number in range(20):
            assert next(found)[0] == 20 - number
            assert len(asked) <= number + jobs + 3
        with pytest.raises(ZeroDivisionError):
            next(found)


@pytest.mark.parametrize("jobs", [2, 3])
def test_all_processes_work(jobs: int) -> None:
    """Among them the one that asks."""
    with workers(jobs) as engine:
        seen = {pid for _, pid in engine.map(_divided, [30] * 60, itertools.repeat(0), itertools.repeat(0.05))}
    assert os.getpid() in seen and len(seen) == jobs


def _divided(number: int, most: int, seconds: float = 0.0) -> tuple[int, int]:
    time.sleep(seconds)
    assert most == 0 or 1 / (most - number)
    return most - number, os.getpid()
