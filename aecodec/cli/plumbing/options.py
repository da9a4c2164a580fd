"""Options that several commands share, and the examples at the end of their help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from aecodec.engine import processors
from aecodec.errors import UsageError

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

model_path_option = click.option(
    "--model-path",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Another folder with models. It is searched before AECODEC_MODEL_PATH and the shipped ones. May be repeated.",
)
force_option = click.option("-f", "--force", is_flag=True, help="Replace outputs that exist.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, one object a line.")
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Print no summary and no warnings. Errors are still printed."
)

skip_option = click.option(
    "--skip-existing",
    is_flag=True,
    help="Leave out inputs whose output exists. So an interrupted command goes on where it stopped. An empty file does "
    "not count as output, and is replaced.",
)

jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    default=processors,
    metavar="N",
    help="Use N processors. The result is the same for any number. Each needs memory of its own. Default: all that "
    "this process may use.",
)


def check_skip(skip: bool, force: bool) -> None:
    """Refuse to leave outputs as they are and to replace them."""
    if skip and force:
        raise UsageError("--skip-existing and -f contradict one another; drop one")


def examples(*lines: str) -> str:
    """Return help's last part; click keeps the lines of a paragraph that begins with a backspace."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
