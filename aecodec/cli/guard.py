"""From exceptions to one line on standard error and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

import click

from aecodec.cli.shared import drop, say
from aecodec.errors import AecError, FileError, LimitError

INTERRUPTED = 128 + 2
PIPE_CLOSED = 128 + 13
_ENDS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def guarded(run: Callable[[], object]) -> int:
    """The exit code of ``run``, which returns None or a code, or raises."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")  # any file name can be shown
    try:
        code = run()
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except AecError as error:
        return _report(error)
    except click.ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # not in click 8.1
            error.show()
            return error.exit_code
        context = getattr(error, "ctx", None)
        hint = f"; see '{context.command_path} --help'" if context else ""
        say(f"aecodec: error: {error.format_message().rstrip('.')}{hint}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        if sys.stderr.isatty():
            say("")  # behind the terminal's ^C
        say("aecodec: error: interrupted")
        return INTERRUPTED
    except MemoryError:
        return _report(LimitError("not enough memory; compress fewer or smaller pictures at once"))
    except BrokenPipeError:
        drop(sys.stdout)
        return PIPE_CLOSED
    except OSError as error:  # files report theirs as FileError; this is standard output
        return _report(FileError(f"cannot write standard output: {error.strerror or error}"))


def end_cleanly() -> None:
    """Make SIGTERM, SIGHUP and SIGINT an end that removes temporary files, whatever number of them comes meanwhile."""
    for number in _ENDS:
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup wants SIGHUP ignored
            signal.signal(number, _terminate)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else somebody wants it ignored
        signal.signal(signal.SIGINT, _interrupt)


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


def _report(error: AecError) -> int:
    say(f"aecodec: error: {error}")
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        drop(sys.stdout)
    return error.exit_code


def _terminate(number: int, frame: FrameType | None) -> None:
    _ignore()
    raise SystemExit(128 + number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _ignore()
    raise KeyboardInterrupt


def _ignore() -> None:
    """A second signal must not keep the first one's cleaning from its end."""
    for number in (*_ENDS, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
