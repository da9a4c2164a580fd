"""The module measures what the matrix products of a run alone take, which bounds what any code around them can reach.

The products of a run are recorded, those with a network's weights, and done again into arrays that are there already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any
from unittest.mock import patch

import numpy as np

from aecodec.arrays import Floats32
from aecodec.exact import Affine
from aecodec.ink import first_layer

_UNIT = 1024  # rows and columns of the fixed product


@dataclass(frozen=True)
class Product:
    """A product of an array of ``shape`` ``[..., inputs]`` with ``matrix`` ``[inputs, outputs]``."""

    shape: tuple[int, ...]
    matrix: Floats32

    @property
    def after(self) -> tuple[int, ...]:
        """The shape of what comes out."""
        return (*self.shape[:-1], self.matrix.shape[1])


@contextmanager
def recorded() -> Iterator[list[Product]]:
    """Give a list that fills with the products of what is done within, in their order."""
    found: list[Product] = []
    call, into, times = Affine.__call__, Affine.into, first_layer._times

    def recording_call(affine: Affine, x: Floats32) -> Floats32:
        found.append(Product(x.shape, affine.matrix))
        return call(affine, x)

    def recording_into(affine: Affine, out: Floats32, x: Floats32) -> None:
        found.append(Product(x.shape, affine.matrix))
        into(affine, out, x)

    def recording_times(x: Floats32, matrix: Floats32) -> Floats32:
        found.append(Product((x.shape[0] * x.shape[1], x.shape[2]), matrix))
        return times(x, matrix)

    with (
        patch.object(Affine, "__call__", recording_call),
        patch.object(Affine, "into", recording_into),
        patch.object(first_layer, "_times", recording_times),
    ):
        yield found


def repeated(products: Sequence[Product]) -> Callable[[], None]:
    """Return what does ``products`` once more; arrays for them are made here, and have small whole numbers."""
    given = _numbers(max((prod(each.shape) for each in products), default=0))
    taken = np.empty(max((prod(each.after) for each in products), default=0), np.float32)
    ready = [
        (given[: prod(each.shape)].reshape(each.shape), each.matrix, taken[: prod(each.after)].reshape(each.after))
        for each in products
    ]

    def run() -> None:
        for x, matrix, out in ready:
            np.matmul(x, matrix, out=out)

    return run


def fixed() -> Callable[[], Any]:
    """Return what does one product of two float32 matrices ``[1024, 1024]``, in which machines can be compared."""
    one, other = _numbers(2 * _UNIT**2).reshape(2, _UNIT, _UNIT)
    out = np.empty_like(one)
    return lambda: np.matmul(one, other, out=out)


def _numbers(count: int) -> Floats32:
    return np.random.default_rng(1).integers(0, 16, count).astype(np.float32)
