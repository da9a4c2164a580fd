"""Pictures to the bytes of a container, in one layer or in two."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import numpy as np

from aecodec.codec.distortion import mse
from aecodec.codec.encoded import Encoded, First
from aecodec.codec.plan import Plan
from aecodec.codec.records import crc_of, encode_lossy, is_native
from aecodec.codec.threads import threads
from aecodec.codec.tiles import Picture, check_block, colour_of, count_tiles, shape_of, split_planes
from aecodec.codec.work import check_work, tile_of
from aecodec.codec.workers import workers
from aecodec.coders import Block, Frame, block_pictures, encode_exact, encoder_of, needs_model
from aecodec.container import Header, Shape, Shapes, add_second, build, parse, parse_second
from aecodec.container.header import MAX_BLOCK_PICTURES
from aecodec.container.names import check_names
from aecodec.engine import Engine
from aecodec.errors import LimitError, ModelError, UsageError
from aecodec.exact.rounding import rounding_checked_for_each
from aecodec.exact.sheets import Map
from aecodec.kinds import Rate, Size
from aecodec.limits import BLOCK_SHARE, BLOCK_SHARE_EXACT, GROUP_TILES, MAX_PICTURES
from aecodec.zoo import Model

PLAIN_TILE = (28, 28)  # what blocks without a model are measured by
BLOCKS_AT_ONCE = 16  # of small pictures, whose scans are searched together: the more, the less time each takes
WORTH_WORKERS = 2_000  # pictures; for fewer, processes take longer to start than they save
_EXAMPLES = 16  # of pictures, which show what all are like
Progress = Callable[[int], None]


@dataclass(frozen=True)
class _Record:
    """One block in one layer: its method where it is exact, its body, bytes of payload, and what it decodes to."""

    method: int | None
    body: bytes
    payload: int
    decoded: Sequence[Picture]


@dataclass
class _Layer:
    """What is known of one layer's records so far."""

    methods: list[int | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    checks: list[int] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    payload: int = 0

    def add(self, record: _Record, original: Sequence[Picture]) -> None:
        """One block more."""
        self.methods.append(record.method)
        self.bodies.append(record.body)
        self.checks.append(crc_of(record.decoded))
        self.errors += [mse(a, b) if a is not b else 0.0 for a, b in zip(original, record.decoded, strict=True)]
        self.payload += record.payload

    def with_methods(self) -> list[bytes]:
        """The bodies behind their methods."""
        return [bytes([m]) + body for m, body in zip(self.methods, self.bodies, strict=True) if m is not None]


def encode(
    pictures: Sequence[Picture],
    plan: Plan,
    *,
    many: bool,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Encoded:
    """Compress ``pictures`` (uint8 ``[H, W]`` or ``[H, W, C]``), read one block at a time, or a few exact ones.

    ``progress`` is called with the number of pictures done after each block. ``engine`` does the work of exact blocks;
    by default it is one of as many processes as the plan has jobs, where that many are worth their start.
    """
    _check_count(pictures, names)
    most = _most_a_block(pictures, plan) if many else 1
    size = pictures_a_block(plan, most)
    layers = [_Layer() for _ in range(plan.layers)]
    shapes: list[Shape] = []
    shared = workers(_processes(plan, len(pictures), size)) if engine is None else nullcontext(engine)
    with shared as used, threads(_threads(plan)) as together:
        for batches in _windows(pictures, size, _at_once(plan, size, most)):
            batch_shapes = [_checked_shapes(batch) for batch in batches]
            coded = _records(batches, batch_shapes, plan, many, used, together)
            for batch, records in zip(batches, coded, strict=True):
                for layer, record in zip(layers, records, strict=True):
                    layer.add(record, batch)
                if progress:
                    progress(len(layers[0].errors))
            shapes += itertools.chain.from_iterable(batch_shapes)
    return _whole(plan, layers, shapes, size, many, names)


def _whole(
    plan: Plan, layers: Sequence[_Layer], shapes: Sequence[Shape], size: int, many: bool, names: Sequence[str] | None
) -> Encoded:
    """The file."""
    first, last = layers[0], layers[-1]
    used = plan.model
    if plan.exact and not any(method is not None and needs_model(method) for method in first.methods):
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
    )
    data = build(header, first.with_methods() if header.has_method else first.bodies, first.checks)
    result = Encoded(data, used, plan.effort, plan.noted_quality)
    if plan.second is not None and plan.model is not None:
        result.first = First(plan.model, len(data), first.errors)
        result.data = add_second(data, header, plan.second.fingerprint, last.with_methods(), last.checks)
        result.model = plan.second
    _check_work(result, used, plan.second)
    result.exact = plan.exact or plan.second is not None
    result.payload = sum(layer.payload for layer in layers)
    result.pixels = sum(shape.height * shape.width for shape in shapes)
    result.errors = last.errors
    return result


def _check_work(found: Encoded, first: Model | None, second: Model | None) -> None:
    """Raise LimitError where a reader would refuse the file for the work that it asks for."""
    layer = parse(found.data)
    check_work(layer, tile_of(first))
    if second is not None:
        check_work(parse_second(layer), tile_of(second), start=layer.stop)


def _records(
    batches: Sequence[Sequence[Picture]],
    shapes: Sequence[Sequence[Shape]],
    plan: Plan,
    many: bool,
    engine: Engine,
    together: Map,
) -> Iterator[tuple[_Record, ...]]:
    """Of each block its record in every layer."""
    if plan.exact:
        encoder = encoder_of(plan.model, plan.effort, alone=not many, quick=plan.quick)
        blocks = [Block(Frame(some), _planes(batch, some)) for batch, some in zip(batches, shapes, strict=True)]
        coded = rounding_checked_for_each(encode_exact(blocks, encoder, engine))
        for batch, (method, body) in zip(batches, coded, strict=True):
            yield (_Record(method, body, len(body), batch),)
        return
    lossy = _lossy(batches, shapes, plan, together)
    if plan.second is None:
        yield from ((record,) for record in lossy)
        return
    first = list(lossy)
    encoder = encoder_of(plan.second, plan.effort, alone=False, quick=False)
    over = [_over(batch, some, record) for batch, some, record in zip(batches, shapes, first, strict=True)]
    coded = rounding_checked_for_each(encode_exact(over, encoder, engine))
    for batch, record, (method, body) in zip(batches, first, coded, strict=True):
        yield record, _Record(method, body, len(body), batch)


def _lossy(
    batches: Sequence[Sequence[Picture]], shapes: Sequence[Sequence[Shape]], plan: Plan, together: Map
) -> Iterator[_Record]:
    if plan.model is None:
        raise ModelError("lossy compression needs a model")
    for batch, some in zip(batches, shapes, strict=True):
        found = encode_lossy(batch, some, plan.model.codec, plan.quality, plan.effort, together)
        yield _Record(None, found.body, found.payload, found.decoded)


def _over(batch: Sequence[Picture], shapes: Sequence[Shape], first: _Record) -> Block:
    """The colour planes of ``batch``, given what the ``first`` layer shows."""
    frame = Frame([shape.opaque for shape in shapes], colour_of(first.decoded, shapes))
    return Block(frame, colour_of(batch, shapes))


def _planes(batch: Sequence[Picture], shapes: Sequence[Shape]) -> list[np.ndarray]:
    return [plane for picture, shape in zip(batch, shapes, strict=True) for plane in split_planes(picture, shape)]


def _processes(plan: Plan, pictures: int, size: int) -> int:
    """How many are worth their start for blocks of ``size`` pictures."""
    if plan.is_by_pixels:
        return min(plan.jobs, -(-pictures // size))
    return plan.jobs if (plan.exact or plan.second is not None) and pictures >= WORTH_WORKERS else 1


def _threads(plan: Plan) -> int:
    return 1 if plan.exact or plan.second is not None else plan.jobs


def _at_once(plan: Plan, size: int, most: int) -> int:
    """How many blocks of ``size`` pictures are read at once: of large pictures one for each process."""
    if (plan.exact or plan.second is not None) and most > 1:
        return BLOCKS_AT_ONCE * (most // size)
    return plan.jobs if plan.is_by_pixels else 1


def _check_count(pictures: Sequence[Picture], names: Sequence[str] | None) -> None:
    """Raise LimitError for too many pictures or none, UsageError for another number of names or unfit ones."""
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise LimitError(f"{len(pictures)} pictures; a container holds 1 to {MAX_PICTURES}")
    if names is not None and len(names) != len(pictures):
        raise UsageError(f"{len(names)} names for {len(pictures)} pictures")
    check_names(names or ())


def pictures_a_block(plan: Plan, most: int) -> int:
    """What the plan says, else a share of those that are coded most quickly together, which no block exceeds."""
    if plan.most is not None:
        return min(plan.most, most)
    if plan.is_by_pixels:
        return most
    return max(1, most // (BLOCK_SHARE_EXACT if plan.exact or plan.second is not None else BLOCK_SHARE))


def _most_a_block(pictures: Sequence[Picture], plan: Plan) -> int:
    """As many as are coded most quickly together, judged by the largest."""
    shapes = {shape_of(pictures[i]) for i in range(len(pictures))}
    if plan.model is not None and not plan.exact:
        sizes = [Size(shape.height, shape.width, shape.colour_planes) for shape in shapes]
        return min(MAX_BLOCK_PICTURES, plan.model.codec.block_pictures(sizes))
    if plan.is_by_pixels:
        some = [np.atleast_3d(pictures[at]) for at in range(0, len(pictures), -(-len(pictures) // _EXAMPLES))]
        return min(MAX_BLOCK_PICTURES, block_pictures(list(shapes), some, len(pictures)))
    tile = plan.model.tiles.native if plan.model else PLAIN_TILE
    return max(1, GROUP_TILES // max(count_tiles(shape, tile, with_alpha=plan.exact) for shape in shapes))


def _windows(pictures: Sequence[Picture], size: int, blocks: int) -> Iterator[list[list[Picture]]]:
    """``blocks`` batches of ``size`` pictures at a time; what is left last."""
    for first in range(0, len(pictures), size * blocks):
        end = min(first + size * blocks, len(pictures))
        yield [[pictures[i] for i in range(start, min(start + size, end))] for start in range(first, end, size)]


def _checked_shapes(batch: Sequence[Picture]) -> list[Shape]:
    """The shapes of a block's pictures; raises LimitError for one too large, or for too many."""
    shapes = [shape_of(picture) for picture in batch]
    for shape in shapes:
        shape.check()
    check_block(shapes)
    return shapes
