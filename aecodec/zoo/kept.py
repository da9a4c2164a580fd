"""What model files hold, read once for as long as they stay as they are on the disk; for all of a process.

A file is known by its path, place on the device, size and times. One that has changed a moment ago might change
again within the same tick of its clock, so it is read each time until it has settled. A model that is stored as what
differs from bases is known by their files, too. A model that comes from another process comes as its file, with those
of its bases, and is known by their bytes.
"""

from __future__ import annotations

import copyreg
import hashlib
import stat
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from aecodec.errors import LimitError, ModelError
from aecodec.limits import MAX_MODEL_BYTES
from aecodec.zoo.bases import Base, bases_of
from aecodec.zoo.known import FileState as _File
from aecodec.zoo.known import known_digest, note_digests
from aecodec.zoo.load import load_model
from aecodec.zoo.metadata import MAX_HEADER, read_description, read_metadata
from aecodec.zoo.model import Model
from aecodec.zoo.role import Purpose, purpose_of
from aecodec.zoo.shown import brief

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

MOST_OF_A_PATH = 4096  # characters in a message
MOST_MODELS = 16  # kept in memory: twice those shipped
MOST_FILES = 1024  # of which id, SHA-256 and purpose are kept
SETTLED = 2_000_000_000  # nanoseconds: FAT counts times in steps of two seconds
Found = TypeVar("Found")
_READ: Final[dict[_File, str]] = {}  # the SHA-256 of files that were read for that, and are not noted yet


def model_in(path: Path, find: Callable[[Base], Path]) -> Model:
    """Return the model in a file, whose bases are in the files that ``find`` gives.

    Raises what ``find`` does, ModelError if a file cannot be read or used, LimitError for one too large.
    """
    return _ask(_model, path, *map(find, bases_in(path)))


def bases_in(path: Path) -> tuple[Base, ...]:
    """Return the bases that the file's model needs, sound or not; raises ModelError or LimitError."""
    return _ask(_bases, path)


def digest_of(path: Path) -> str:
    """Return the file's SHA-256, hexadecimal, of when it was last read; raises ModelError or LimitError."""
    return _ask(_digest, path)


def note_what_was_read() -> None:
    """Note the SHA-256 of files that were read for that, for processes to come."""
    now = time.time_ns()
    note_digests({file: digest for file, digest in _READ.items() if _is_settled(file, now)})
    _READ.clear()


def id_of(path: Path) -> str:
    """Return the id that the file gives its model, sound or not; raises ModelError or LimitError."""
    return _ask(_id, path)


def purpose_in(path: Path) -> Purpose:
    """Return what the file says that its model is for, sound or not; raises ModelError or LimitError."""
    return _ask(_purpose, path)


@lru_cache(MOST_MODELS)
def _model(file: _File, *bases: _File) -> Model:
    return load_model(_read(file), [_read(base) for base in bases])


@lru_cache(MOST_FILES)
def _bases(file: _File) -> tuple[Base, ...]:
    metadata = read_metadata(_head(file))
    return tuple(bases_of(metadata["version"], read_description(metadata)))


@lru_cache(MOST_FILES)
def _digest(file: _File) -> str:
    known = known_digest(file)
    if known is None:
        known = _READ[file] = hashlib.sha256(_read(file)).hexdigest()
    return known


@lru_cache(MOST_FILES)
def _id(file: _File) -> str:
    return read_metadata(_head(file))["id"]


@lru_cache(MOST_FILES)
def _purpose(file: _File) -> Purpose:
    metadata = read_metadata(_head(file))
    return purpose_of(metadata["version"], read_description(metadata))


@lru_cache(MOST_MODELS)
def _sent(data: bytes, *bases: bytes) -> Model:
    return load_model(data, bases)


def _send(model: Model) -> tuple[Callable[..., Model], tuple[bytes, ...]]:
    return _sent, (model.data, *model.bases)


copyreg.pickle(Model, _send)


def _ask(kept: _lru_cache_wrapper[Found], *paths: Path) -> Found:
    now, files = time.time_ns(), [_look(path) for path in paths]
    settled = all(_is_settled(file, now) for file in files)
    return kept(*files) if settled else kept.__wrapped__(*files)


def _is_settled(file: _File, now: int) -> bool:
    return now - max(file.modified, file.changed) >= SETTLED


def _look(path: Path) -> _File:
    """Refuse what is no regular file, for a pipe might never end, and what is too large to be read."""
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error.strerror) from error
    if not stat.S_ISREG(found.st_mode):
        raise _unreadable(path, "it is no regular file")
    if found.st_size > MAX_MODEL_BYTES:
        raise _too_large(path)
    return _File(path, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _head(file: _File) -> bytes:
    """Return the beginning of the file, all its metadata included."""
    length = int.from_bytes(_read(file, 8), "little")
    return _read(file, 8 + min(length, MAX_HEADER))


def _read(file: _File, most: int | None = None) -> bytes:
    """Return the file, or its first ``most`` bytes. Read takes as much memory as it is asked for."""
    try:
        with file.path.open("rb") as opened:
            data = opened.read(file.size + 1 if most is None else most)
            if most is None and len(data) > file.size:
                data += opened.read(MAX_MODEL_BYTES + 1 - len(data))
    except OSError as error:
        raise _unreadable(file.path, error.strerror) from error
    if len(data) > MAX_MODEL_BYTES:  # it has grown
        raise _too_large(file.path)
    return data


def _unreadable(path: Path, why: str | None) -> ModelError:
    return ModelError(f"cannot read model {brief(path, MOST_OF_A_PATH)}: {why}")


def _too_large(path: Path) -> LimitError:
    return LimitError(f"the model {brief(path, MOST_OF_A_PATH)} has more than {MAX_MODEL_BYTES} bytes, the limit")
