"""The forms of integer tensors, as they stand in front of the values."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from aecodec.container.varint import Cursor, varint
from aecodec.errors import ModelError
from aecodec.frozen import dataclass

DTYPES = tuple(np.dtype(each) for each in (np.int8, np.uint8, np.int16, np.int32))  # by their numbers in a file
MAX_AXES = 8


@dataclass(frozen=True)
class Form:
    """``dtype``, one of DTYPES, and ``shape``."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, tensor: NDArray[Any]) -> Self:
        """Return the form of a tensor. Raises ModelError for one that has none."""
        if tensor.dtype not in DTYPES or tensor.ndim > MAX_AXES or not tensor.size:
            raise ModelError(f"a tensor of {tensor.dtype} {tensor.shape} can only be as it is, or missing")
        return cls(tensor.dtype, tensor.shape)

    @classmethod
    def read(cls, fields: Cursor) -> Self:
        """Read what :meth:`pack` gives. Raises FormatError, and ModelError for a form that is not known."""
        number, axes = fields.byte("dtype"), fields.byte("number of axes")
        if number >= len(DTYPES) or axes > MAX_AXES:
            raise ModelError(f"a tensor of dtype {number} with {axes} axes")
        return cls(DTYPES[number], tuple(fields.varint("length of an axis", 1) for _ in range(axes)))

    def pack(self) -> bytes:
        """Return its fields."""
        return bytes([DTYPES.index(self.dtype), len(self.shape)]) + b"".join(map(varint, self.shape))

    @property
    def values(self) -> int:
        """How many there are."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """Their bytes."""
        return self.values * self.dtype.itemsize
