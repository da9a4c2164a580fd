"""Operations on a base's tensors: what they make, and which of them is chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.changes import Factors, find_changes, pack_changes, unpack_changes
from aecodec.changes.operations import (
    OPERATIONS,
    Different,
    LowRank,
    LowRankAndDifferent,
    Reformed,
    Removed,
    Replaced,
    added,
    differences,
    with_product,
)
from aecodec.errors import ModelError
from tests.checks import check_error, check_same
from tests.made import Arrays

RNG = np.random.default_rng(1)
WEIGHTS: NDArray[np.int8] = RNG.integers(-127, 128, (6, 3, 3, 5)).astype(np.int8)
BASE: Arrays = {
    "bias": RNG.integers(-90_000, 90_000, 40).astype(np.int32),
    "costs": RNG.integers(0, 256, (4, 9)).astype(np.uint8),
    "gains": RNG.integers(-900, 900, (3, 7)).astype(np.int16),
    "weight": WEIGHTS,
}


def factors(rank: int = 2, shift: int = 6, seed: int = 2) -> Factors:
    rng = np.random.default_rng(seed)
    left, right = rng.integers(-128, 128, (6, rank)), rng.integers(-128, 128, (rank, 45))
    return Factors(left.astype(np.int8), right.astype(np.int8), shift)


def check_made(tensors: Arrays, expected: dict[str, type], made: dict[str, Factors] | None = None) -> bytes:
    """What comes out is ``tensors``, by these operations."""
    changes = find_changes(tensors, BASE, made or {})
    assert {name: type(operation) for name, (operation, _) in changes.of.items()} == expected
    data = pack_changes(changes, BASE)
    found = unpack_changes(data, BASE)
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        check_same(found[name], tensor)
    return data


def test_what_is_equal_takes_a_byte_a_tensor() -> None:
    assert check_made(BASE, {}) == bytes(len(BASE) + 1)


def test_small_differences_are_stored_as_such() -> None:
    moved = WEIGHTS.copy()
    moved.reshape(-1)[::9] ^= 1
    assert len(check_made(BASE | {"weight": moved}, {"weight": Different})) < 80


def test_other_values_of_the_same_form_are_stored_as_they_are() -> None:
    check_made(BASE | {"weight": np.full_like(WEIGHTS, 3)}, {"weight": Replaced})


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32])
def test_another_form_and_new_tensors(dtype: type[np.integer[Any]]) -> None:
    """Of every dtype, and with its smallest and largest values."""
    ends = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max, 0, 1], dtype)
    tensors = {"bias": ends, "gains": np.array(7, dtype), "weight": WEIGHTS, "a": ends[None, None], "ü": ends}
    check_made(tensors, {"bias": Reformed, "costs": Removed, "gains": Reformed})


@given(st.sampled_from([np.int8, np.uint8, np.int16, np.int32]), st.integers(0, 1000))
def test_differences_reach_any_values(dtype: type[np.integer[Any]], seed: int) -> None:
    """They wrap around."""
    limits, rng = np.iinfo(dtype), np.random.default_rng(seed)
    one, other = rng.integers(limits.min, limits.max, (2, 3, 4), dtype, endpoint=True)
    check_same(added(one, differences(other, one)), other)


def test_a_product_is_rounded_and_stays_within_127() -> None:
    """As one computes it number by number."""
    made = factors(rank=3)
    found = with_product(WEIGHTS, made).reshape(6, 45)
    for row, column in np.ndindex(6, 45):
        product = sum(int(made.left[row, k]) * int(made.right[k, column]) for k in range(3))
        expected = int(WEIGHTS.reshape(6, 45)[row, column]) + ((product + 32) // 64)
        assert found[row, column] == min(max(expected, -127), 127)
    assert {-127, 127} <= set(found.ravel().tolist())


def test_a_shift_of_0_rounds_nothing() -> None:
    made = Factors(np.ones((6, 1), np.int8), np.full((1, 45), -2, np.int8), 0)
    check_same(with_product(np.zeros_like(WEIGHTS), made), np.full_like(WEIGHTS, -2))


def test_factors_are_stored_where_they_say_all() -> None:
    """Whether the tensor itself is given, or not."""
    made = {"weight": factors(rank=1)}
    product = with_product(WEIGHTS, made["weight"])
    data = check_made(BASE | {"weight": product}, {"weight": LowRank}, made)
    rest = {name: tensor for name, tensor in BASE.items() if name != "weight"}
    assert pack_changes(find_changes(rest, BASE, made), BASE) == data


def test_factors_and_what_is_left() -> None:
    made = {"weight": factors(rank=1)}
    product = with_product(WEIGHTS, made["weight"])
    product[2, 1, 1, 1] ^= 1
    check_made(BASE | {"weight": product}, {"weight": LowRankAndDifferent}, made)


def test_factors_that_are_of_no_use_are_left_out() -> None:
    other = WEIGHTS.copy()
    other[0, 0, 0, 0] ^= 1
    check_made(BASE | {"weight": other}, {"weight": Different}, {"weight": factors(rank=5)})


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("other", factors()),
        ("bias", factors()),
        ("gains", factors()),
        ("weight", factors(shift=32)),
        ("weight", factors(shift=-1)),
        ("weight", factors(rank=7)),
        ("weight", Factors(factors().left.astype(np.int16), factors().right, 6)),
        ("weight", Factors(factors().left[:5], factors().right, 6)),
        ("weight", Factors(factors().left, factors().right[:, 1:], 6)),
    ],
)
def test_factors_that_do_not_fit(name: str, made: Factors) -> None:
    check_error(ModelError, lambda: find_changes({}, BASE, {name: made}))


@pytest.mark.parametrize("tensor", [np.zeros(3, np.float32), np.zeros((1,) * 9, np.int8), np.zeros(0, np.int8)])
def test_tensors_that_cannot_be_stored(tensor: NDArray[Any]) -> None:
    check_error(ModelError, lambda: find_changes(BASE | {"bias": tensor}, BASE, {}))
    check_error(ModelError, lambda: pack_changes(find_changes({"new": tensor}, {}, {}), {}))


def test_tensors_of_other_dtypes_stay_or_go() -> None:
    """A base may have them, under names that no codec looks at."""
    notes = BASE | {"notes": np.zeros(3, np.float32)}
    data = pack_changes(find_changes(BASE, notes, {}), notes)
    assert unpack_changes(data, notes).keys() == BASE.keys()
    check_same(unpack_changes(bytes(len(notes) + 1), notes)["notes"], notes["notes"])


def test_every_operation_is_chosen_somewhere() -> None:
    """The seven that there are; one that is new needs tests like these."""
    assert [each.__name__ for each in OPERATIONS] == [
        *("Kept", "Removed", "Replaced", "Reformed", "Different", "LowRank", "LowRankAndDifferent")
    ]
