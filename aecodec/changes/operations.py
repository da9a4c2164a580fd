"""What may be done to a tensor of a base, each a class: its fields, the values it needs, and what comes of them.

A new operation is a class and a line in ``OPERATIONS``, whose order is that of their codes in a file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers64
from aecodec.changes.forms import Form
from aecodec.changes.values import Kind
from aecodec.container.varint import Cursor, varint
from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.limits import WEIGHT_MAX

MAX_SHIFT = 31
_ROWS_AT_ONCE = 1 << 20  # values of a product, as int64


class Factors(NamedTuple):
    """Of a low-rank change to weights, as rows of what each output sees: ``(left @ right) >> shift``, rounded."""

    left: NDArray[np.int8]  # [outputs, rank]
    right: NDArray[np.int8]  # [rank, inputs]
    shift: int  # 0 to 31


class Asked(NamedTuple):
    """Values that an operation needs."""

    kind: Kind
    form: Form


class Operation(Protocol):
    """What is done to one tensor. A change is an operation and its values."""

    @classmethod
    def read(cls, fields: Cursor, base: NDArray[Any]) -> Self:
        """Read the fields behind the code. Raises FormatError, and ModelError if ``base`` cannot be changed so."""

    def pack(self) -> bytes:
        """Return the fields behind the code."""

    @property
    def asked(self) -> Sequence[Asked]:
        """Return the values that it needs, in their order."""

    @property
    def work(self) -> int:
        """How many multiplications it takes."""

    def apply(self, base: NDArray[Any], values: Sequence[NDArray[Any]]) -> NDArray[Any] | None:
        """Return what comes of the tensor, None for nothing."""


@dataclass(frozen=True)
class Kept:
    """It stays as it is."""

    asked: Sequence[Asked] = ()
    work: int = 0

    @classmethod
    def read(cls, fields: Cursor, base: NDArray[Any]) -> Self:
        """See Operation."""
        return cls()

    def pack(self) -> bytes:
        """See Operation."""
        return b""

    def apply(self, base: NDArray[Any], values: Sequence[NDArray[Any]]) -> NDArray[Any] | None:
        """See Operation."""
        return base


class Removed(Kept):
    """It is no longer there."""

    def apply(self, base: NDArray[Any], values: Sequence[NDArray[Any]]) -> NDArray[Any] | None:
        """See Operation."""
        return None


@dataclass(frozen=True)
class Replaced:
    """Its values are others, its form is the same."""

    form: Form
    work = 0

    @classmethod
    def read(cls, fields: Cursor, base: NDArray[Any]) -> Self:
        """See Operation."""
        return cls(Form.of(base))

    def pack(self) -> bytes:
        """See Operation."""
        return b""

    @property
    def asked(self) -> Sequence[Asked]:
        """See Operation."""
        return [Asked(Kind.WHOLE, self.form)]

    def apply(self, base: NDArray[Any], values: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """See Operation."""
        return values[0]


class Reformed(Replaced):
    """Another tensor has its name, of whatever form."""

    @classmethod
    def read(cls, fields: Cursor, base: NDArray[Any]) -> Self:
        """See Operation."""
        return cls(Form.read(fields))

    def pack(self) -> bytes:
        """See Operation."""
        return self.form.pack()


class Different(Replaced):
    """Differences are added, modulo what its integers can tell apart: so any values can be reached."""

    @property
    def asked(self) -> Sequence[Asked]:
        """See Operation."""
        return [Asked(Kind.DIFFERENCE, self.form)]

    def apply(self, base: NDArray[Any], values: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """See Operation."""
        return added(base, values[0])


@dataclass(frozen=True)
class LowRank:
    """A product of two matrices is added to int8 weights, taken as rows, and the sums stay within ±127."""

    form: Form
    rank: int
    shift: int

    @classmethod
    def read(cls, fields: Cursor, base: NDArray[Any]) -> Self:
        """See Operation."""
        return cls.checked(Form.of(base), fields.varint("rank", 1), fields.byte("shift"))

    @classmethod
    def checked(cls, form: Form, rank: int, shift: int) -> Self:
        """Return the operation on tensors of ``form``. Raises ModelError if there is none such."""
        if form.dtype != np.int8 or len(form.shape) < 2:
            raise ModelError(f"a low-rank change to a tensor of {form.dtype} {form.shape}, which has no rows of int8")
        if rank > min(_sides(form)) or not 0 <= shift <= MAX_SHIFT:
            raise ModelError(f"a low-rank change of rank {rank} and shift {shift} to a tensor {form.shape}")
        return cls(form, rank, shift)

    def pack(self) -> bytes:
        """See Operation."""
        return varint(self.rank) + bytes([self.shift])

    @property
    def asked(self) -> Sequence[Asked]:
        """See Operation."""
        (outputs, inputs), rank = _sides(self.form), self.rank
        shapes = {Kind.LEFT: (outputs, rank), Kind.RIGHT: (rank, inputs)}
        return [Asked(kind, Form(self.form.dtype, shape)) for kind, shape in shapes.items()]

    @property
    def work(self) -> int:
        """See Operation."""
        return self.form.values * self.rank

    def apply(self, base: NDArray[Any], values: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """See Operation."""
        left, right = values[:2]
        return with_product(base, Factors(left, right, self.shift))


class LowRankAndDifferent(LowRank):
    """The same, and then differences are added."""

    @property
    def asked(self) -> Sequence[Asked]:
        """See Operation."""
        return [*super().asked, Asked(Kind.DIFFERENCE, self.form)]

    def apply(self, base: NDArray[Any], values: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """See Operation."""
        return added(super().apply(base, values), values[2])


OPERATIONS: Final[tuple[type[Operation], ...]] = (
    Kept,
    Removed,
    Replaced,
    Reformed,
    Different,
    LowRank,
    LowRankAndDifferent,
)


def added(base: NDArray[Any], differences: NDArray[Any]) -> NDArray[Any]:
    """Return the sums of two tensors of one form, whose integers wrap around."""
    unsigned = f"u{base.dtype.itemsize}"
    sums: NDArray[Any] = (_view(base, unsigned) + _view(differences, unsigned)).view(base.dtype)
    return sums.reshape(base.shape)


def differences(tensor: NDArray[Any], base: NDArray[Any]) -> NDArray[Any]:
    """Return what :func:`added` takes to make ``tensor`` of ``base``."""
    unsigned = f"u{base.dtype.itemsize}"
    found: NDArray[Any] = (_view(tensor, unsigned) - _view(base, unsigned)).view(base.dtype)
    return found.reshape(base.shape)


def with_product(base: NDArray[Any], factors: Factors) -> NDArray[np.int8]:
    """Return int8 weights ``[outputs, ...]`` with the product of ``factors`` added, within ±127.

    Sums are exact in int64: no product of int8 exceeds 2**14, and there are fewer than 2**26 of them.
    """
    rows = base.reshape(len(base), -1)
    found = np.empty_like(rows)
    half, right = (1 << factors.shift) >> 1, factors.right.astype(np.int64)
    step = max(1, _ROWS_AT_ONCE // rows.shape[1])
    for at in range(0, len(rows), step):
        some: Integers64 = factors.left[at : at + step].astype(np.int64) @ right
        sums = rows[at : at + step] + ((some + half) >> factors.shift)
        found[at : at + step] = np.clip(sums, -WEIGHT_MAX, WEIGHT_MAX)
    return found.reshape(base.shape)


def _view(tensor: NDArray[Any], dtype: str) -> NDArray[Any]:
    return np.ascontiguousarray(tensor).reshape(-1).view(dtype)


def _sides(form: Form) -> tuple[int, int]:
    """Return outputs and inputs of weights."""
    return form.shape[0], math.prod(form.shape[1:])
