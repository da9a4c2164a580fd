"""The values of integer tensors, range-coded byte by byte.

A value becomes 0, 1, 2, 3, 4, … for 0, −1, 1, −2, 2, …, so that small ones have bytes of 0 at their upper end. First
come the lowest bytes of all values, then those above. Every kind of values has tables of its own.
"""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.changes.forms import Form
from aecodec.entropy import AdaptiveBytes, StreamReader, StreamWriter


class Kind(IntEnum):
    """What values are."""

    WHOLE = 0  # those of a tensor
    DIFFERENCE = 1  # those of a tensor, less those of the base's
    LEFT = 2  # of the left factor of a product
    RIGHT = 3  # of the right one


class _Tables:
    """One for each kind of values, their dtype, and the place of the byte."""

    def __init__(self) -> None:
        self._tables: defaultdict[tuple[Kind, str, int], AdaptiveBytes] = defaultdict(AdaptiveBytes)

    def of(self, kind: Kind, dtype: np.dtype[Any], place: int) -> AdaptiveBytes:
        return self._tables[kind, dtype.name, place]


class ValueWriter:
    """Values to a payload; used once."""

    def __init__(self) -> None:
        self._tables, self._stream = _Tables(), StreamWriter()

    def write(self, kind: Kind, tensor: NDArray[Any]) -> None:
        """Write the values of an integer tensor."""
        planes = folded(tensor).reshape(-1, 1).view(np.uint8)
        for place in range(planes.shape[1]):
            self._tables.of(kind, tensor.dtype, place).encode(np.ascontiguousarray(planes[:, place]), self._stream)

    def finish(self) -> bytes:
        """Return the payload."""
        return self._stream.finish()


class ValueReader:
    """A payload to values. Its methods raise FormatError or LimitError."""

    def __init__(self, payload: bytes) -> None:
        self._tables, self._stream = _Tables(), StreamReader(payload)

    def read(self, kind: Kind, form: Form) -> NDArray[Any]:
        """Return a tensor of ``form`` with the next values."""
        planes = np.empty((form.values, form.dtype.itemsize), np.uint8)
        for place in range(planes.shape[1]):
            planes[:, place] = self._tables.of(kind, form.dtype, place).decode(form.values, self._stream)
        return unfolded(planes.view(_unsigned(form.dtype)), form.dtype).reshape(form.shape)

    def finish(self) -> None:
        """Raise FormatError unless the payload is the one form of what was read."""
        self._stream.finish()


def folded(tensor: NDArray[Any]) -> NDArray[Any]:
    """Return values as unsigned integers, little-endian: 0, −1, 1, −2, … as 0, 1, 2, 3, …; their bits are taken for
    those of signed ones.
    """
    unsigned = _unsigned(tensor.dtype)
    bits = np.ascontiguousarray(tensor).astype(tensor.dtype.newbyteorder("<"), copy=False).view(unsigned)
    negative = (bits >> unsigned.type(8 * unsigned.itemsize - 1)).astype(unsigned)
    found: NDArray[Any] = (bits << unsigned.type(1)) ^ (unsigned.type(0) - negative)
    return found


def unfolded(bits: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the values of ``dtype`` that :func:`folded` gave."""
    unsigned = _unsigned(dtype)
    one = unsigned.type(1)
    signed = ((bits >> one) ^ (unsigned.type(0) - (bits & one))).astype(unsigned)
    found: NDArray[Any] = signed.view(dtype.newbyteorder("<")).astype(dtype, copy=False)
    return found


def _unsigned(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"<u{dtype.itemsize}")
