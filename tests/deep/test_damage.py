"""Damage of files of 16 bits, and what hostile ones may ask for."""

from __future__ import annotations

import numpy as np
import pytest

from aecodec.errors import FormatError
from aecodec.lossless.filtered import decode_filtered, encode_filtered
from aecodec.pixels.deep.low_bits import LowBitsReader, LowBitsWriter
from tests.checks import check_damage_is_found, check_error, check_same, flipped, resealed, sealed
from tests.golden import outcome, package, reference, vector

SMALL = ["deep-1x1", "deep-row", "deep-flat", "deep-packed-palette"]


@pytest.mark.parametrize("name", [*SMALL, "deep-quick-grey-alpha", "deep-opaque"])
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)


@pytest.mark.parametrize("name", SMALL)
def test_damage_behind_a_good_checksum(name: str) -> None:
    """Every bit flipped and every length: the same error from both readers, or the very picture."""
    data = vector("valid", name)
    right = outcome(package, data)
    changed = [resealed(flipped(data, place, 1 << bit)) for place in range(2, len(data) - 4) for bit in range(8)]
    changed += [sealed(data[:length]) for length in range(3, len(data) - 4)]
    for file in changed:
        (error, ours), (their_error, theirs) = outcome(package, file), outcome(reference, file)
        if not error:
            assert ("", ours) == (their_error, theirs) == right
        elif their_error:
            assert error == their_error
        else:  # the package alone demands the one form of a payload
            assert error == "FormatError" and ("", theirs) == right


def test_low_bits() -> None:
    rng = np.random.default_rng(830)
    lengths = rng.integers(0, 17, 999)
    numbers = rng.integers(0, 1 << 16, 999) & ((1 << lengths) - 1)
    writer = LowBitsWriter()
    for part in range(0, 999, 37):
        writer.put(numbers[part : part + 37], lengths[part : part + 37])
    data = writer.finish()
    assert len(data) == -(-int(lengths.sum()) // 8)
    reader = LowBitsReader(data)
    check_same(np.concatenate([reader.take(lengths[:500]), reader.take(lengths[500:])]), numbers)
    reader.finish()
    check_error(FormatError, lambda: LowBitsReader(data[:-1]).take(lengths))
    check_error(FormatError, LowBitsReader(data).finish)
    assert LowBitsWriter().finish() == b""


def test_filtered_rows() -> None:
    rng = np.random.default_rng(831)
    pictures = [
        rng.integers(0, 256, (height, width, pixel)).astype(np.uint8).cumsum(axis, dtype=np.uint8)
        for height, width, pixel, axis in ((9, 7, 2, 0), (1, 30, 6, 1), (30, 1, 8, 0), (1, 1, 4, 1))
    ]
    body, sizes = encode_filtered(pictures), [tuple(picture.shape) for picture in pictures]
    for found, picture in zip(decode_filtered(body, sizes), pictures, strict=True):  # type: ignore[arg-type]
        check_same(found, picture)
    check_error(FormatError, lambda: decode_filtered(body, sizes[:-1]))  # type: ignore[arg-type]
    check_error(FormatError, lambda: decode_filtered(body[:-1], sizes))  # type: ignore[arg-type]
