"""Bodies of drawings: of drawings that are kept exactly, and of drawings that the encoder alters first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aecodec.arrays import Colour
from aecodec.coders.cuts import put_together
from aecodec.coders.lockstep import FEW_STEPS
from aecodec.coders.protocol import Body
from aecodec.coders.ways import DRAWING_PIECES, DRAWINGS, FOLLOWING, Inner
from aecodec.drawings import MOST_OF_GUIDE, MOST_SYMBOLS, most_steps, resemblances, steps_of
from aecodec.errors import ModelError
from aecodec.kinds import PixelCodec, Size
from aecodec.limits import MAX_STREAM_SYMBOLS
from aecodec.zoo import Model

_PIXELS_OF_STEP = 32  # with fewer pixels a step, pictures are cut; if that does not help, drawings are not tried
_FOLLOWING = 8  # references are tried where at least one picture in so many has one


def can_be_drawn(sizes: Sequence[Size]) -> bool:
    """Return whether pictures of ``sizes`` go together well enough, whole or in pieces."""
    return _go_together(sizes) or _go_together(DRAWING_PIECES.sizes(sizes))


def drawn_bodies(pictures: Sequence[Colour], inner: Inner) -> Iterator[Body]:
    """Yield bodies of ``pictures``, alpha included: those that may be the shortest. ``inner`` makes their payloads."""
    sizes = _sizes(pictures)
    if not _go_together(sizes):
        yield DRAWING_PIECES.method, DRAWING_PIECES.encode(pictures, lambda pieces: inner(pieces, ()))
        return
    yield DRAWINGS.method, DRAWINGS.encode(pictures, inner)
    distances = _references(pictures)
    if distances:
        yield FOLLOWING.method, FOLLOWING.encode(pictures, distances, inner)


def altered_body(pictures: Sequence[Colour], codec: PixelCodec, slope: float) -> tuple[Body, list[Colour]]:
    """Alter ``pictures`` so that they take fewer bytes. Return a body, and the altered pictures.

    ``slope`` is what a squared error of a colour is worth, in bits. Raises LimitError, and ModelError for a model that
    does not code drawings.
    """
    altered: list[Colour] = []

    def inner(some: Sequence[Colour], distances: Sequence[int]) -> bytes:
        payload, altered[:] = codec.alter_drawings(some, slope, distances)
        return payload

    if not _go_together(_sizes(pictures)):
        body = DRAWING_PIECES.encode(pictures, lambda pieces: inner(pieces, ()))
        return (DRAWING_PIECES.method, body), put_together(altered, _sizes(pictures), DRAWING_PIECES.bits)
    distances = _references(pictures)
    if distances:
        return (FOLLOWING.method, FOLLOWING.encode(pictures, distances, inner)), altered
    return (DRAWINGS.method, DRAWINGS.encode(pictures, inner)), altered


def restored(pictures: Sequence[Colour], model: Model, quality: int) -> list[Colour]:
    """Return altered ``pictures``, alpha included, as ``model`` restores them. Raises ModelError if it cannot."""
    if model.pixels is None:
        raise ModelError(f"model {model.id} cannot restore altered drawings")
    return model.pixels.restoration(pictures, quality)


def _references(pictures: Sequence[Colour]) -> Sequence[int]:
    """Return the distances of the references of ``pictures``; an empty list where hardly any picture has one."""
    distances = resemblances(pictures)
    enough = sum(map(bool, distances)) * _FOLLOWING >= len(pictures)
    return distances if enough and _go_together(_sizes(pictures), distances) else ()


def _sizes(pictures: Sequence[Colour]) -> list[Size]:
    return [Size(*picture.shape) for picture in pictures]


def _go_together(sizes: Sequence[Size], distances: Sequence[int] = ()) -> bool:
    """Return whether a stream surely holds all symbols of drawings, and whether these take few enough steps."""
    pixels = sum(height * width for height, width, _ in sizes)
    most = min(most_steps(sizes), FEW_STEPS + pixels // _PIXELS_OF_STEP)
    symbols = MOST_SYMBOLS + (MOST_OF_GUIDE if distances else 0)
    return symbols * pixels <= MAX_STREAM_SYMBOLS and steps_of(sizes, distances) <= most
