"""Names of pictures, and pictures by their index."""

from __future__ import annotations

from pathlib import Path

import pytest

import aecodec
from aecodec.container import parse
from aecodec.errors import FormatError, UsageError
from tests.checks import check_all_same, check_error, check_same, flipped, resealed
from tests.codec.samples import ALL, PICTURES, read
from tests.made import strokes


@pytest.mark.parametrize("lossless", [True, False])
def test_names(lossless: bool, models: list[Path]) -> None:
    names = [f"folder/{name}.png" for name in PICTURES]
    data = aecodec.compress(ALL, names=names, lossless=lossless, model_path=models)
    assert aecodec.inspect(data).names == tuple(names)
    assert aecodec.inspect(aecodec.compress(ALL, lossless=True)).names is None
    without = aecodec.compress(ALL, lossless=lossless, model_path=models)
    check_all_same(read(data, models), read(without, models))


def test_index(models: list[Path]) -> None:
    """Every picture of several blocks, each decoded alone."""
    pictures = list(strokes(8, 8, 8))
    data = aecodec.compress(pictures, model_path=models, block_pictures=3)
    assert aecodec.inspect(data).blocks == 3
    found = read(data, models)
    for index in range(8):
        check_same(read(data, models, index=index), found[index])
    for index in (-1, 8, 1 << 40):
        check_error(UsageError, lambda i=index: read(data, models, index=i))
    one = aecodec.compress(pictures[0], model_path=models)
    check_same(read(one, models, index=0), read(one, models))
    check_error(UsageError, lambda: read(one, models, index=1))
    # A damaged block does not keep the others from being read.
    blocks = parse(data).records
    damaged = resealed(flipped(data, blocks[1].stop - 1))
    check_same(read(damaged, models, index=0), found[0])
    check_same(read(damaged, models, index=7), found[7])
    check_error(FormatError, lambda: read(damaged, models, index=4))
    check_error(FormatError, lambda: read(damaged, models))
