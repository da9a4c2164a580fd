"""Names of files as text and as paths, where the locale cannot tell what they are.

In a locale without UTF-8 Python shows a file's name with lone surrogates in place of its bytes, and cannot make a path
of other text at all. Both are taken for UTF-8 then, so that a container has the same names everywhere.
"""

from __future__ import annotations

import os


def as_text(path: str) -> str:
    """Return ``path`` as it is, or read as UTF-8 where the locale could not read it, if it is that."""
    if _is_text(path):
        return path
    try:
        return os.fsencode(path).decode()
    except UnicodeError:
        return path


def as_path(name: str) -> str:
    """Return the path of the file that is named ``name``: as it is, or as UTF-8 where the locale cannot write it."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return os.fsdecode(name.encode())
    return name


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
