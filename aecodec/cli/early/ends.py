"""Signals and closed streams end the program in these ways. It imports next to nothing: it is at work first."""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Ended(SystemExit):
    """It says that signal ``number`` has come, SIGTERM or SIGHUP."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


def ended_by(number: int) -> str:
    """Return the line about a signal."""
    why = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    return f"aecodec: error: {why}"


def end_at_once() -> None:
    """End at a signal while nothing is written yet: a module being imported would make another error of it."""
    _handle(_leave)


def end_cleanly() -> None:
    """Make signals an end that removes temporary files, whatever number of them comes meanwhile."""
    _handle(_raise)


def open_streams() -> None:
    """Give standard streams that the caller has closed a descriptor, which no output must get.

    Reading standard input or writing standard output then fails as it should, and not as an error in Python.
    """
    for number, name, flags in ((0, "stdin", os.O_WRONLY), (1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, flags)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def _handle(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _leave):  # else it is ignored
            signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> None:
    try:
        os.write(2, f"{ended_by(number)}\n".encode())
    finally:
        os._exit(128 + number)


def _raise(number: int, frame: FrameType | None) -> None:
    for other in SIGNALS:  # a second signal must not keep the first one's cleaning from its end
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt if number == signal.SIGINT else Ended(number)
