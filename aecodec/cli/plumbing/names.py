"""The module knows the names of the files that commands read and write."""

from __future__ import annotations

import os
from collections.abc import Iterable

from aecodec.errors import UsageError
from aecodec.files import STDIO, is_picture_name

AEC = ".aec"


def is_file_name(name: str) -> bool:
    """Return whether ``name`` says that it is a picture's or a container's, and no folder's."""
    return is_picture_name(name) or os.path.splitext(name)[1].lower() == AEC


def check_apart(target: str, inputs: Iterable[str]) -> None:
    """Refuse to replace an input by the output, even with -f."""
    if os.path.isfile(target) and any(os.path.exists(i) and os.path.samefile(i, target) for i in inputs):
        raise UsageError(f"{target} is an input too; choose another output")


def inside(folder: str, file: str, suffix: str) -> str:
    """Return the output in ``folder`` that has the name of the input ``file``, with another suffix."""
    if file == STDIO:
        raise UsageError("standard input has no name that the output could have; name the file with -o")
    return os.path.join(folder, os.path.splitext(os.path.basename(file))[0] + suffix)
