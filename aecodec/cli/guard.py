"""Exceptions become one line on standard error and an exit code."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable

import click

from aecodec.cli.early.ends import Ended, ended_by
from aecodec.cli.early.memory import is_short
from aecodec.cli.plumbing.failures import NO_MEMORY, complain
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.streams import drop, flush
from aecodec.errors import AecError, FileError, LimitError
from aecodec.files import STDIO
from aecodec.files.atomic import failed

INTERRUPTED = 128 + 2
PIPE_CLOSED = 128 + 13


def guarded(run: Callable[[], object]) -> int:
    """Return the exit code of ``run``, which returns None or a code, or raises."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")  # any file name can be shown
    try:
        code = run()
        flush()
        return code if isinstance(code, int) else 0
    except LimitError as error:
        return _report(error)
    except AecError as error:
        return _report(LimitError(NO_MEMORY) if is_short(error) else error)
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
        say(ended_by(signal.SIGINT))
        return INTERRUPTED
    except Ended as error:
        say(ended_by(error.number))
        return 128 + error.number
    except BrokenPipeError:
        drop(sys.stdout)
        return PIPE_CLOSED
    except Exception as error:
        if is_short(error):
            return _report(LimitError(NO_MEMORY))
        if isinstance(error, OSError):
            return _report(_named(error))
        raise


def _report(error: AecError) -> int:
    complain(error)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        drop(sys.stdout)
    return error.exit_code


def _named(error: OSError) -> AecError:
    """Name the file of an error. Our own modules report theirs as FileError; help and version are shown by click."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    if error.filename is None and str(frame.f_globals.get("__name__")).startswith("click."):
        return failed(STDIO, error)
    reason = error.strerror or str(error)
    return FileError(f"{error.filename}: {reason}" if error.filename else reason)
