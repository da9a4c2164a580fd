"""Drawings in lockstep: which go together, and what is remembered from one to the next."""

from __future__ import annotations

import numpy as np
import pytest

from aecodec.codec import Decoder
from aecodec.container import parse
from aecodec.drawings.blocks import together
from formats.vectors_maker.drawings import body_of, icon, mixed, plot, text
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import many
from formats.vectors_maker.vector import OneModel
from tests.checks import check_all_same, check_same
from tests.drawings.model import MODEL, REFERENCE, Picture
from tests.golden import package, reference, vector


def payload_of(*pictures: Picture) -> bytes:
    return body_of(pictures, MODEL)[1:]


def test_which_pictures_go_together() -> None:
    """By size, in the order in which each first comes; four before each, no more than 512 pixels of a step."""
    sizes = [(8, 90, 3), (5, 4, 3), (8, 90, 3), (8, 90, 4), (5, 4, 3)] + [(8, 90, 3)] * 400
    found = list(together(sizes, [0] * len(sizes)))
    counts = [len(places) for places in found]
    assert counts[:10] == [1] * 8 + [2, 2] and max(counts) == 64 and sum(counts) == len(sizes)
    assert [place for places in found[:-3] for place in places] == [0, 2, *range(5, 405)]
    assert found[-3:] == [[1], [4], [3]]
    assert list(together([(2000, 2000, 1)] * 2, [0, 0])) == [[0], [1]]


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_groups(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many go together, both decoders read the same, and each number has bytes of its own."""
    pictures = [text(seed, 4, 9) for seed in range(5)] + [icon(6, 9)]
    monkeypatch.setattr("aecodec.drawings.blocks.EARLIER", 1)
    monkeypatch.setattr(REFERENCE, "DRAWN_EARLIER", 1)
    before = body_of(pictures, MODEL)
    monkeypatch.setattr("aecodec.drawings.blocks.TOGETHER", 4 * most)
    monkeypatch.setattr(REFERENCE, "DRAWN_LANES", 4 * most)
    body = body_of(pictures, MODEL)
    assert (body == before) == (most > 1)  # they go one by one, and then the third and the fourth together
    data = many(MODEL, pictures, [body], len(pictures))
    for decode in (package, reference):
        check_all_same(decode(data)[0], pictures)


def test_a_second_copy_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of one picture is known to the next of the payload, of whatever size it is; but not to one in
    lockstep with it.
    """
    letters = np.concatenate([text(seed, 30, 60) for seed in (20, 21)])
    for picture, most in ((letters, 0.6), (plot(22, 60, 60), 0.15), (icon(23, 40), 0.1), (noise(24, 20, 20, 3), 0.05)):
        alone = len(payload_of(picture))
        wider = np.concatenate([picture, picture[:, :1]], axis=1)
        assert len(payload_of(picture, wider)) - alone < most * alone
        assert len(payload_of(picture, picture)) - alone < most * alone
        with monkeypatch.context() as changed:
            changed.setattr("aecodec.drawings.blocks.together", lambda sizes, depths: [list(range(len(sizes)))])
            assert len(payload_of(picture, picture)) > 1.9 * alone


def test_no_block_remembers_another() -> None:
    data = vector("valid", "drawings-blocks")
    container = parse(data)
    assert container.header.blocks == 3
    assert len({container.body(block) for block in range(3)}) == 1
    check_same(Decoder(data, OneModel(MODEL)).picture(2), Decoder(data, OneModel(MODEL)).picture(0))


def test_unlike_pictures_in_one_payload() -> None:
    """In any order; both decoders."""
    pictures = mixed()
    for some in (pictures[::-1], pictures[3:] + pictures[:3]):
        data = many(MODEL, some, [body_of(some, MODEL)], len(some))
        for decode in (package, reference):
            check_all_same(decode(data)[0], some)
