"""What the arguments of the public functions may be. Each is checked by its type, and taken as Python's own.

Every function here raises UsageError, which names the argument, for anything else.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from aecodec.errors import Argument, UsageError

_WHOLE_BITS = 64  # more than any count, and no more than a message can show


def whole(name: str, value: Any) -> int:
    """Return an integer of Python's or NumPy's."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise _wrong(name, "a whole number", value)
    number = int(value)
    if number.bit_length() > _WHOLE_BITS:
        raise UsageError(Argument(name), f" has {number.bit_length()} bits; expected a number of {_WHOLE_BITS} or less")
    return number


def positive(name: str, value: Any) -> int:
    """Return a whole number from 1 on."""
    number = whole(name, value)
    if number < 1:
        raise UsageError(Argument(name), f" {number} is below 1")
    return number


def count(name: str, value: Any) -> int:
    """Return a whole number from 0 on."""
    number = whole(name, value)
    if number < 0:
        raise UsageError(Argument(name), f" {number} is below 0")
    return number


def real(name: str, value: Any) -> float:
    """Return a number; infinite where float64 cannot hold it."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise _wrong(name, "a number", value)
    try:
        return float(value)
    except OverflowError:
        return math.inf


def flag(name: str, value: Any) -> bool:
    """Return True or False, and nothing that merely counts as one of them."""
    if not isinstance(value, bool | np.bool_):
        raise _wrong(name, "True or False", value)
    return bool(value)


def named(name: str, value: Any) -> str:
    """Return a model's id, or a path to its file."""
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str):
        raise _wrong(name, "an id or a file", value)
    return text


def texts(name: str, value: Any) -> list[str]:
    """Return a sequence of str, which is no str itself."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _wrong(name, "a list of str", value)
    for each in value:
        if not isinstance(each, str):
            raise UsageError(Argument(name), f" must be a list of str, and {shown(each)} is in it")
    return list(value)


def folders(name: str, value: Any) -> list[str]:
    """Return a path, or several of them in any order that can be gone through once."""
    single = isinstance(value, str | os.PathLike)
    if not single and (isinstance(value, bytes | bytearray | memoryview) or not isinstance(value, Iterable)):
        raise _wrong(name, "a folder or a list of folders", value)
    found = []
    for each in [value] if single else value:
        path = os.fspath(each) if isinstance(each, str | os.PathLike) else None
        if not isinstance(path, str):
            raise UsageError(Argument(name), f" must be a list of folders, and {shown(each)} is in it")
        found.append(path)
    return found


def content(name: str, value: Any) -> bytes:
    """Return the bytes of a file: bytes, or a buffer of them."""
    if isinstance(value, bytes):
        return value
    try:
        return memoryview(value).tobytes()
    except (TypeError, ValueError) as error:  # no buffer, or one that is released
        raise _wrong(name, "the bytes of a file", value) from error


def shown(value: object) -> str:
    """Return a type and a value in one short line, whatever it is."""
    try:
        text = f"{value!r:.40}"
    except Exception:  # of a stranger's object, or an integer too long to be shown
        text = ""
    return f"{type(value).__name__} {text}".rstrip().encode("unicode_escape").decode("ascii")


def _wrong(name: str, expected: str, value: object) -> UsageError:
    return UsageError(Argument(name), f" must be {expected}, not {shown(value)}")
