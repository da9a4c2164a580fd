"""Standard streams that are closed or broken."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from aecodec.files import STDIO
from aecodec.files.atomic import failed


def drop(stream: TextIO) -> None:
    """Let the interpreter's last flush succeed where a standard stream is broken."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


@contextmanager
def standard_output() -> Iterator[None]:
    """Raise FileError if what is written here cannot be; BrokenPipeError is another's."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise failed(STDIO, error) from error


def flush() -> None:
    """Bring what was shown to where it goes."""
    with standard_output():
        sys.stdout.flush()
