"""From exceptions to one line on standard error and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import click

from aecodec.cli.shared import say
from aecodec.errors import AecError, FileError, LimitError

INTERRUPTED = 128 + 2
PIPE_CLOSED = 128 + 13
TERMINATED = 128 + 15


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
        say("aecodec: error: interrupted")
        return INTERRUPTED
    except MemoryError:
        return _report(LimitError("not enough memory; compress fewer or smaller pictures at once"))
    except BrokenPipeError:
        _drop_output()
        return PIPE_CLOSED
    except OSError as error:  # files report theirs as FileError; this is standard output
        return _report(FileError(f"cannot write standard output: {error.strerror or error}"))


def end_cleanly_on_sigterm() -> None:
    """Make SIGTERM an exit that removes temporary files."""
    signal.signal(signal.SIGTERM, _terminate)


def _report(error: AecError) -> int:
    say(f"aecodec: error: {error}")
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _drop_output()
    return error.exit_code


def _drop_output() -> None:
    """Let the interpreter's last flush succeed where standard output is broken."""
    with suppress(OSError, ValueError):
        descriptor = sys.stdout.fileno()
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise SystemExit(TERMINATED)
