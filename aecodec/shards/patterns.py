"""Patterns in the names of inputs: ``{0000..0999}`` and ``{a,b}`` as a shell has them, ``*``, ``?`` and ``[...]``."""

from __future__ import annotations

import itertools
import re
from typing import Final

from aecodec.errors import LimitError

MAX_NAMES: Final = 1 << 24  # that one pattern may stand for
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_RANGE: Final = re.compile(r"(-?\d+)\.\.(-?\d+)")
_WILD: Final = re.compile(r"[*?\[]")


def is_pattern(text: str) -> bool:
    """Return whether ``text`` stands for names other than itself."""
    return is_wild(text) or expanded(text) != [text]


def is_wild(text: str) -> bool:
    """Return whether ``text`` has wildcards, which only a listing can resolve."""
    return _WILD.search(text) is not None


def expanded(text: str) -> list[str]:
    """Return the names that braces stand for, in their order; ``text`` alone where there are none.

    A range counts up or down, with zeros in front where one of its ends has them. Raises LimitError for too many.
    """
    pieces: list[list[str]] = []
    count, at = 1, 0
    for found in _BRACES.finditer(text):
        choices = _choices(found[1])
        if choices is None:
            continue
        pieces += [[text[at : found.start()]], choices]
        count, at = count * len(choices), found.end()
        if count > MAX_NAMES:
            raise LimitError(f"{text} stands for more than {MAX_NAMES} names, the limit")
    return ["".join(each) for each in itertools.product(*pieces, [text[at:]])]


def fixed_folder(text: str) -> str:
    """Return what is before the first part of ``text`` with a pattern: the folder that all names lie in."""
    start = min(found.start() for expression in (_BRACES, _WILD) if (found := expression.search(text)))
    return text[: text.rfind("/", 0, start) + 1]


def _choices(inside: str) -> list[str] | None:
    """Return what a pair of braces offers, or None if it is no pattern."""
    found = _RANGE.fullmatch(inside)
    if found is None:
        return inside.split(",") if "," in inside else None
    first, last = int(found[1]), int(found[2])
    if abs(last - first) >= MAX_NAMES:
        raise LimitError(f"{{{inside}}} stands for more than {MAX_NAMES} names, the limit")
    padded = any(len(end.lstrip("-")) > 1 and end.lstrip("-").startswith("0") for end in found.groups())
    width = max(map(len, found.groups())) if padded else 0
    step = 1 if last >= first else -1
    return [f"{number:0{width}d}" for number in range(first, last + step, step)]
