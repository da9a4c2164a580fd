"""Options that say something to many rooms are kept with the command: ``-v`` and ``--no-times``."""

from __future__ import annotations

import time
from typing import Any

import click

from aecodec.cli.plumbing.lines import say
from aecodec.errors import UsageError
from aecodec.files import modified

_VERBOSE, _NO_TIMES = "aecodec.verbose", "aecodec.no_times"  # keys of what click keeps with a command


def _keep(key: str) -> Any:
    def keep(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        ctx.meta[key] = value

    return keep


verbose_option = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_keep(_VERBOSE),
    help="Say more: what became of each file, the SHA-256 of each model that was used, and how long each step took.",
)
times_option = click.option(
    "--no-times",
    is_flag=True,
    expose_value=False,
    callback=_keep(_NO_TIMES),
    help="Give outputs the present time. Without this, a file of one picture gets its input's time of modification.",
)


def is_verbose() -> bool:
    """Return whether the command was given ``-v``."""
    return _is_asked(_VERBOSE)


def check_verbose(quiet: bool) -> None:
    """Refuse to say more and nothing at once."""
    if quiet and is_verbose():
        raise UsageError("-q and -v contradict one another; drop one")


def kept_time(path: str) -> int | None:
    """Return the time, in nanoseconds, that the output of ``path`` is to have; None for the present."""
    return None if _is_asked(_NO_TIMES) else modified(path)


class Watch:
    """It takes the time of one step after the other, for those who asked for more."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._steps: list[str] = []

    def lap(self, step: str) -> None:
        """Say that ``step``, a past participle, is done."""
        now = time.perf_counter()
        self._steps.append(f"{step} in {now - self._began:.2f} s")
        self._began = now

    def line(self, *facts: str) -> str:
        """Return ``facts`` and what the steps took."""
        return f"  {', '.join([*facts, *self._steps])}"

    def tell(self, *facts: str) -> None:
        """Say that line; nothing without ``-v``."""
        if is_verbose():
            say(self.line(*facts))


def _is_asked(key: str) -> bool:
    ctx = click.get_current_context(silent=True)
    return ctx is not None and bool(ctx.meta.get(key))
