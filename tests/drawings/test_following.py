"""Drawings that follow an earlier one of their container."""

from __future__ import annotations

import numpy as np
import pytest

from aecodec.codec import Decoder
from aecodec.codec.tiles import shape_of
from aecodec.coders.by_pixels import PixelEncoder
from aecodec.coders.protocol import Block, Frame
from aecodec.drawings import most_steps, resemblances, steps_of
from aecodec.drawings.blocks import together
from aecodec.drawings.counts import Counts
from aecodec.drawings.references import references_of
from aecodec.errors import FormatError
from formats.vectors_maker.drawings import drawn, icon, plot, text
from formats.vectors_maker.fields import planes_of
from formats.vectors_maker.following import METHOD, body_of, recoloured
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import many
from formats.vectors_maker.vector import OneModel
from tests.checks import check_all_same, check_damage_is_found, check_error, flipped, resealed
from tests.drawings.model import MODEL, REFERENCE, Picture
from tests.golden import outcome, package, reference, vector

SIZE = (64, 64, 4)


def file(pictures: list[Picture], distances: list[int]) -> bytes:
    return many(MODEL, pictures, [body_of(pictures, distances, MODEL)], len(pictures))


def methods(pictures: list[Picture]) -> dict[int, int]:
    """The bytes of the bodies that are tried."""
    assert MODEL.pixels is not None
    planes = [plane for picture in pictures for plane in planes_of(picture)]
    block = Block(Frame([shape_of(picture) for picture in pictures]), planes)
    (bodies,) = PixelEncoder(MODEL.pixels, 3).encode([block])
    return {method: len(body) for method, body in bodies}


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2), (11, 14)])
def test_round_trips(size: tuple[int, int], channels: int) -> None:
    """Of letters, of what is wrong with them, and of noise after letters; by both decoders."""
    letters = text(1, *size, channels)
    pictures = [
        letters,
        recoloured(letters, 2),
        recoloured(letters, 3, 0.5),
        noise(4, *size, channels).reshape(letters.shape),
        letters,
    ]
    if channels > 2:
        for picture in pictures:
            picture[0, 0, :3] = 1, 2, 3  # else some would be EQUAL, which is another size
    data = file(pictures, [0, 1, 1, 1, 4])
    for decode in (package, reference):
        check_all_same(decode(data)[0], pictures)


def test_one_picture_of_a_group_is_read_alone() -> None:
    data = vector("valid", "following-group")
    pictures = package(data)[0]
    decoder = Decoder(data, OneModel(MODEL))
    check_all_same([decoder.picture(8), decoder.picture(0)], [pictures[8], pictures[0]])


def test_other_colours_cost_little() -> None:
    """A drawing in other colours is told by the first, soft edges too; as a drawing it is told by shapes alone."""
    assert MODEL.pixels is not None
    for first, most in ((plot(5, 40, 40), 0.75), (icon(6, 40), 0.6)):
        pictures = drawn([first, *(recoloured(first, seed, 0) for seed in (7, 8, 9))])
        alone = len(MODEL.pixels.encode_drawings(pictures))
        assert len(MODEL.pixels.encode_drawings(pictures, [0, 1, 2, 3])) < most * alone


def test_the_encoder_tries_it_where_pictures_resemble() -> None:
    variants = [icon(10, 24), *(recoloured(icon(10, 24), seed, 0) for seed in range(11, 14))]
    found = methods(variants)
    assert found[15] < found[9]
    assert 15 not in methods([text(20, 30, 30), plot(21, 30, 30), icon(22, 30)])
    assert 15 not in methods(variants[:1])


def test_what_resembles() -> None:
    letters, others = text(30, 40, 50), text(31, 40, 50)
    pictures = [letters, others, recoloured(letters, 32, 0), letters[:30], recoloured(others, 33, 0), letters]
    found = resemblances(drawn(pictures))
    assert found[:4] == [0, 0, 2, 0] and found[4] == 2 and found[5] in (2, 4)
    assert resemblances(drawn([noise(seed, 20, 20) for seed in range(34, 40)])) == [0] * 6
    assert resemblances(drawn([np.zeros((20, 20, 3), np.uint8)] * 2)) == [0, 0]


def test_chains_are_short() -> None:
    same = drawn([icon(40)] * 30)
    distances = resemblances(same)
    assert all(distances[1:])
    assert max(references_of(distances, [picture.shape for picture in same]).depths) <= 6


def test_what_goes_together() -> None:
    """No picture goes with its reference, nor before it; those of a size that have one come behind those without."""
    distances = [0, 1, 1, 0, 3, 0, 0, 0, 5, 0, 0, 0]
    references = references_of(distances, [SIZE] * 12)
    assert references.places == [None, 0, 1, None, 1, None, None, None, 3, None, None, None]
    assert references.depths == [0, 1, 2, 0, 2, 0, 0, 0, 1, 0, 0, 0]
    groups = list(together([SIZE] * 12, references.depths))
    assert groups == [[0], [3], [5], [6], [7], [9], [10], [11], [1, 8], [2, 4]]
    assert steps_of([SIZE] * 12, distances) == 10 * (64 + 2 * 63)


def test_references_of_each_size() -> None:
    sizes = [SIZE, (9, 9, 1), SIZE, (9, 9, 1)]
    assert references_of([0, 0, 1, 1], sizes).places == [None, None, 0, 1]
    check_error(FormatError, lambda: references_of([0, 1, 0, 0], sizes))
    check_error(FormatError, lambda: references_of([0, 0, 2, 0], sizes))


def test_a_chain_of_many_has_a_limit() -> None:
    sizes, chain = [(32, 1, 1)] * 1200, [0, *[1] * 1199]
    assert steps_of(sizes, chain) > most_steps(sizes) > steps_of(sizes)


def test_counts_are_those_of_the_reference() -> None:
    """With entries that come several times at once, and are halved."""
    rng = np.random.default_rng(50)
    ours, theirs = Counts(4, (1, 2, 5), 3, 20), REFERENCE.Counts((1, 2, 5), 3, 20)

    class Given:
        """A decoder that has these symbols."""

        def __init__(self, symbols: list[int]) -> None:
            self._symbols = iter(symbols)

        def decode(self, table: list[int]) -> int:
            return next(self._symbols)

    for _ in range(40):
        entries, symbols = rng.integers(0, 4, 9), rng.integers(0, 3, 9)
        sums = np.cumsum(ours.frequencies(entries), axis=1)
        assert [theirs.table(entry)[1:] for entry in entries.tolist()] == sums.tolist()
        theirs.read(Given(symbols.tolist()), entries.tolist())
        ours.note(entries, symbols)


def test_damage_is_found() -> None:
    check_damage_is_found(vector("valid", "following-grey-alpha"), package)


def test_damage_behind_a_good_checksum() -> None:
    """One bit flipped anywhere behind the signature: a documented error; the reference decoder says the same."""
    data = vector("valid", "following-copies")
    right = outcome(package, data)
    for place in range(2, len(data) - 4):
        changed = resealed(flipped(data, place, 1 << place % 8))
        (error, ours), (their_error, _) = outcome(package, changed), outcome(reference, changed)
        assert error == their_error or not their_error, place
        assert error or ours == right[1], place


@pytest.mark.parametrize("seed", range(6))
def test_payloads_of_nothing(seed: int) -> None:
    """Random bytes: both decoders say the same."""
    rng = np.random.default_rng(seed)
    pictures = [text(seed, 7, 9, 1 + seed % 4)] * 3
    body = METHOD + b"\0\1\1" + rng.integers(1, 256, int(rng.integers(1, 60))).astype(np.uint8).tobytes()
    data = many(MODEL, pictures, [body], 3)
    assert outcome(package, data) == outcome(reference, data) == ("FormatError", None)
