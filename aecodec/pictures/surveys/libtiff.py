"""What libtiff says of damaged data: it writes that to standard error, and often goes on with made-up pixels."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aecodec.errors import FormatError

_STANDARD_ERROR: Final = 2
_COMPLAINT: Final = re.compile(rb"[\w. ]*: [^\x1b\n]*\.\n", re.MULTILINE)
_ONE_AT_A_TIME: Final = threading.Lock()


@contextmanager
def heard() -> Iterator[None]:
    """Raise FormatError with the first of libtiff's complaints, and keep them all from standard error."""
    with _ONE_AT_A_TIME, tempfile.TemporaryFile() as file:
        failure: OSError | None = None
        with _standard_error_to(file.fileno()):
            try:
                yield
            except OSError as error:
                failure = error
        file.seek(0)
        said = file.read()
        others = _COMPLAINT.sub(b"", said)
        if others:  # by another thread meanwhile
            os.write(_STANDARD_ERROR, others)
    complaint = _COMPLAINT.search(said)
    if complaint is not None:
        raise FormatError(complaint[0].decode("ascii", "replace").strip().removesuffix(".")) from failure
    if failure is not None:
        raise failure


@contextmanager
def _standard_error_to(descriptor: int) -> Iterator[None]:
    try:
        kept = os.dup(_STANDARD_ERROR)
    except OSError:  # it is closed, and nobody would read it
        yield
        return
    os.dup2(descriptor, _STANDARD_ERROR)
    try:
        yield
    finally:
        os.dup2(kept, _STANDARD_ERROR)
        os.close(kept)
