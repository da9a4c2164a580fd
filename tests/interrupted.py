"""Interrupt what shares its work, again and again: ``python -m tests.interrupted processes|threads|steps ROUNDS``.

``processes`` and ``threads`` send themselves SIGINT at random instants; ``steps`` raises KeyboardInterrupt at every
step of the interpreter in turn, which are more than those at which it handles signals. It ends, and prints how
many rounds were interrupted, whenever the interruption comes.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from _thread import start_new_thread
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from types import FrameType
from typing import Any

from aecodec.codec.threads import threads
from aecodec.codec.workers import workers

Share = Callable[[], AbstractContextManager[Any]]
SECONDS = {"processes": 0.4, "threads": 0.015}  # that a round takes, and some more


def work(number: int) -> bytes:
    """More than a pipe holds, so that half of it may be on its way."""
    time.sleep(0.001)
    return bytes(200_000 + number)


def whole_round(share: Share) -> None:
    """What is interrupted."""
    with share() as shared:
        for number, result in enumerate(getattr(shared, "map", shared)(work, range(12))):
            assert len(result) == 200_000 + number


def by_signals(share: Share, rounds: int, seconds: float) -> int:
    """How many of ``rounds`` ended by a signal, which came within ``seconds`` of their start."""
    chance = random.Random(rounds)
    interrupted = 0
    for _ in range(rounds):
        sent: list[bool] = []
        try:
            start_new_thread(_signal_later, (chance.uniform(0, seconds), sent))
            whole_round(share)
            _wait_for(sent)
        except KeyboardInterrupt:
            interrupted += 1
            _wait_for(sent)
    return interrupted


def _signal_later(seconds: float, sent: list[bool]) -> None:
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGINT)
    sent.append(True)


def _wait_for(sent: list[bool]) -> None:
    while not sent:
        time.sleep(0.001)


def by_steps(share: Share, rounds: int) -> int:
    """How many rounds there were, at most ``rounds``, until one came to its end before its step."""
    for most in count(1, max(1, 2000 // rounds)):
        left = most

        def step(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal left
            frame.f_trace_opcodes = True
            left -= event == "opcode"
            if left <= 0:
                sys.settrace(None)
                raise KeyboardInterrupt
            return step

        sys.settrace(step)
        try:
            whole_round(share)
            sys.settrace(None)
            return most
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(None)
    raise AssertionError


def main(way: str, rounds: int) -> None:
    """Print how many rounds were interrupted."""
    if way == "steps":
        print(by_steps(partial(threads, 2), rounds))
        return
    share = partial(workers if way == "processes" else threads, 2)
    print(by_signals(share, rounds, SECONDS[way]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
