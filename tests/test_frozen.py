"""Frozen classes do as those of ``dataclasses`` do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, replace
from functools import cached_property
from typing import Any

import pytest

from aecodec.frozen import dataclass


@dataclass(frozen=True)
class Ours:
    """Of two fields that count, and one that does not."""

    first: int
    second: tuple[int, ...] = (1, 2)
    hidden: str = field(default="x", repr=False, compare=False)

    @cached_property
    def total(self) -> int:
        """Worked out once."""
        return self.first + sum(self.second)


@dataclass(frozen=True)
class More(Ours):
    """One that has a field more."""

    third: float = 0.5


@dataclass(frozen=True)
class Own:
    """One with methods of its own."""

    value: int

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError("below 0")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return 7


@dataclass(frozen=True)
class Nothing:
    """One without fields."""


Theirs = dataclasses.make_dataclass(
    "Ours",
    [("first", int), ("second", tuple, (1, 2)), ("hidden", str, field(default="x", repr=False, compare=False))],
    frozen=True,
)


def test_equality_hash_and_text() -> None:
    for arguments in ((1,), (1, (3,)), (1, (3,), "y")):
        ours, theirs = Ours(*arguments), Theirs(*arguments)
        assert repr(ours) == repr(theirs) and hash(ours) == hash(theirs)
        assert (ours == Ours(1)) == (theirs == Theirs(1))
    assert Ours(1) != More(1) and Ours(1) != (1, (1, 2)) and len({Ours(1), Ours(1, hidden="z"), Ours(2)}) == 2
    assert Nothing() == Nothing() and hash(Nothing()) == hash(Nothing()) and repr(Nothing()) == "Nothing()"


def change_first(found: Any) -> None:
    found.first = 2


def add_another(found: Any) -> None:
    found.other = 2


def delete_first(found: Any) -> None:
    del found.first


@pytest.mark.parametrize("change", [change_first, add_another, delete_first])
@pytest.mark.parametrize("made", [Ours, More, Theirs])
def test_nothing_can_be_changed(change: Callable[[Any], None], made: Callable[[int], Any]) -> None:
    found = made(1)
    with pytest.raises(FrozenInstanceError):
        change(found)
    assert found.first == 1


def test_what_the_standard_module_does_with_them() -> None:
    more = More(1, third=2.0)
    assert [each.name for each in fields(more)] == ["first", "second", "hidden", "third"]
    assert replace(more, first=5) == More(5, third=2.0)
    assert dataclasses.asdict(more) == {"first": 1, "second": (1, 2), "hidden": "x", "third": 2.0}
    assert more.total == 4 and vars(more)["total"] == 4
    for again in (pickle.loads(pickle.dumps(more)), copy.copy(more), copy.deepcopy(more)):
        assert again == more and again is not more
    match more:
        case Ours(first, second):
            assert (first, second) == (1, (1, 2))


def test_methods_of_its_own_stay() -> None:
    assert Own(1) == Own(2) and hash(Own(1)) == 7
    with pytest.raises(ValueError, match="below 0"):
        Own(-1)


def test_other_kinds_are_the_standard_modules() -> None:
    @dataclass
    class Open:
        value: int

    @dataclass(frozen=True, order=True)
    class Sorted:
        value: int

    opened = Open(1)
    opened.value = 2
    assert opened == Open(2) and Sorted(1) < Sorted(2)
