"""Bits by pixel and by place: those of the very block."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")


from aecodec.bench.measure.information import find_scans, ink_bits, latent_bits, residual_bits, scan_bits, size_bits
from aecodec.coders import Block, Frame, encode_exact
from aecodec.coders.by_tiles import TileEncoder
from aecodec.coders.tiles import BY_NETWORK, RESIDUAL
from aecodec.container import Shape
from aecodec.errors import ModelError
from aecodec.zoo import Model, Zoo
from tests.checks import check_error
from tests.conftest import data_dir


@pytest.fixture(scope="module")
def exact() -> Model:
    return Zoo().by_id("mnist-exact")


@pytest.fixture(scope="module")
def baseline() -> Model:
    return Zoo().by_latent_dim(784)


def test_residual_bits_are_those_of_a_block(baseline: Model, digits: NDArray[np.uint8]) -> None:
    tiles = digits[:40]
    block = Block(Frame([Shape(28, 28)] * len(tiles)), list(tiles))
    ((method, body),) = encode_exact([block], TileEncoder(baseline, 0, alone=False))
    found = residual_bits(baseline, tiles)
    assert method == RESIDUAL.method and found.shape == tiles.shape and found.dtype == np.float64 and found.min() > 0
    assert abs(found.sum() / 8 + latent_bits(baseline, tiles).sum() / 8 - len(body)) < 4


def test_ink_bits_are_those_of_a_block(exact: Model, digits: NDArray[np.uint8]) -> None:
    if data_dir() is None:
        pytest.skip("made pictures have no scans; for MNIST's, name its folder in AECODEC_DATA_DIR")
    tiles = digits[:32]
    scans = find_scans(tiles, 1)
    known = np.array([scan is not None for scan in scans])
    tiles, scans = tiles[known], [scan for scan in scans if scan is not None]
    assert len(tiles) > 24
    block = Block(Frame([Shape(28, 28)] * len(tiles)), list(tiles))
    ((method, body),) = encode_exact([block], TileEncoder(exact, 1, alone=False))
    found = ink_bits(exact, tiles, 1)
    assert method == BY_NETWORK.method and all(each is not None for each in found)
    assert [each.shape for each in found] == [scan.bits.shape for scan in scans]
    assert abs(sum(each.sum() for each in found) / 8 + size_bits(exact, scans).sum() / 8 - len(body)) < 4


def test_pictures_without_scan_have_no_ink(exact: Model, baseline: Model) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (2, 28, 28)).astype(np.uint8)
    assert ink_bits(exact, noise, 0) == [None, None] == scan_bits(exact, [None, None])
    assert (size_bits(exact, [None, None]) > 0).all()
    check_error(ModelError, lambda: ink_bits(baseline, noise))
    check_error(ModelError, lambda: residual_bits(Zoo().by_latent_dim(8), noise))
