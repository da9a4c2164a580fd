"""The lossless blocks: planes to a body by the shortest method, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from aecodec.codec.exact_pixels import PIXEL_METHODS, decode_by_pixels, encode_by_pixels, encode_quickly
from aecodec.codec.exact_tiles import TILE_METHODS, decode_by_tiles, encode_by_tiles
from aecodec.codec.workers import Run
from aecodec.container import Shape
from aecodec.lossless import encode_plain, quick_size
from aecodec.lossy.tiling import Plane
from aecodec.zoo import Model

MODELLED = (*TILE_METHODS, *PIXEL_METHODS)
_NAMED = 8  # bytes that a file of pixels has more than one without a model: fingerprint, layers, and most of its check
CLEARLY = 2  # so many times shorter than quick deflate, a payload needs no comparison with a thorough one


def encode_exact(
    blocks: Sequence[Sequence[Plane]],
    shapes: Sequence[Sequence[Shape]],
    model: Model | None,
    effort: int,
    *,
    alone: bool = False,
    quick: bool = False,
    run: Run = map,
) -> Iterator[tuple[int, bytes]]:
    """The shortest way to keep the planes of each of ``blocks``, as method and body.

    ``shapes`` are those of the pictures whose planes they are. ``model`` None leaves only ways without one:
    plain ones, and, if ``quick``, the quick one. ``alone``: for a file of one picture, which has but one modelled
    method. ``run`` does what takes long as ``map`` does.
    """
    coded: Iterable[tuple[int, bytes] | None]
    more = _NAMED if model is not None and model.pixels is not None else int(model is None)  # the quick way is slower
    if model is None:
        coded = (encode_quickly(planes, some) if quick else None for planes, some in zip(blocks, shapes, strict=True))
    elif model.pixels is not None:
        coded = encode_by_pixels(blocks, shapes, model.pixels, effort, run)
    else:
        coded = encode_by_tiles(blocks, model, effort, alone=alone, run=run)
    for planes, learned in zip(blocks, coded, strict=True):
        if learned is not None and len(learned[1]) * CLEARLY <= quick_size(planes):
            yield learned
            continue
        plain = encode_plain(planes)
        yield plain if learned is None or len(plain[1]) < len(learned[1]) + more else learned


def decode_modelled(method: int, body: bytes, shapes: Sequence[Shape], model: Model) -> list[Plane]:
    """The planes of pictures of ``shapes`` from the body of a modelled block.

    Raises FormatError, LimitError, ModelError or UnsupportedError.
    """
    if method in PIXEL_METHODS:
        return decode_by_pixels(method, body, shapes, model)
    sizes = [(s.height, s.width) for s in shapes for _ in range(s.colour_planes + s.has_alpha)]
    return decode_by_tiles(method, body, sizes, model)
