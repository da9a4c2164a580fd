"""What a command is for goes to standard output: lines for people, or JSON for programs."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from aecodec.cli.plumbing.lines import one_line
from aecodec.cli.plumbing.streams import standard_output
from aecodec.errors import UsageError
from aecodec.files import STDIO


def show(text: str) -> None:
    """Print one line of a command's product on standard output."""
    with standard_output():
        print(one_line(text))


def emit(record: dict[str, Any]) -> None:
    """Print one JSON object on one line, on standard output; infinite becomes null."""
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in record.items()
    }
    with standard_output():
        print(json.dumps(finite))


def check_stdout(target: str, as_json: bool) -> None:
    """Refuse standard output for bytes where it is a terminal, or taken by JSON."""
    if target == STDIO and as_json:
        raise UsageError("--json and -o - both need standard output; drop one")
    if target == STDIO and sys.stdout.isatty():
        raise UsageError("standard output is a terminal; redirect it, or name a file with -o")
