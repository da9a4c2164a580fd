"""Lists of references: what goes in comes out, and each rule has its error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecodec.container import Shape, count_references, pack_references, read_references
from aecodec.container.varint import Cursor
from aecodec.errors import FormatError
from tests.checks import check_error
from tests.reference import load_reference

REFERENCE = load_reference()
SHAPES = [Shape(5, 7), Shape(5, 7, 2), Shape(5, 7, 3), Shape(5, 7, 3, True), Shape(7, 5)]  # 0, 1 and 3 are of one kind
EXAMPLE = bytes.fromhex("022201010006")  # of section 13 of the format: ten pictures of one size
TEN = [Shape(9, 9, 3)] * 10


def cursor(data: bytes) -> Cursor:
    return Cursor(data, 0, len(data))


@st.composite
def blocks(draw: Any) -> tuple[list[Shape], list[int | None]]:
    """Some pictures, of which some have references to such as have none."""
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=40))
    has = [draw(st.booleans()) for _ in shapes]
    references: list[int | None] = []
    for shape, one in zip(shapes, has, strict=True):
        bases = [at for at, other in enumerate(shapes) if other.opaque == shape.opaque and not has[at]]
        references.append(draw(st.sampled_from(bases)) if one and bases else None)
    return shapes, references


@given(blocks())
def test_round_trip(block: tuple[list[Shape], list[int | None]]) -> None:
    shapes, references = block
    packed = pack_references(references, shapes)
    at = cursor(packed + b"rest")
    assert list(read_references(at, shapes)) == references and at.at == len(packed)
    assert count_references(cursor(packed), len(shapes)) == sum(each is not None for each in references)
    fields = REFERENCE.Reader(packed + b"rest")
    geometry = [REFERENCE.Geometry(*each) for each in map(fields_of, shapes)]
    assert REFERENCE.read_references(fields, geometry) == references and fields.rest() == b"rest"


def fields_of(shape: Shape) -> tuple[Any, ...]:
    """As the reference decoder keeps them."""
    return shape.pack()[0], shape.width, shape.height


def test_the_example_of_the_format() -> None:
    assert list(read_references(cursor(EXAMPLE), TEN)) == [None, 2, None, None, None, 0, None, None, 9, None]
    check_error(FormatError, lambda: read_references(cursor(EXAMPLE[:-1] + b"\7"), TEN), "picture 7 of 7")


def test_none_is_a_byte() -> None:
    assert pack_references([None] * 10, TEN) == pack_references((), TEN) == b"\0"
    assert list(read_references(cursor(b"\0"), TEN)) == [None] * 10


@pytest.mark.parametrize(
    ("packed", "what"),
    [
        ("", "needs 1 bytes"),
        ("02 22", "needs 2 bytes"),
        ("01 22 01", "reference needs 1"),
        ("02 22 00", "longer than needed"),
        ("01 00", "longer than needed"),
        ("02 00 04 00", "behind the last"),
        ("03 00 00 01 00", "behind the last"),
        ("01 01 09", "picture 9 of 9"),
        ("01 01 80 00", "shortest form"),
    ],
)
def test_each_rule_has_its_error(packed: str, what: str) -> None:
    check_error(FormatError, lambda: read_references(cursor(bytes.fromhex(packed)), TEN), what)


@pytest.mark.parametrize("number", [2, 4])
def test_no_base_of_another_kind(number: int) -> None:
    """Of three colours where others have one, or lying where others stand."""
    packed = bytes([1, 1 << number, 0])
    check_error(FormatError, lambda: read_references(cursor(packed), SHAPES), "of 0")
    assert read_references(cursor(b"\1\x08\1"), SHAPES)[3] == 1
