"""What messages show of foreign files."""

from __future__ import annotations

_MAX_SHOWN = 200  # characters


def brief(text: object, most: int = _MAX_SHOWN) -> str:
    """Return one line of at most about ``most`` characters."""
    line = str(text)
    line = line if len(line) <= most else f"{line[: most - 3]}..."
    return line if line.isprintable() else line.encode("unicode_escape").decode("ascii")
