"""Drawings whose pixels give way to others that take fewer bits."""

from __future__ import annotations

import numpy as np
import pytest

from aecodec.coders.cuts import put_together
from aecodec.coders.drawn import altered_body
from aecodec.coders.ways import DRAWING_PIECES, DRAWINGS, FOLLOWING
from aecodec.drawings import decode_drawings
from aecodec.kinds import Size
from formats.vectors_maker.drawings import drawn, icon, plot, text
from formats.vectors_maker.following import recoloured
from formats.vectors_maker.pixels import textured
from tests.checks import check_all_same, check_same
from tests.drawings.model import MODEL, Picture, networks

PIXELS = MODEL.pixels
assert PIXELS is not None


def noisy(picture: Picture, seed: int) -> Picture:
    """The same, a few pixels a little off, but for alpha."""
    random = np.random.default_rng(seed)
    found = picture.astype(int) + random.integers(-6, 7, picture.shape) * (random.random(picture.shape) < 0.1)
    if picture.shape[2] % 2 == 0:
        found[..., -1] = picture[..., -1]
    return found.clip(0, 255).astype(np.uint8)


SOME = [
    noisy(picture, 7) for picture in drawn([icon(1)[..., :3], plot(2, 24, 31), text(3, 20, 26), text(4, 15, 22, 1)])
]


def error(ours: list[Picture], theirs: list[Picture]) -> int:
    return sum(int(np.square(a.astype(int) - b).sum()) for a, b in zip(ours, theirs, strict=True))


def test_what_is_altered_is_what_is_decoded() -> None:
    for slope in (0.0, 0.001, 0.05):
        payload, altered = PIXELS.alter_drawings(SOME, slope)
        back = decode_drawings(payload, [each.shape for each in SOME], networks())
        check_all_same(back, altered)


def test_bits_and_error_are_exchanged() -> None:
    """The more an error is worth, the more bytes, and the less of it; in the end there is none."""
    found = [PIXELS.alter_drawings(SOME, slope) for slope in (0.0, 0.0025, 0.1, 1e7)]
    sizes = [len(payload) for payload, _ in found]
    errors = [error(SOME, altered) for _, altered in found]
    assert sizes == sorted(sizes) and errors == sorted(errors, reverse=True)
    assert sizes[1] < 0.8 * sizes[3] and errors[1] > errors[2] > errors[3] == 0
    assert found[3][0] == PIXELS.encode_drawings(SOME)


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_stays_and_hidden_colours_need_not(channels: int) -> None:
    random = np.random.default_rng(channels)
    picture = textured(5, 23, 29, channels)
    picture[..., -1] = np.repeat(np.repeat(random.integers(0, 3, (6, 8)) * 90, 4, 0), 4, 1)[:23, :29]
    payload, (altered,) = PIXELS.alter_drawings([picture], 1e6)
    check_same(altered[..., -1], picture[..., -1])
    seen = picture[..., -1] > 0
    check_same(altered[seen], picture[seen])
    assert (altered != picture).any() and len(payload) < len(PIXELS.encode_drawings([picture]))


def test_references_are_as_they_were_altered() -> None:
    """A reader has no other."""
    pictures = drawn([icon(8)] + [recoloured(icon(8), seed) for seed in range(9, 12)])
    payload, altered = PIXELS.alter_drawings(pictures, 0.002, [0, 1, 1, 1])
    assert error(pictures, altered) > 0
    back = decode_drawings(payload, [each.shape for each in pictures], networks(), [0, 1, 1, 1])
    check_all_same(back, altered)


@pytest.mark.parametrize("way", ["whole", "following", "pieces"])
def test_bodies(way: str) -> None:
    """As pictures go together, or resemble one another."""
    pictures = {
        "whole": drawn([icon(12), text(13, 9, 14)]),
        "following": drawn([icon(8)] + [recoloured(icon(8), seed) for seed in range(9, 12)]),
        "pieces": [noisy(picture, 14) for picture in drawn([np.tile(text(15, 4, 9), (1, 9000, 1))])],
    }[way]
    (method, body), altered = altered_body(pictures, PIXELS, 0.002)
    sizes = [Size(*each.shape) for each in pictures]
    assert method == {"whole": DRAWINGS, "following": FOLLOWING, "pieces": DRAWING_PIECES}[way].method
    if way == "pieces":
        back = put_together(decode_drawings(body[1:], DRAWING_PIECES.sizes(sizes), networks()), sizes, body[0])
    else:
        back = {9: DRAWINGS, 15: FOLLOWING}[method].decode(body, sizes, MODEL)
    check_all_same(back, altered)
