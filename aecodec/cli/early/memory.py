"""The module tells whether there is memory for the program itself. It imports next to nothing: it is asked first.

Where memory is short, modules fail as they are imported, with errors of many kinds, and OpenBLAS ends the process.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final, NoReturn

_START: Final = 96 << 20  # bytes of address space that NumPy with its BLAS, Pillow and the rest take to be imported
_THREADS: Final = 1 << 29  # bytes; OpenBLAS takes some 40 MB for every thread, and ends the process where it gets none
_ENOUGH: Final = 64 << 20  # bytes; whatever fails where so many are free does not fail for lack of them
_LIMIT: Final = 6  # exit code: LimitError's


def check_memory() -> None:
    """Raise MemoryError if what is imported next would not find room."""
    if not _is_free(_START):
        raise MemoryError


def is_little() -> bool:
    """Return whether there may be too little for several threads of BLAS."""
    return not _is_free(_THREADS)


def is_short(error: BaseException) -> bool:
    """Return whether ``error`` came for lack of memory: it or a cause says so, or it is unexpected and little is left.

    Errors with an exit code (aecodec's and click's) and those of the system are expected.
    """
    if any(isinstance(each, MemoryError) or getattr(each, "errno", None) == errno.ENOMEM for each in _causes(error)):
        return True
    return not (isinstance(error, OSError) or hasattr(error, "exit_code") or _is_free(_ENOUGH))


def end_without_memory() -> NoReturn:
    """Write one line, end with the exit code, and do nothing else that would need memory."""
    try:
        os.write(2, b"aecodec: error: not enough memory to start; it takes some 200 MB\n")
    finally:
        os._exit(_LIMIT)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_free(size: int) -> bool:
    """Return whether the system would give so many bytes more; none is used."""
    try:
        import mmap  # which may lie in a library of its own

        mmap.mmap(-1, size).close()
    except (ImportError, OSError, ValueError, MemoryError):
        return False
    return True
