"""Errors of one shard that are those of all: whoever has asked for many ends at once."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aecodec.errors import FileError, ModelError, UsageError

_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class AnotherCommandError(UsageError):
    """A shard is there that another command has made."""


class NoRoomError(FileError):
    """Nothing more can be written there."""


ENDS: Final = (AnotherCommandError, NoRoomError, ModelError)


@contextmanager
def no_room_told() -> Iterator[None]:
    """Tell a full disk from other failures to write; what an error came from is lost between processes."""
    try:
        yield
    except FileError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _NO_ROOM:
            raise NoRoomError(*error.args) from error
        raise
