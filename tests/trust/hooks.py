"""Slow or failing writes, put in place of the real ones within a process that is about to run a command."""

from __future__ import annotations

import builtins
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CALLS = ("mkdir", "fsync", "chmod", "link", "replace", "rename", "listdir")  # functions of os that writing uses
METHODS = ("write", "flush", "close")  # of a file that is opened to be written
NAMES = ("open", *METHODS, *CALLS)
ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EINTR)


class Fault:
    """Raises ``number`` at the ``at``-th call of ``name``, counted from 1, and leaves the file ``marker`` as a sign."""

    def __init__(self, name: str, at: int, number: int, marker: str) -> None:
        self.name, self.left, self.number, self.marker = name, at, number, marker
        self.mark = os.open  # the real one

    def __call__(self, name: str) -> None:
        if name == self.name:
            self.left -= 1
            if self.left == 0:
                os.close(self.mark(self.marker, os.O_CREAT | os.O_WRONLY, 0o666))
                raise OSError(self.number, os.strerror(self.number))


def slow(seconds: float) -> Callable[[str], None]:
    """Sleeps at each call."""
    return lambda _: time.sleep(seconds)


class Writing:
    """A file whose ``METHODS`` ask first. A write that fails has written half of its bytes."""

    def __init__(self, file: Any, ask: Callable[[str], None]) -> None:
        self._file, self._ask = file, ask
        self._half = isinstance(ask, Fault)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Writing:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, data: bytes) -> int:
        try:
            self._ask("write")
        except OSError:
            self._file.write(data[: len(data) // 2])
            raise
        if not self._half:  # slowed: a kill may come between the halves
            self._file.write(data[: len(data) // 2])
            self._file.flush()
            self._ask("write")
            self._file.write(data[len(data) // 2 :])
        else:
            self._file.write(data)
        return len(data)

    def flush(self) -> None:
        self._ask("flush")
        self._file.flush()

    def close(self) -> None:
        try:
            self._ask("close")
        finally:
            self._file.close()


def install(ask: Callable[[str], None], *, after: bool) -> None:
    """Have ``ask`` called before each write and call of ``NAMES``, with ``after`` also behind those of ``CALLS``."""
    real_open = builtins.open

    def opened(file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if not isinstance(file, str | Path) or not set("wxa+") & set(mode):
            return real_open(file, mode, *rest, **options)
        ask("open")
        return Writing(real_open(file, mode, *rest, **options), ask)

    builtins.open = opened
    for name in CALLS:
        setattr(os, name, _asking(name, getattr(os, name), ask, after))


def _asking(name: str, real: Callable[..., Any], ask: Callable[[str], None], after: bool) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        ask(name)
        found = real(*args, **options)
        if after:
            ask(name)
        return found

    return call
