"""Pictures in lockstep: they cost what each alone costs, and no more memory than is allowed."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from aecodec.entropy import StreamReader, StreamWriter, count_information
from aecodec.pixels import Networks, NetworkWalk
from aecodec.pixels.coder import decode_pixels, encode_pixels
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import body_of, many, textured
from tests.checks import check_all_same, check_same
from tests.golden import reference
from tests.pixels.model import MODEL, REFERENCE, Picture, decoded


def networks() -> Networks:
    assert MODEL.pixels is not None
    return MODEL.pixels.networks


def information(pictures: list[Picture]) -> float:
    """What the payload of pictures of one size holds, in bits."""
    writer = StreamWriter()
    begin = partial(NetworkWalk, networks())
    encode_pixels(np.stack(pictures), begin, writer)
    with count_information() as found:
        again = decode_pixels((len(pictures), *pictures[0].shape), begin, StreamReader(writer.finish()))
    check_same(again, np.stack(pictures))
    assert found.symbols == 2 * sum(picture.size for picture in pictures)
    return found.bits


@pytest.mark.parametrize("size", [(9, 11, 3), (6, 5, 1), (1, 8, 3), (13, 2, 3)])
def test_lockstep_gives_what_each_alone_gives(size: tuple[int, int, int]) -> None:
    """The same tables for every sample, so the same bits."""
    rng = np.random.default_rng(20)
    pictures = [rng.integers(low, 256, size).astype(np.uint8) for low in (0, 100, 250, 0)]
    pictures[1] = textured(21, size[0], size[1], size[2]).reshape(size)
    alone = [information([picture]) for picture in pictures]
    assert information(pictures) == pytest.approx(sum(alone), rel=1e-12)
    assert information(pictures[::-1]) == pytest.approx(sum(alone), rel=1e-12)


def test_no_more_in_lockstep_than_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pictures of seven rows at a time, where 20 rows are allowed; both decoders."""
    pictures = [textured(seed, 7, 5) for seed in range(5)] + [noise(5, 30, 2)]
    before = body_of(pictures, MODEL)
    monkeypatch.setattr("aecodec.pixels.blocks.MAX_PIXEL_LANES", 20)
    monkeypatch.setattr(REFERENCE, "PIXEL_LANES", 20)
    body = body_of(pictures, MODEL)
    assert body != before
    data = many(MODEL, pictures[:1] + pictures[5:], [body_of(pictures[:1] + pictures[5:], MODEL)], 2)
    check_all_same(decoded(data), [pictures[0], pictures[5]])
    mixed = [pictures[0], pictures[5], *pictures[1:5]]
    data = many(MODEL, mixed, [body_of(mixed, MODEL)], 6)
    check_all_same(decoded(data), mixed)
    check_all_same(reference(data)[0], mixed)
