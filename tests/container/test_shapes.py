"""Shapes of many pictures: a sequence that takes no memory."""

from __future__ import annotations

import tracemalloc

import pytest

from aecodec.container import Shape, Shapes, parse
from aecodec.container.varint import varint
from tests.checks import sealed


def test_shapes_are_a_sequence() -> None:
    each = [Shape(1, 2), Shape(1, 2), Shape(3, 1, 3), Shape(1, 2)]
    shapes = Shapes.of(each)
    assert shapes.runs == ((Shape(1, 2), 2), (Shape(3, 1, 3), 1), (Shape(1, 2), 1))
    assert len(shapes) == 4 and list(shapes) == each and shapes.kinds == set(each)
    for place in range(-4, 4):
        assert shapes[place] == each[place]
    for part in (slice(1, 3), slice(None), slice(3, 9), slice(0, 0), slice(None, None, -1)):
        assert shapes[part] == each[part]
    with pytest.raises(IndexError):
        shapes[4]
    assert shapes == Shapes(shapes.runs) != Shapes.of(each[1:]) and hash(shapes) == hash(Shapes.of(each))
    assert len(Shapes([])) == 0 and list(Shapes([])) == []


def test_millions_of_shapes_take_no_memory() -> None:
    """A file of 20 kB tells of 2**24 pictures of one size."""
    count, block = 1 << 24, 4096
    blocks = count // block
    fields = varint(count) + varint(block) + varint(count) + b"\0\x01\x01" + varint(4) * blocks
    data = sealed(b"\xae\xc1\x0e" + fields + bytes(4 * blocks))
    tracemalloc.start()
    found = parse(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.header.shapes is not None and len(found.header.shapes) == count
    assert most < 4 << 20
