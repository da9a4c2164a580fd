"""The values of an image: which are found, and how they are written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aecodec.container.varint import Cursor
from aecodec.errors import FormatError
from aecodec.pixels.deep.levels import Levels, levels_of
from formats.vectors_maker.deep import sensed
from tests.checks import check_error, check_same


def read(data: bytes, samples: int = 9999) -> Levels:
    cursor = Cursor(data, 0, len(data))
    found = Levels.read(cursor, samples)
    cursor.finish("the levels")
    return found


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 65535), min_size=1, max_size=300))
def test_any_values(values: set[int]) -> None:
    levels = Levels.of(np.array(sorted(values)))
    check_same(read(levels.pack()).values, levels.values)
    image = np.array([*values, *values], np.uint16).reshape(2, -1, 1)
    check_same(levels.image(levels.numbers(image)), image)


def test_steps_and_offsets_take_a_few_bytes() -> None:
    frame = sensed(820, 60, 60)[..., None]
    for step, first in ((1, 0), (16, 7), (1, 40000), (13, 100)):
        levels = levels_of(frame * np.uint16(step) + np.uint16(first))
        assert len(levels.pack()) <= 9 and int(np.diff(levels.values).max()) == step
        assert levels.count == int(frame.max()) - int(frame.min()) + 1


def test_a_list_is_made_where_it_pays() -> None:
    """Of a stretched scale in many samples; not of a few samples that happen to lack values."""
    shallow = np.random.default_rng(821).integers(0, 256, (100, 100, 1))
    stretched = np.rint(shallow * (65535 / 255.5)).astype(np.uint16)
    assert levels_of(stretched).count == 256
    rare = np.random.default_rng(822).integers(0, 65536, (40, 40, 1)).astype(np.uint16)
    assert levels_of(rare).count == int(rare.max()) - int(rare.min()) + 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x80\x04\x00",  # from 65,536 on
        b"\x00\x80\x80\x04\x01",  # 65,537 values
        b"\x00\xff\xff\x03\x02",  # up to 131,070
        b"\x05\x02\x00\x00",  # a list without bytes
        b"\x05\x02\x00\x03\x03\x00\x00",  # an empty list
        b"\x05\x02\x00\x09\x03\x00",  # that ends behind the file
    ],
)
def test_wrong_ones(data: bytes) -> None:
    check_error(FormatError, lambda: read(data))


def test_a_list_is_no_longer_than_the_image() -> None:
    """So a small file cannot ask for much memory; a row of equal steps takes none."""
    data = Levels.of(np.array([0, 1, 5, 6])).pack()
    assert read(data, 4).count == 4
    check_error(FormatError, lambda: read(data, 3))
    assert read(Levels.of(np.arange(65536)).pack(), 1).gaps is None
