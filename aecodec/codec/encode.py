"""Pictures to the bytes of a container."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from aecodec.codec.blocks import Block, encode_lossless, encode_lossy
from aecodec.codec.exact import MODELLED
from aecodec.codec.exact_pixels import block_pictures_by_pixels
from aecodec.codec.exact_tiles import BLOCKS_AT_ONCE, RESIDUAL
from aecodec.codec.options import mse
from aecodec.codec.threads import threads
from aecodec.codec.tiles import Picture, check_block, count_tiles, shape_of
from aecodec.codec.work import check_work, tile_of
from aecodec.codec.workers import Run, workers
from aecodec.container import Header, Shape, Shapes, build, parse
from aecodec.container.header import MAX_BLOCK_PICTURES
from aecodec.container.names import check_names
from aecodec.errors import LimitError, ModelError, UsageError
from aecodec.exact.sheets import Map
from aecodec.kinds import Rate, Size
from aecodec.limits import GROUP_TILES, MAX_PICTURES
from aecodec.lossy.quality import BEST
from aecodec.zoo import Model

PLAIN_TILE = (28, 28)  # what blocks without a model are measured by
_EXAMPLES = 16  # of pictures, which show what all are like
WORTH_WORKERS = 2_000  # pictures; for fewer, processes take longer to start than they save
Progress = Callable[[int], None]


@dataclass
class First:
    """The first of two layers: its model, its bytes, and each picture's MSE there."""

    model: Model
    bytes: int = 0
    errors: list[float] = field(default_factory=list)

    @property
    def mse(self) -> float:
        """Mean squared error over all pictures, each counting the same."""
        return math.fsum(self.errors) / len(self.errors)


@dataclass
class Encoded:
    """A container and what is known of it. ``errors``: each picture's MSE, samples in 0..1.

    ``exact``: it keeps every pixel. ``quality`` is the plan's; ``first`` is known of a file of two layers, whose
    ``model`` is the second's.
    """

    data: bytes
    model: Model | None
    effort: int
    quality: int | None = None
    payload: int = 0
    pixels: int = 0
    errors: list[float] = field(default_factory=list)
    first: First | None = None
    exact: bool = False

    @property
    def mse(self) -> float:
        """Mean squared error over all pictures, each counting the same."""
        return math.fsum(self.errors) / len(self.errors)


@dataclass(frozen=True)
class Plan:
    """One way of compressing: a model, effort of search, and quality.

    ``quality`` is 0 to 100, of targets up to 200, where a model can go farther; of an exact plan it is none.
    ``quick`` is of an exact plan without a model: whether samples may be coded the quick way.
    ``jobs`` is of processes that share the work of many exact pictures, or of threads that work on large lossy ones.
    """

    model: Model | None
    exact: bool
    effort: int
    quality: int = BEST
    jobs: int = 1
    quick: bool = False

    @property
    def noted_quality(self) -> int | None:
        """The quality, where one could ask for it."""
        return self.quality if not self.exact and self.quality <= BEST else None


def encode(
    pictures: Sequence[Picture],
    plan: Plan,
    *,
    many: bool,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Encoded:
    """Compress ``pictures`` (uint8 ``[H, W]`` or ``[H, W, C]``), read one block at a time, or a few exact ones.

    ``progress`` is called with the number of pictures done after each block.
    """
    check_count(pictures, names)
    size = block_pictures(pictures, plan) if many else 1
    result = Encoded(b"", plan.model, plan.effort, plan.noted_quality, exact=plan.exact)
    shapes: list[Shape] = []
    blocks: list[tuple[int, Block]] = []
    checks: list[int] = []
    threaded = 1 if plan.exact else plan.jobs
    with workers(_processes(plan, len(pictures), size)) as run, threads(threaded) as together:
        for batches in windows(pictures, size, _at_once(plan, size)):
            batch_shapes = [checked_shapes(batch) for batch in batches]
            coded = _encode_blocks(batches, batch_shapes, plan, many, run, together)
            for batch, (method, block) in zip(batches, coded, strict=True):
                blocks.append((method, Block(block.body, block.payload, [])))
                checks.append(crc_of(block.decoded))
                result.errors += [mse(a, b) for a, b in zip(batch, block.decoded, strict=True)]
                result.payload += block.payload
                if progress:
                    progress(len(result.errors))
            shapes += itertools.chain.from_iterable(batch_shapes)
    result.pixels = sum(shape.height * shape.width for shape in shapes)
    used = plan.model if not plan.exact or any(method in MODELLED for method, _ in blocks) else None
    rate = Rate() if plan.exact or used is None else used.codec.rate(plan.quality)
    header = Header(
        exact=plan.exact,
        fingerprint=used.fingerprint if used else None,
        many=many,
        count=len(pictures),
        block_pictures=size,
        shapes=None if used is not None and is_native(used, shapes) else Shapes.of(shapes),
        names=tuple(names) if names else None,
        step=rate.step,
        quality=rate.quality,
        pixels=plan.exact and used is not None and used.pixels is not None,
    )
    prefixed = [bytes([m]) * header.has_method + block.body for m, block in blocks]
    result.data = build(header, prefixed, checks)
    check_work(parse(result.data), tile_of(used))
    result.model = used
    return result


def _processes(plan: Plan, pictures: int, size: int) -> int:
    """How many are worth their start for blocks of ``size`` pictures."""
    if _is_by_pixels(plan):
        return min(plan.jobs, -(-pictures // size))
    return plan.jobs if plan.exact and pictures >= WORTH_WORKERS else 1


def _at_once(plan: Plan, size: int) -> int:
    """How many blocks of ``size`` pictures are read at once: of large pictures one for each process."""
    if plan.exact and size > 1:
        return BLOCKS_AT_ONCE
    return plan.jobs if _is_by_pixels(plan) else 1


def _is_by_pixels(plan: Plan) -> bool:
    return plan.exact and plan.model is not None and plan.model.pixels is not None


def check_count(pictures: Sequence[Picture], names: Sequence[str] | None) -> None:
    """Raise LimitError for too many pictures or none, UsageError for another number of names or unfit ones."""
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise LimitError(f"{len(pictures)} pictures; a container holds 1 to {MAX_PICTURES}")
    if names is not None and len(names) != len(pictures):
        raise UsageError(f"{len(names)} names for {len(pictures)} pictures")
    check_names(names or ())


def crc_of(pictures: Sequence[Picture]) -> int:
    """CRC-32 over pictures as a record's check counts it."""
    crc = 0
    for picture in pictures:
        crc = zlib.crc32(np.ascontiguousarray(picture).data, crc)
    return crc


def is_native(model: Model, shapes: Iterable[Shape]) -> bool:
    """Whether no geometry need be written."""
    return not model.is_general and all(shape == Shape(*model.tile) for shape in shapes)


def block_pictures(pictures: Sequence[Picture], plan: Plan) -> int:
    """As many pictures a block as are coded together, judged by the largest."""
    shapes = {shape_of(pictures[i]) for i in range(len(pictures))}
    if plan.model is not None and not plan.exact:
        sizes = [Size(shape.height, shape.width, shape.colour_planes) for shape in shapes]
        return min(MAX_BLOCK_PICTURES, plan.model.codec.block_pictures(sizes))
    if plan.model is not None and plan.model.pixels is not None:
        some = [np.atleast_3d(pictures[at]) for at in range(0, len(pictures), -(-len(pictures) // _EXAMPLES))]
        return min(MAX_BLOCK_PICTURES, block_pictures_by_pixels(list(shapes), some, len(pictures)))
    tile = plan.model.tile if plan.model else PLAIN_TILE
    return max(1, GROUP_TILES // max(count_tiles(shape, tile, with_alpha=plan.exact) for shape in shapes))


def windows(pictures: Sequence[Picture], size: int, blocks: int) -> Iterator[list[list[Picture]]]:
    """``blocks`` batches of ``size`` pictures at a time; what is left last."""
    for first in range(0, len(pictures), size * blocks):
        end = min(first + size * blocks, len(pictures))
        yield [[pictures[i] for i in range(start, min(start + size, end))] for start in range(first, end, size)]


def checked_shapes(batch: Sequence[Picture]) -> list[Shape]:
    """The shapes of a block's pictures; raises LimitError for one too large, or for too many."""
    shapes = [shape_of(picture) for picture in batch]
    for shape in shapes:
        shape.check()
    check_block(shapes)
    return shapes


def _encode_blocks(
    batches: Sequence[Sequence[Picture]],
    shapes: Sequence[Sequence[Shape]],
    plan: Plan,
    many: bool,
    run: Run,
    together: Map,
) -> Iterator[tuple[int, Block]]:
    if plan.exact:
        yield from encode_lossless(batches, shapes, plan.model, plan.effort, alone=not many, quick=plan.quick, run=run)
        return
    if plan.model is None:
        raise ModelError("lossy compression needs a model")
    for batch, some in zip(batches, shapes, strict=True):
        yield RESIDUAL, encode_lossy(batch, some, plan.model.codec, plan.quality, plan.effort, together)
