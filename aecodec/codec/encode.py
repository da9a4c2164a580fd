"""Pictures to the bytes of a container, in one layer or in two."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import nullcontext
from dataclasses import field
from functools import partial

import numpy as np

from aecodec import coders  # which lossy files need not wait for
from aecodec.arrays import Colour, Picture
from aecodec.codec.blocks import Coded, Given, Record, encode_blocks, has_scans, with_scans
from aecodec.codec.encoded import Encoded, First
from aecodec.codec.plan import Plan
from aecodec.codec.records import is_native
from aecodec.codec.tiles import check_depths, count_tiles, shape_of
from aecodec.codec.work import check_work, tile_of
from aecodec.codec.workers import workers
from aecodec.container import (
    Header,
    References,
    Shape,
    Shapes,
    add_second,
    build,
    pack_references,
    parse,
    parse_second,
)
from aecodec.container.header import MAX_BLOCK_PICTURES
from aecodec.container.names import check_names
from aecodec.engine import Engine
from aecodec.errors import LimitError, UsageError
from aecodec.frozen import dataclass
from aecodec.kinds import Rate, Size
from aecodec.limits import BLOCK_SHARE, BLOCK_SHARE_EXACT, GROUP_TILES, MAX_PICTURES
from aecodec.zoo import Model

PLAIN_TILE = (28, 28)  # what blocks without a model are measured by
BLOCKS_AT_ONCE = 16  # of small pictures, whose scans are searched together: the more, the less time each takes
_EXAMPLES = 16  # of pictures, which show what all are like
_ALIKE = 16  # pictures that a block has at least where they are alike, if they are not too large for that
Progress = Callable[[int], None]


@dataclass
class _Layer:
    """What is known of one layer's records so far."""

    methods: list[int | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    checks: list[int] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    references: list[References] = field(default_factory=list)
    restored: list[tuple[int, list[float]] | None] = field(default_factory=list)
    payload: int = 0

    @property
    def is_referenced(self) -> bool:
        """Whether any picture is kept as what it differs from another one."""
        return any(self.references)

    def add(self, record: Record) -> None:
        """Add one block."""
        self.methods.append(record.method)
        self.bodies.append(record.body)
        self.checks.append(record.crc)
        self.errors += record.errors
        self.references.append(record.references)
        self.restored.append(record.restored)
        self.payload += record.payload

    def restore(self, shapes: Sequence[Shape]) -> bool:
        """Take all pictures as the model restores them, if that is nearer to those that were given; return whether."""
        found = [each for each in self.restored if each is not None]
        errors = [error for _, some in found for error in some]
        if len(found) < len(self.restored) or _squares(errors, shapes) >= _squares(self.errors, shapes):
            return False
        self.checks, self.errors = [check for check, _ in found], errors
        return True

    def bodies_for(self, header: Header, shapes: Sequence[Sequence[Shape]]) -> list[bytes]:
        """Return the bodies behind what the ``header`` says that they begin with; ``shapes`` are those of blocks."""
        if header.has_method:
            return self.with_methods()
        if not header.referenced:
            return self.bodies
        each = zip(self.references, shapes, self.bodies, strict=True)
        return [pack_references(references, some) + body for references, some, body in each]

    def with_methods(self) -> list[bytes]:
        """Return the bodies behind their methods."""
        return [bytes([m]) + body for m, body in zip(self.methods, self.bodies, strict=True) if m is not None]


def _squares(errors: Sequence[float], shapes: Sequence[Shape]) -> float:
    """Return the sum over all pixels, of mean squared ``errors`` by picture."""
    return math.fsum(error * shape.height * shape.width for error, shape in zip(errors, shapes, strict=True))


def encode(
    pictures: Sequence[Picture],
    plan: Plan,
    *,
    many: bool,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Encoded:
    """Compress ``pictures`` (uint8 or uint16, ``[H, W]`` or ``[H, W, C]``), which are read a few blocks at a time.

    ``progress`` is called with the number of pictures done after each block. ``engine`` does the work of blocks; by
    default it is one of as many processes as the plan has jobs. The file is the same whoever does it.
    """
    _check_count(pictures, names)
    kinds = {shape_of(pictures[i]) for i in range(len(pictures))} if many else set()
    most = _most_a_block(pictures, kinds, plan) if many else 1
    size = _more_if_alike(pictures, kinds, plan, pictures_a_block(plan, most))
    blocks: list[Coded] = []
    done, count = 0, -(-len(pictures) // size)
    work = partial(encode_blocks, plan, many, max(1, plan.jobs // count))
    calls = len(pictures) if has_scans(plan) else count
    shared = workers(plan.jobs, calls) if engine is None else nullcontext(engine)
    with shared as used:
        given = _given(pictures, plan, many, size, BLOCKS_AT_ONCE * (most // size), used)
        for coded in itertools.chain.from_iterable(used.map(work, given)):
            blocks.append(coded)
            done += len(coded.shapes)
            if progress:
                progress(done)
    shapes = [shape for coded in blocks for shape in coded.shapes]
    return _whole(plan, _layers(plan, blocks), shapes, size, many, names)


def encode_apart(pictures: Sequence[Picture], plan: Plan) -> list[Encoded]:
    """Compress each of ``pictures`` to a file of its own, the same as :func:`encode` makes of it alone.

    They are worked on together, which takes a fraction of the time where they are small.
    """
    return [
        _whole(plan, _layers(plan, [coded]), coded.shapes, 1, many=False, names=None)
        for coded in encode_blocks(plan, False, plan.jobs, Given([[picture] for picture in pictures]))
    ]


def _layers(plan: Plan, blocks: Sequence[Coded]) -> list[_Layer]:
    found = [_Layer() for _ in range(plan.layers)]
    for coded in blocks:
        for layer, record in zip(found, coded.records, strict=True):
            layer.add(record)
    return found


def _whole(
    plan: Plan, layers: Sequence[_Layer], shapes: Sequence[Shape], size: int, many: bool, names: Sequence[str] | None
) -> Encoded:
    """Return the file."""
    first, last = layers[0], layers[-1]
    used = plan.model
    deep = shapes[0].deep
    if plan.exact and not any(method is not None and coders.needs_model(method, deep=deep) for method in first.methods):
        used = None
    rate = Rate() if plan.exact or used is None else used.codec.rate(plan.quality)
    header = Header(
        exact=plan.exact,
        fingerprint=used.fingerprint if used else None,
        many=many,
        count=len(shapes),
        block_pictures=size,
        shapes=None if used is not None and is_native(used, shapes) else Shapes.of(shapes),
        names=tuple(names) if names else None,
        step=rate.step,
        quality=rate.quality,
        pixels=plan.exact and used is not None and used.pixels is not None,
        layered=plan.second is not None,
        referenced=first.is_referenced,
        altered=plan.altered,
        restored=plan.altered is not None and first.restore(shapes),
    )
    batches = [shapes[start : start + size] for start in range(0, len(shapes), size)]
    data = build(header, first.bodies_for(header, batches), first.checks)
    result = Encoded(data, used, plan.effort, plan.noted_quality)
    if plan.second is not None and plan.model is not None:
        result.first = First(plan.model, len(data), first.errors)
        result.data = add_second(data, header, plan.second.fingerprint, last.with_methods(), last.checks)
        result.model = plan.second
    _check_work(result, used, plan.second)
    result.exact = plan.keeps_all or plan.second is not None
    result.payload = sum(layer.payload for layer in layers)
    result.pixels = sum(shape.height * shape.width for shape in shapes)
    result.errors = last.errors
    return result


def _check_work(found: Encoded, first: Model | None, second: Model | None) -> None:
    """Raise LimitError if a reader would refuse the file for the work that it asks for."""
    layer = parse(found.data)
    check_work(layer, tile_of(first))
    if second is not None:
        check_work(parse_second(layer), tile_of(second), start=layer.stop)


def _check_count(pictures: Sequence[Picture], names: Sequence[str] | None) -> None:
    """Raise LimitError for too many pictures or none, UsageError for another number of names or unfit ones."""
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise LimitError(f"{len(pictures)} pictures; a container holds 1 to {MAX_PICTURES}")
    if names is not None and len(names) != len(pictures):
        raise UsageError(f"{len(names)} names for {len(pictures)} pictures")
    check_names(names or ())


def pictures_a_block(plan: Plan, most: int) -> int:
    """Return what the plan says, else a share of those that are coded most quickly together, which no block exceeds."""
    if plan.most is not None:
        return min(plan.most, most)
    if plan.is_by_pixels:
        return most
    return max(1, most // (BLOCK_SHARE_EXACT if plan.exact or plan.second is not None else BLOCK_SHARE))


def _most_a_block(pictures: Sequence[Picture], shapes: Set[Shape], plan: Plan) -> int:
    """Return as many as are coded most quickly together, judged by the largest; where the plan says how many a block
    has, as many as it may have, if there are so many.
    """
    check_depths(shapes, exact=plan.exact)
    if plan.model is not None and not plan.exact:
        codec, sizes = plan.model.codec, _sizes(shapes)
        most = codec.block_pictures(sizes)
        if plan.most is not None:
            most = max(most, min(codec.most_block_pictures(sizes), len(pictures)))
        return min(MAX_BLOCK_PICTURES, most)
    if plan.is_by_pixels:
        some = [np.atleast_3d(pictures[at]) for at in range(0, len(pictures), -(-len(pictures) // _EXAMPLES))]
        return min(MAX_BLOCK_PICTURES, coders.block_pictures(list(shapes), some, len(pictures)))
    tile = plan.model.tiles.tile if plan.model else PLAIN_TILE
    return max(1, GROUP_TILES // max(count_tiles(shape, tile, with_alpha=plan.exact) for shape in shapes))


def _sizes(shapes: Set[Shape]) -> list[Size]:
    return [Size(shape.height, shape.width, shape.colour_planes) for shape in shapes]


def _more_if_alike(pictures: Sequence[Picture], shapes: Set[Shape], plan: Plan, size: int) -> int:
    """Return the ``size`` of blocks, or a larger one of large pictures that resemble those before them."""
    if plan.most is not None or plan.model is None or plan.exact or plan.second is not None:
        return size
    if not plan.effort or size >= min(_ALIKE, len(pictures)):
        return size
    codec = plan.model.codec
    most = min(_ALIKE, codec.most_block_pictures(_sizes(shapes)))
    if most <= size:
        return size
    places = range(1, len(pictures), -(-len(pictures) // _EXAMPLES))
    pairs = ((_colours(pictures[place - 1]), _colours(pictures[place])) for place in places)
    return most if codec.are_alike(pairs) else size


def _colours(picture: Picture) -> Colour:
    return np.atleast_3d(picture)[..., : shape_of(picture).colour_planes]


def _given(
    pictures: Sequence[Picture], plan: Plan, many: bool, size: int, at_once: int, engine: Engine
) -> Iterator[Given]:
    """Yield blocks of ``size``, read when they are asked for; the scans of ``at_once`` of them are searched before."""
    places = [range(start, min(start + size, len(pictures))) for start in range(0, len(pictures), size)]
    batches = ([pictures[number] for number in each] for each in places)
    if not has_scans(plan):
        yield from (Given([batch]) for batch in batches)
        return
    for _ in range(0, len(places), at_once):
        yield from with_scans(plan, many, engine, list(itertools.islice(batches, at_once)))
