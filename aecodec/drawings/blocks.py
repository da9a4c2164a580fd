"""Coding pictures of any sizes into one stream, and back. Pictures of one size go in lockstep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from aecodec.arrays import Picture
from aecodec.drawings.altering import AlteringEncoder
from aecodec.drawings.canvas import LAG, Canvas, count_steps, size_of
from aecodec.drawings.coder import Decoder, Drawing, Encoder
from aecodec.drawings.guide import Follower
from aecodec.drawings.networks import Networks
from aecodec.drawings.prices import Prices, cheapest
from aecodec.drawings.protocol import Coder
from aecodec.drawings.references import References, no_references, references_of
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import LimitError
from aecodec.limits import DRAWN_PIXELS_OF_STEP, MAX_PIXEL_STEPS

Size = tuple[int, int, int]
TOGETHER = 512  # most pixels of a step, unless one picture alone has more
EARLIER = 4  # a group has at most 1 / EARLIER as many pictures as came before it, whose contexts it can use
MOST_SYMBOLS = 11  # of a pixel
MOST_OF_GUIDE = 2  # of a pixel with a reference, before those


def encode_drawings(pictures: Sequence[Picture], networks: Networks, distances: Sequence[int] = ()) -> bytes:
    """Return the payload of ``pictures``. ``distances`` name their references, if they have any. Raises LimitError."""
    return _encoded(pictures, networks, distances, Encoder)[0]


def alter_drawings(
    pictures: Sequence[Picture], networks: Networks, slope: float, distances: Sequence[int] = ()
) -> tuple[bytes, list[Picture]]:
    """Return the payload of an altered copy of ``pictures`` that takes fewer bytes, and that copy.

    ``slope`` is how many bits a squared error of a sample is worth (:mod:`aecodec.drawings.altering`). Raises
    LimitError.
    """

    def alter(some: Sequence[Picture], prices: Prices, its: Sequence[int]) -> tuple[bytes, list[Picture]]:
        return _encoded(some, networks, its, partial(AlteringEncoder, slope=slope, prices=prices))

    return cheapest(pictures, distances, slope, alter)


def _encoded(
    pictures: Sequence[Picture],
    networks: Networks,
    distances: Sequence[int],
    encoder: Callable[[Canvas, StreamWriter], Coder],
) -> tuple[bytes, list[Picture]]:
    """Return a payload, and the pictures that it decodes to."""
    found, sizes = list(pictures), [size_of(picture) for picture in pictures]
    writer, drawing, references = StreamWriter(), Drawing(networks), _references(distances, sizes)
    for places in together(sizes, references.depths):
        height, width, planes = sizes[places[0]]
        canvas, whole = Canvas(len(places), (height, width)), Canvas(len(places), (height, width))
        whole.fill(np.stack([pictures[place] for place in places]))
        follower = _follower(drawing, canvas, places, references, found)
        drawing.walk(canvas, planes, encoder(whole, writer), follower)
        for place, picture in zip(places, canvas.pictures(planes), strict=True):
            found[place] = np.ascontiguousarray(picture)
    return writer.finish(), found


def decode_drawings(
    payload: bytes, sizes: Sequence[Size], networks: Networks, distances: Sequence[int] = ()
) -> list[Picture]:
    """Return the pictures of a payload. Raises FormatError or LimitError."""
    references = _references(distances, sizes)
    if steps_of(sizes, distances) > most_steps(sizes):
        raise LimitError(f"a payload of {steps_of(sizes, distances)} steps; the limit is {most_steps(sizes)}")
    reader, drawing = StreamReader(payload), Drawing(networks)
    reader.expect(sum(height * width for height, width, _ in sizes))
    found: list[Picture] = [np.empty(0, np.uint8)] * len(sizes)
    for places in together(sizes, references.depths):
        height, width, planes = sizes[places[0]]
        canvas = Canvas(len(places), (height, width))
        drawing.walk(canvas, planes, Decoder(reader), _follower(drawing, canvas, places, references, found))
        for place, picture in zip(places, canvas.pictures(planes), strict=True):
            found[place] = np.ascontiguousarray(picture)
    reader.finish()
    return found


def steps_of(sizes: Sequence[Size], distances: Sequence[int] = ()) -> int:
    """Count the steps of pictures of ``sizes``. Raises FormatError for a reference that does not exist."""
    depths = _references(distances, sizes).depths
    return sum(count_steps(*sizes[places[0]][:2]) for places in together(sizes, depths))


def most_steps(sizes: Sequence[Size]) -> int:
    """Return the most steps that a payload may have. Without a limit a few bytes could stand for endless work."""
    return MAX_PIXEL_STEPS + sum(height * width for height, width, _ in sizes) // DRAWN_PIXELS_OF_STEP


def together(sizes: Sequence[Size], depths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the places of pictures that are coded in lockstep.

    All of a group have one size and one depth. Sizes go in the order in which they first come. Within a size, small
    ``depths`` go first, and groups grow, since later groups can use the contexts of earlier ones.
    """
    alike: dict[Size, list[int]] = {}
    for place, size in enumerate(sizes):
        alike.setdefault(size, []).append(place)
    for (height, width, _), places in alike.items():
        places.sort(key=lambda place: depths[place])
        most = max(1, TOGETHER // min(height, -(-width // LAG)))
        start = 0
        while start < len(places):
            some = places[start : start + min(most, max(1, start // EARLIER))]
            group = [place for place in some if depths[place] == depths[some[0]]]
            yield group
            start += len(group)


def _references(distances: Sequence[int], sizes: Sequence[Size]) -> References:
    return references_of(distances, sizes) if distances else no_references(len(sizes))


def _follower(
    drawing: Drawing, canvas: Canvas, places: Sequence[int], references: References, pictures: Sequence[Picture]
) -> Follower | None:
    """Return the follower for the pictures at ``places``, whose references are among ``pictures``. Return None if they
    have no references.
    """
    shown = [pictures[place] for place in map(references.places.__getitem__, places) if place is not None]
    if not shown:
        return None
    seen = Canvas(len(shown), (canvas.height, canvas.width))
    seen.fill(np.stack(shown))
    return Follower(drawing.guide, canvas, seen, shown[0].shape[2])
