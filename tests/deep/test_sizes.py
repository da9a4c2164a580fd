"""How large files of 16 bits are: never larger than PNG or deflate, and what scales and offsets cost."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import aecodec
from formats.vectors_maker.deep import sensed, spiky

MORE = 16  # bytes
RNG = np.random.default_rng(800)
Y, X = np.mgrid[:120, :150]
PICTURES: dict[str, NDArray[np.uint16]] = {
    "sensed": sensed(801, 120, 150),
    "light": sensed(802, 120, 150, most=65535),
    "spiky": spiky(803, 120, 150),
    "noise": RNG.integers(0, 65536, (120, 150), np.uint16),
    "ramp": (X * 131 + Y * 37).astype(np.uint16),
    "flat": np.full((120, 150), 9, np.uint16),
    "board": ((X // 7 + Y // 9) % 2 * 65535).astype(np.uint16),
    "tiled": np.tile(RNG.integers(0, 65536, (10, 15), np.uint16), (12, 10)),
    "rows": np.repeat(RNG.integers(0, 65536, (120, 1), np.uint16), 150, 1),
    "steep": (X * X + Y * Y).astype(np.uint16),
    "few": RNG.choice(np.array([3, 70, 4000, 65000], np.uint16), (120, 150)),
    "thin": sensed(804, 4, 3000),
}


def png_size(picture: NDArray[np.uint16]) -> int:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=9)
    return out.tell()


@pytest.mark.parametrize("effort", [0, 3])
@pytest.mark.parametrize("name", PICTURES)
def test_no_larger_than_png_or_deflate(name: str, effort: int) -> None:
    picture = PICTURES[name]
    most = min(png_size(picture), *(len(zlib.compress(picture.astype(kind).tobytes(), 9)) for kind in ("<u2", ">u2")))
    assert len(aecodec.compress(picture, lossless=True, effort=effort)) <= most + MORE


@pytest.mark.parametrize("effort", [0, 3])
def test_frames_of_sensors_are_much_smaller(effort: int) -> None:
    for name in ("sensed", "light"):
        assert len(aecodec.compress(PICTURES[name], lossless=True, effort=effort)) < 0.85 * png_size(PICTURES[name])


def test_scales_and_offsets_cost_nothing() -> None:
    """The same samples times 16, above others, or stretched to 16 bits take a few bytes more at most."""
    frame = PICTURES["sensed"]
    least = len(aecodec.compress(frame, lossless=True))
    for other in (frame * 16, frame + np.uint16(30000), frame * 16 + np.uint16(5)):
        assert len(aecodec.compress(other, lossless=True)) <= least + 8
    shallow = np.rint(frame / 16).astype(np.uint16)
    stretched = np.rint(shallow * (65535 / 255.5)).astype(np.uint16)
    assert (
        len(aecodec.compress(shallow * np.uint16(257), lossless=True))
        <= len(aecodec.compress(shallow, lossless=True)) + 8
    )
    assert len(aecodec.compress(stretched, lossless=True)) < len(aecodec.compress(shallow, lossless=True)) + 200
