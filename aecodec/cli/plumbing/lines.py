"""Lines for people go to standard error."""

from __future__ import annotations

import math
import sys

from aecodec.cli.plumbing.streams import drop


def say(text: str) -> None:
    """Print one line for people on standard error; where that cannot be written to, there is nobody to tell."""
    try:
        print(one_line(text), file=sys.stderr, flush=True)
    except OSError:
        drop(sys.stderr)


def one_line(text: str) -> str:
    """Return ``text`` with control characters and lone surrogates written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def arrow() -> str:
    """Return an arrow that standard error can show."""
    try:
        "→".encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return "->"
    return "→"


def decibels(value: float) -> str:
    """Return a PSNR for people."""
    return "exact" if math.isinf(value) else f"PSNR {value:.1f} dB"
