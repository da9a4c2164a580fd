"""The module says of an error what went wrong, and with which file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aecodec.cli.early.memory import is_short
from aecodec.cli.plumbing.lines import say
from aecodec.errors import AecError, FileError, LimitError
from aecodec.files.read import shown

_TYPED = {"for_eyes": "--for eyes"}  # of the options that are not typed as the argument is named
BATCH_FAILED = 1  # exit code: some of several failed, the others are done
NO_MEMORY = "not enough memory; it takes some 200 MB, and more for many or large pictures at once"


def complain(error: AecError) -> None:
    """Say in one line for people what failed."""
    say(f"aecodec: error: {as_typed(error)}")


def as_typed(error: AecError) -> str:
    """Return the message, with arguments as options of a command line."""
    return error.worded(lambda name: _TYPED.get(name, "--" + name.replace("_", "-")))


@contextmanager
def about(file: str) -> Iterator[None]:
    """Name ``file`` in errors that do not: those about its bytes."""
    try:
        yield
    except FileError:
        raise
    except AecError as error:
        raise type(error)(f"{shown(file)}: ", *error.args) from error


@contextmanager
def within_memory(file: str) -> Iterator[None]:
    """Let one of many files that is too large for this machine be one that fails."""
    try:
        yield
    except LimitError:
        raise
    except Exception as error:
        if not is_short(error):
            raise
        raise LimitError(f"{shown(file)}: {NO_MEMORY}") from error
