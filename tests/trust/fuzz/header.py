"""Header, index, names and records, with and without repaired checksums; nothing is decoded."""

from __future__ import annotations

from aecodec.codec import inspect
from aecodec.container.frame import CHECKSUM_BYTES
from aecodec.errors import FormatError, LimitError, UnsupportedError
from tests.trust.again import not_built_again
from tests.trust.mutators import sealed_again

DOCUMENTED = (FormatError, UnsupportedError, LimitError)


def one(data: bytes) -> None:
    """Raises AssertionError, or what it finds that is not documented."""
    _read(data)
    if len(data) > 2 + CHECKSUM_BYTES:
        _read(sealed_again(data))


def _read(data: bytes) -> None:
    try:
        inspect(data)
        wrong = not_built_again("the file", data)
    except DOCUMENTED:
        return
    assert wrong is None, wrong
