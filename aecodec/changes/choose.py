"""Which operation makes a tensor of a base's with the fewest bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Tensors
from aecodec.changes.forms import Form
from aecodec.changes.operations import (
    Different,
    Factors,
    LowRank,
    LowRankAndDifferent,
    Operation,
    Reformed,
    Removed,
    Replaced,
    differences,
    with_product,
)
from aecodec.changes.packed import Changes, Values
from aecodec.changes.values import ValueWriter
from aecodec.errors import ModelError

Change = tuple[Operation, Values]


def find_changes(tensors: Tensors, base: Tensors, factors: Mapping[str, Factors]) -> Changes:
    """Return the changes that make ``tensors`` of those of ``base``.

    What a tensor with ``factors`` differs in from the base's is mostly their product: where that is so it is stored as
    factors, and by what is left. One that is missing in ``tensors`` but has factors is the base's and their product,
    and nothing else. Raises ModelError for what cannot be stored, and factors that do not fit.
    """
    for name in factors:
        if name not in base:
            raise ModelError(f"factors for a tensor {name!r:.80}, which the base does not have")
    changes: dict[str, Change] = {}
    for name, before in base.items():
        ways = list(_ways(tensors.get(name), before, factors.get(name)))
        if ways:
            changes[name] = min(ways, key=_cost)
    return Changes(changes, {name: tensor for name, tensor in tensors.items() if name not in base})


def _ways(tensor: NDArray[Any] | None, base: NDArray[Any], factors: Factors | None) -> Iterator[Change]:
    """Yield the ways to make ``tensor``; none where it is the base's."""
    if tensor is None and factors is None:
        yield Removed(), ()
        return
    if tensor is not None and tensor.dtype == base.dtype and np.array_equal(tensor, base):
        return
    if factors is not None:
        yield _by_factors(tensor, base, factors)
    if tensor is None:
        return
    form = Form.of(tensor)
    if (tensor.dtype, tensor.shape) != (base.dtype, base.shape):
        yield Reformed(form), (tensor,)
        return
    yield Replaced(form), (tensor,)
    yield Different(form), (differences(tensor, base),)


def _by_factors(tensor: NDArray[Any] | None, base: NDArray[Any], factors: Factors) -> Change:
    left, right, shift = factors
    form, rank = Form.of(base), left.shape[-1]
    operation = LowRank.checked(form, rank, shift)
    for asked, each in zip(operation.asked, (left, right), strict=True):
        if Form.of(each) != asked.form:
            raise ModelError(f"a factor of {each.dtype} {each.shape}, expected int8 {asked.form.shape}")
    product = with_product(base, factors)
    if tensor is None or np.array_equal(tensor, product):
        return operation, (left, right)
    if (tensor.dtype, tensor.shape) != (base.dtype, base.shape):
        raise ModelError(f"factors for a tensor of {base.dtype} {base.shape}, which becomes {tensor.shape}")
    return LowRankAndDifferent(form, rank, shift), (left, right, differences(tensor, product))


def _cost(change: Change) -> int:
    """Return the bytes of a change alone."""
    operation, values = change
    writer = ValueWriter()
    for asked, each in zip(operation.asked, values, strict=True):
        writer.write(asked.kind, each)
    return len(operation.pack()) + len(writer.finish())
