"""Exact pixels of any pictures: by a model of kind pixels, as photographs or as drawings, or quickly without one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial

import numpy as np

from aecodec.codec.cuts import LEAST_BITS, MOST_BITS, cut, cut_sizes, put_together
from aecodec.codec.likeness import Likeness, likeness, piece
from aecodec.codec.turns import best_turns, turned, turned_back, turned_size
from aecodec.codec.workers import Run
from aecodec.container import Shape
from aecodec.drawings import MOST_SYMBOLS
from aecodec.drawings import most_steps as most_drawn_steps
from aecodec.drawings import steps_of as drawn_steps_of
from aecodec.errors import FormatError, ModelError, UnsupportedError
from aecodec.kinds import Colour, PixelCodec, Size
from aecodec.limits import MAX_PIXEL_STEPS, MAX_STREAM_SYMBOLS
from aecodec.lossless.packed import decode_packed, encode_packed, has_few_colours
from aecodec.lossy.tiling import Plane
from aecodec.pixels import SYMBOLS, QuickWalk, decode_pictures, encode_pictures, most_steps, steps_of
from aecodec.zoo import Model

Decode = Callable[[bytes, Sequence[Size]], list[Colour]]  # decodes a payload to pictures of these sizes
PIXELS, QUICK, DRAWINGS, PACKED = 7, 8, 9, 11  # methods
CUT, TURNED = 16, 32  # more than one of these: the same, of pictures that are cut into pieces, or turned
PIXEL_METHODS = (PIXELS, DRAWINGS, CUT + PIXELS, CUT + DRAWINGS, TURNED + PIXELS)  # those that need a model
QUICK_METHODS = (QUICK, CUT + QUICK, PACKED)  # those that need none
_WHOLE = (DRAWINGS, PACKED)  # alpha is the last plane of a picture there, else a picture of its own
_SIDE_BITS = {PIXELS: 9, QUICK: 9, DRAWINGS: 6}  # of pieces; drawings remember what other pieces showed
# A step takes as long for one sample as for many. So pictures are cut, and if that does not help not tried, that take
# more steps than these, and one more for so many samples.
_FEW_STEPS, _SAMPLES_OF_STEP, _PIXELS_OF_STEP = 1 << 12, 16, 32
_MOST_SAMPLES = 1 << 22  # of a block of many pictures; the more, the more drawings know of one another
_LANES = 1536  # of photographs, which know nothing of one another: quick together, with blocks for all processors
_MANY_SHAPES = 16
_THOROUGH = 7  # from this effort on pictures are tried whole, turned in all ways
_SLOW_START = 0.98  # of what pieces take sample by sample, a whole picture takes so much: predictions adapt slowly


def encode_by_pixels(
    blocks: Sequence[Sequence[Plane]],
    shapes: Sequence[Sequence[Shape]],
    codec: PixelCodec,
    effort: int,
    run: Run = map,
) -> Iterator[tuple[int, bytes] | None]:
    """Method and body of the planes of each of ``blocks``, None where they are not to be coded so."""
    yield from run(partial(_by_pixels, codec, effort), blocks, shapes)


def _by_pixels(
    codec: PixelCodec, effort: int, planes: Sequence[Plane], shapes: Sequence[Shape]
) -> tuple[int, bytes] | None:
    ways = _ways(DRAWINGS, shapes) if codec.has_drawings else []
    ways += _ways(PIXELS, shapes)
    if len(ways) > 1:
        likely = _likely(_whole(planes, shapes), codec)
        ways = [way for way in ways if way % CUT in likely]
    turns: list[int] = []
    if PIXELS in ways:
        turns = best_turns(_joined(planes, shapes), codec.measure, thorough=effort >= _THOROUGH)
        if any(turns) and _is_worth_it(_turned_sizes(_sizes(PIXELS, shapes), turns)):
            ways[ways.index(PIXELS)] = TURNED + PIXELS
    found = [(way, _encoded(way, _pictures(way, planes, shapes), turns, codec)) for way in ways]
    return _or_packed(min(found, key=lambda each: len(each[1]), default=None), _whole(planes, shapes))


def _or_packed(found: tuple[int, bytes] | None, pictures: Sequence[Colour]) -> tuple[int, bytes] | None:
    """``found``, method and body, or packed where that is shorter."""
    likely = likeness(pictures) != Likeness.PHOTOGRAPH or has_few_colours(pictures)
    most = sum(picture.size for picture in pictures) if found is None else len(found[1])
    packed = encode_packed(pictures, most, likely=likely)
    return found if packed is None else (PACKED, packed)


def _encoded(way: int, pictures: Sequence[Colour], turns: Sequence[int], codec: PixelCodec) -> bytes:
    """The body of a record; ``turns`` of the pictures are for the one way that turns them."""
    head, pictures = _parts(way, pictures, turns)
    return head + (codec.encode_drawings(pictures) if way % CUT == DRAWINGS else codec.encode(pictures))


def _parts(way: int, pictures: Sequence[Colour], turns: Sequence[int] = ()) -> tuple[bytes, Sequence[Colour]]:
    """How pictures are cut or turned for ``way``, and what is coded then."""
    if way < CUT:
        return b"", pictures
    if way >= TURNED:
        return bytes(turns), [turned(picture, turn) for picture, turn in zip(pictures, turns, strict=True)]
    bits = _SIDE_BITS[way % CUT]
    return bytes([bits]), cut(pictures, bits)


def _likely(pictures: Sequence[Colour], codec: PixelCodec) -> list[int]:
    """Which of the two ways may be the shorter: by how much is alike in the pictures, or by a piece of them."""
    kind = likeness(pictures)
    if kind != Likeness.EITHER:
        return [PIXELS if kind == Likeness.PHOTOGRAPH else DRAWINGS]
    tried = piece(pictures)
    if tried is None:
        return [DRAWINGS, PIXELS]
    sampled = [plane for picture in tried for plane in _apart(picture)]
    return [DRAWINGS if len(codec.encode_drawings(tried)) < _SLOW_START * len(codec.encode(sampled)) else PIXELS]


def encode_quickly(planes: Sequence[Plane], shapes: Sequence[Shape]) -> tuple[int, bytes] | None:
    """Method and body without a model; None where the planes are not to be coded so."""
    found = None
    for way in _ways(QUICK, shapes):
        head, pictures = _parts(way, _pictures(way, planes, shapes))
        found = way, head + encode_pictures(pictures, QuickWalk)
    return _or_packed(found, _whole(planes, shapes))


def decode_quickly(method: int, body: bytes, shapes: Sequence[Shape]) -> list[Plane]:
    """The planes of pictures of ``shapes``; raises FormatError, LimitError or UnsupportedError."""
    if method == PACKED:
        return _parted(decode_packed(body, _sizes(method, shapes)))
    return _decoded(method, body, shapes, lambda payload, sizes: decode_pictures(payload, sizes, QuickWalk))


def decode_by_pixels(method: int, body: bytes, shapes: Sequence[Shape], model: Model) -> list[Plane]:
    """The planes of pictures of ``shapes``; raises FormatError, LimitError, ModelError or UnsupportedError."""
    if model.pixels is None:
        raise ModelError(f"model {model.id} cannot read blocks of method {method}")
    draws = method % CUT == DRAWINGS
    if draws and not model.pixels.has_drawings:
        raise UnsupportedError(f"block method {method} by model {model.id}, which knows no drawings")
    return _decoded(method, body, shapes, model.pixels.decode_drawings if draws else model.pixels.decode)


def _decoded(method: int, body: bytes, shapes: Sequence[Shape], decode: Decode) -> list[Plane]:
    sizes = _sizes(method, shapes)
    if method < CUT:
        return _parted(decode(body, sizes))
    if method >= TURNED:
        return _parted(_decoded_turned(body, sizes, decode))
    if not body:
        raise FormatError("a block that does not say how its pictures are cut")
    pieces = decode(body[1:], cut_sizes(sizes, body[0]))
    return _parted(put_together(pieces, sizes, body[0]))


def _decoded_turned(body: bytes, sizes: Sequence[Size], decode: Decode) -> list[Colour]:
    if len(body) < len(sizes):
        raise FormatError("a block that does not say how all its pictures are turned")
    turns = body[: len(sizes)]
    found = decode(body[len(sizes) :], _turned_sizes(sizes, turns))
    return [turned_back(picture, turn) for picture, turn in zip(found, turns, strict=True)]


@lru_cache(maxsize=16)
def _steps_of_alike(method: int, bits: int, shape: Shape, count: int) -> int:
    return _steps(method, bits, [shape] * count)


def payload_steps(method: int, body: bytes, shapes: Sequence[Shape]) -> int:
    """How many steps the payload in a record's body takes, decoding nothing; 0 for packed pictures, and for a body
    that will be refused.
    """
    if method == PACKED:
        return 0
    if method >= TURNED:
        sizes = _sizes(method, shapes)
        return steps_of(_turned_sizes(sizes, body[: len(sizes)])) if len(body) >= len(sizes) else 0
    bits = body[0] if method >= CUT and body else 0
    if method >= CUT and not LEAST_BITS <= bits <= MOST_BITS:
        return 0
    if shapes.count(shapes[0]) == len(shapes):
        return _steps_of_alike(method, bits, shapes[0], len(shapes))
    return _steps(method, bits, shapes)


def _steps(method: int, bits: int, shapes: Sequence[Shape]) -> int:
    sizes = _sizes(method, shapes)
    sizes = cut_sizes(sizes, bits) if method >= CUT else sizes
    return drawn_steps_of(sizes) if method % CUT == DRAWINGS else steps_of(sizes)


def _turned_sizes(sizes: Sequence[Size], turns: Sequence[int]) -> list[Size]:
    return [turned_size(size, turn) for size, turn in zip(sizes, turns, strict=True)]


def block_pictures_by_pixels(shapes: Sequence[Shape], some: Sequence[Colour], count: int) -> int:
    """How many pictures a block of a container should have, of ``count`` which have these ``shapes``, and of which
    ``some`` are an example: as many as go together well, and, where hardly any do, no more than a payload may have
    steps.
    """
    most = _MOST_SAMPLES // max(shape.height * shape.width * sum(_counts(shape)) for shape in shapes)
    quick = max(1, _LANES // max(min(shape.height, -(-shape.width // 2)) for shape in shapes))
    if count > quick and likeness(some) == Likeness.PHOTOGRAPH:
        most = min(most, quick)
    if len(shapes) > _MANY_SHAPES:
        most = min(most, MAX_PIXEL_STEPS // max(shape.width + 2 * shape.height for shape in shapes))
    return max(1, most)


def _counts(shape: Shape) -> list[int]:
    """How many planes are coded together: those of colour, then alpha, as a picture of its own."""
    return [shape.colour_planes, 1] if shape.has_alpha else [shape.colour_planes]


def _pictures(way: int, planes: Sequence[Plane], shapes: Sequence[Shape]) -> list[Colour]:
    """As ``way`` has them: alpha as a picture of its own, or as the last plane of a drawing."""
    return _whole(planes, shapes) if way % CUT in _WHOLE else _joined(planes, shapes)


def _joined(planes: Sequence[Plane], shapes: Sequence[Shape]) -> list[Colour]:
    ordered = iter(planes)
    return [np.stack([next(ordered) for _ in range(count)], axis=-1) for shape in shapes for count in _counts(shape)]


def _whole(planes: Sequence[Plane], shapes: Sequence[Shape]) -> list[Colour]:
    """Pictures with alpha as their last plane."""
    ordered = iter(planes)
    return [np.stack([next(ordered) for _ in range(sum(_counts(shape)))], axis=-1) for shape in shapes]


def _apart(picture: Colour) -> list[Colour]:
    """Colour, and alpha as a picture of its own."""
    planes = picture.shape[2]
    return [picture] if planes % 2 else [picture[..., :-1], picture[..., -1:]]


def _sizes(way: int, shapes: Sequence[Shape]) -> list[Size]:
    counts = [(shape, [sum(_counts(shape))] if way % CUT in _WHOLE else _counts(shape)) for shape in shapes]
    return [Size(shape.height, shape.width, count) for shape, some in counts for count in some]


def _parted(pictures: Sequence[Colour]) -> list[Plane]:
    return [np.ascontiguousarray(each[..., plane]) for each in pictures for plane in range(each.shape[2])]


def _ways(method: int, shapes: Sequence[Shape]) -> list[int]:
    """``method`` of whole pictures, else of their pieces; none where enough goes together neither way."""
    sizes = _sizes(method, shapes)
    worth = _is_worth_drawing if method == DRAWINGS else _is_worth_it
    if worth(sizes):
        return [method]
    return [CUT + method] if worth(cut_sizes(sizes, _SIDE_BITS[method])) else []


def _is_worth_drawing(sizes: Sequence[Size]) -> bool:
    """Whether a stream surely holds all symbols of drawings, and enough of them go together."""
    pixels = sum(height * width for height, width, _ in sizes)
    most = min(most_drawn_steps(sizes), _FEW_STEPS + pixels // _PIXELS_OF_STEP)
    return MOST_SYMBOLS * pixels <= MAX_STREAM_SYMBOLS and drawn_steps_of(sizes) <= most


def _is_worth_it(sizes: Sequence[Size]) -> bool:
    """Whether a stream holds all samples, and enough of them go together."""
    samples = sum(map(math.prod, sizes))
    most = min(most_steps(sizes), _FEW_STEPS + samples // _SAMPLES_OF_STEP)
    return SYMBOLS * samples <= MAX_STREAM_SYMBOLS and steps_of(sizes) <= most
