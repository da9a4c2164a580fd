"""The scans that are found stay the same ones: files hold them, and are to be made again byte for byte."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.scans import Scan, recover
from aecodec.scans.sizes import SEARCHED_SIZES
from tests.test_scans import Bits, picture_of


def ring(side: int) -> Bits:
    """A disc with a hole and a bar, whole numbers throughout, so that every machine draws it alike."""
    y, x = np.indices((side, side)) * 2 + 1 - side
    hole = (y - side // 4) ** 2 + (x + side % 7) ** 2 < (side // 2 - side % 5) ** 2
    disc = (y**2 + x**2 < side**2) & ~hole
    return (disc | (abs(y + 2 * x) < side // 8) & (y**2 + x**2 < side**2)).astype(np.uint8)


@pytest.fixture(scope="module")
def pictures() -> NDArray[np.uint8]:
    """Reductions of plain scans of all sizes, of rough ones, and some of which one value is wrong."""
    scans = [ring(side) for side in SEARCHED_SIZES]
    rough = np.random.Generator(np.random.PCG64(7))
    for scan in scans[::3]:
        bits = np.unpackbits(np.frombuffer(rough.bytes(scan.size), np.uint8))[: 5 * scan.size]
        scan ^= bits.reshape(5, *scan.shape).all(axis=0)
    found = np.stack(list(map(picture_of, scans)))
    found[::10, 12, 12] ^= 1
    return found


def digest(scans: list[Scan | None]) -> str:
    """SHA-256 of all scans and of where they lie."""
    found = hashlib.sha256()
    for scan in scans:
        found.update(b"none" if scan is None else bytes([len(scan.bits), scan.top, scan.left]) + scan.bits.tobytes())
    return found.hexdigest()


@pytest.mark.parametrize(
    ("beam", "count", "expected"),
    [
        (1, 41, "b627c5dd9dac9f3a2854b2a541d527f0378bb0d31ffbe097486289aace241884"),
        (4, 48, "ae95bb14fea207ab28f7a5f9303b1ded5f801a5081215690260204fcece6f2f6"),
        (16, 49, "aec85bbfac36382ee67231c10878e97e88c4b434cd174ee5e2db0336db247a7a"),
    ],
)
def test_the_scans_found_are_those_that_were_always_found(
    pictures: NDArray[np.uint8], beam: int, count: int, expected: str
) -> None:
    scans = recover(pictures, beam)
    assert sum(scan is not None for scan in scans) == count
    assert digest(scans) == expected
