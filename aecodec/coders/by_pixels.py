"""Chooses the coder of pictures of any size that takes the fewest bytes, with or without a pixel model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aecodec.arrays import Colour
from aecodec.coders.by_deep import deep_bodies
from aecodec.coders.drawn import can_be_drawn, drawn_bodies
from aecodec.coders.likeness import Likeness, likeness, piece
from aecodec.coders.lockstep import go_together
from aecodec.coders.pictures import apart, joined, sizes_of
from aecodec.coders.protocol import Block, Body
from aecodec.coders.turns import best_turns
from aecodec.coders.ways import PACKED, PHOTOGRAPH_PIECES, PHOTOGRAPHS, QUICK, QUICK_PIECES, TURNED_PHOTOGRAPHS
from aecodec.container import Shape
from aecodec.frozen import dataclass
from aecodec.kinds import PixelCodec
from aecodec.limits import MAX_PIXEL_STEPS
from aecodec.lossless.packed import encode_packed

_MOST_SAMPLES = 1 << 22  # of a block of many pictures; in larger blocks drawings learn more from one another
_LANES = 1536  # of a block of photographs, which learn nothing from one another: quick, with blocks for all processors
_MANY_SHAPES = 16
_THOROUGH = 7  # from this effort on turns are tried on whole pictures, and more of them
_SLOW_START = 0.98  # sample by sample a whole picture takes so much of what pieces do, for predictions adapt slowly
_THIN = 8  # pixels a side; samples of so thin pictures have few neighbours to be predicted from
_OF_PHOTOGRAPHS = (PHOTOGRAPHS.method, PHOTOGRAPH_PIECES.method, TURNED_PHOTOGRAPHS.method)
_NAMED = 8  # bytes that a file with a pixel model has more than one without: fingerprint, layers, most of the check


@dataclass(frozen=True)
class PixelEncoder:
    """An Encoder with a pixel model."""

    codec: PixelCodec
    effort: int
    handicap = _NAMED

    def encode(self, blocks: Sequence[Block]) -> Iterator[list[Body]]:
        """See Encoder."""
        for block in blocks:
            deep = block.frame.shapes[0].deep
            yield deep_bodies(block, self.codec) if deep else _bodies(self.codec, self.effort, block)


class QuickEncoder:
    """An Encoder without a model."""

    handicap = 1  # for the plain coders decode more quickly

    def encode(self, blocks: Sequence[Block]) -> Iterator[list[Body]]:
        """See Encoder."""
        for block in blocks:
            deep = block.frame.shapes[0].deep
            yield deep_bodies(block, None) if deep else _and_packed(_quick(block), _pictures(block, whole=True))


def _quick(block: Block) -> list[Body]:
    pictures, sizes = _pictures(block, whole=False), sizes_of(block.frame.shapes, whole=False)
    if go_together(sizes):
        return [(QUICK.method, QUICK.encode(pictures))]
    if go_together(QUICK_PIECES.sizes(sizes)):
        return [(QUICK_PIECES.method, QUICK_PIECES.encode(pictures, QUICK.encode))]
    return []


def _bodies(codec: PixelCodec, effort: int, block: Block) -> list[Body]:
    """Return bodies by the likelier of a model's two ways, or by both, and a packed one if it is shorter."""
    whole, sizes = sizes_of(block.frame.shapes, whole=True), sizes_of(block.frame.shapes, whole=False)
    drawn = codec.has_drawings and can_be_drawn(whole)
    sampled = go_together(sizes) or go_together(PHOTOGRAPH_PIECES.sizes(sizes))
    pictures = _pictures(block, whole=True)
    if drawn and sampled:
        drawn, sampled = _likely(pictures, codec)
    bodies = [*drawn_bodies(pictures, codec.encode_drawings)] if drawn else []
    bodies += [_photographs(block, codec, effort)] if sampled else []
    return _and_packed(bodies, pictures)


def _photographs(block: Block, codec: PixelCodec, effort: int) -> Body:
    pictures, sizes = _pictures(block, whole=False), sizes_of(block.frame.shapes, whole=False)
    if not go_together(sizes):
        return PHOTOGRAPH_PIECES.method, PHOTOGRAPH_PIECES.encode(pictures, codec.encode)
    turns = best_turns(pictures, codec.measure, thorough=effort >= _THOROUGH)
    if any(turns) and go_together(TURNED_PHOTOGRAPHS.sizes(sizes, turns)):
        return TURNED_PHOTOGRAPHS.method, TURNED_PHOTOGRAPHS.encode(pictures, turns, codec)
    return PHOTOGRAPHS.method, PHOTOGRAPHS.encode(pictures, codec)


def _likely(pictures: Sequence[Colour], codec: PixelCodec) -> tuple[bool, bool]:
    """Return whether ``pictures`` may be shorter as drawings, and whether they may be as photographs.

    That is judged by their likeness. Where it says nothing, both ways are tried on a small part.
    """
    kind = likeness(pictures)
    if kind != Likeness.EITHER:
        return kind == Likeness.DRAWING, kind == Likeness.PHOTOGRAPH
    tried = piece(pictures)
    if tried is None:
        return True, True
    sampled = [plane for picture in tried for plane in apart(picture)]
    drawn = len(codec.encode_drawings(tried)) < _SLOW_START * len(codec.encode(sampled))
    return drawn, not drawn


def _and_packed(bodies: list[Body], pictures: Sequence[Colour]) -> list[Body]:
    """Return ``bodies``, and a packed one if it is shorter."""
    most = min((len(body) for _, body in bodies), default=sum(picture.size for picture in pictures))
    packed = encode_packed(pictures, most, likely=_may_repeat(pictures, bodies))
    return bodies if packed is None else [*bodies, (PACKED.method, packed)]


def _may_repeat(pictures: Sequence[Colour], bodies: Sequence[Body]) -> bool:
    """Return whether all ways of packing are worth a trial. One of them is tried in any case."""
    if all(min(picture.shape[:2]) <= _THIN for picture in pictures):
        return True
    as_photographs = any(method in _OF_PHOTOGRAPHS for method, _ in bodies)
    return not as_photographs and likeness(pictures) != Likeness.PHOTOGRAPH


def _pictures(block: Block, *, whole: bool) -> list[Colour]:
    return joined(block.planes, block.frame.shapes, whole=whole)


def block_pictures(shapes: Sequence[Shape], some: Sequence[Colour], count: int) -> int:
    """Return how many pictures a block of a container should have.

    The container has ``count`` pictures; ``shapes`` are the shapes that occur, and ``some`` are a sample of the
    pictures. A block gets as many as go together well. Where there are many shapes, so that hardly any pictures go
    together, it gets no more than a payload may have steps for.
    """
    most = _MOST_SAMPLES // max(s.height * s.width * (s.colour_planes + s.has_alpha) for s in shapes)
    quick = max(1, _LANES // max(min(shape.height, -(-shape.width // 2)) for shape in shapes))
    if count > quick and likeness(some) == Likeness.PHOTOGRAPH:
        most = min(most, quick)
    if len(shapes) > _MANY_SHAPES:
        most = min(most, MAX_PIXEL_STEPS // max(shape.width + 2 * shape.height for shape in shapes))
    return max(1, most)
