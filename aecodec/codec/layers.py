"""Pictures to a file of two layers: a lossy file, and behind it what makes its pictures exact."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from aecodec.codec.blocks import Block, encode_lossy
from aecodec.codec.choose import named_model
from aecodec.codec.encode import (
    WORTH_WORKERS,
    Encoded,
    First,
    Plan,
    Progress,
    block_pictures,
    check_count,
    checked_shapes,
    crc_of,
    is_native,
    windows,
)
from aecodec.codec.exact_tiles import BLOCKS_AT_ONCE
from aecodec.codec.options import LOSSLESS_LATENT_DIM, PROGRESSIVE_LATENT_DIM, Options, mse
from aecodec.codec.second import encode_second
from aecodec.codec.target import plan_at
from aecodec.codec.tiles import Picture, colour_of
from aecodec.codec.work import check_work
from aecodec.codec.workers import Run, workers
from aecodec.container import Header, Shape, Shapes, add_second, build, parse, parse_second
from aecodec.errors import ModelError
from aecodec.exact.rounding import rounding_checked_for_each
from aecodec.lossy.quality import BEST
from aecodec.zoo import Model, Zoo


@dataclass(frozen=True)
class LayersPlan:
    """The first layer's plan and its model, ``base``, and the model of the second."""

    first: Plan
    base: Model
    exact: Model


def plan_layers(options: Options, zoo: Zoo) -> LayersPlan:
    """The chosen model for the first layer, and the one for exact pixels; raises ModelError where they do not fit."""
    base, exact = named_model(options, zoo, PROGRESSIVE_LATENT_DIM), zoo.for_exact(LOSSLESS_LATENT_DIM)
    if exact is None or exact.residual is None:
        raise ModelError("a progressive file needs a model for exact pixels, and there is none with a residual coder")
    check_tiles(base, exact)
    return LayersPlan(plan_at(base, options, BEST), base, exact)


def check_tiles(base: Model, exact: Model) -> None:
    """Raise ModelError unless both models have tiles of one size."""
    if base.tile != exact.tile:
        sizes = [f"{model.id} has tiles of {model.tile[1]}x{model.tile[0]}" for model in (base, exact)]
        raise ModelError(f"the models of two layers must have tiles of one size: {', '.join(sizes)}")


@dataclass
class _Layer:
    """What is known of one layer's blocks so far."""

    bodies: list[bytes] = field(default_factory=list)
    checks: list[int] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def add(self, body: bytes, found: Sequence[Picture], original: Sequence[Picture]) -> None:
        """One block more, which decodes to the pictures ``found``."""
        self.bodies.append(body)
        self.checks.append(crc_of(found))
        self.errors += [mse(a, b) for a, b in zip(original, found, strict=True)]


def encode_layered(
    pictures: Sequence[Picture],
    plan: LayersPlan,
    *,
    many: bool,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Encoded:
    """Compress ``pictures`` as :func:`aecodec.codec.encode.encode` does, in two layers."""
    check_count(pictures, names)
    size = block_pictures(pictures, plan.first) if many else 1
    result = Encoded(b"", plan.exact, plan.first.effort, exact=True)
    shapes: list[Shape] = []
    first, second = _Layer(), _Layer()
    with workers(plan.first.jobs if len(pictures) >= WORTH_WORKERS else 1) as run:
        for batches in windows(pictures, size, BLOCKS_AT_ONCE if size > 1 else 1):
            some = [checked_shapes(batch) for batch in batches]
            lossy = [
                encode_lossy(batch, each, plan.base.codec, plan.first.quality, plan.first.effort)
                for batch, each in zip(batches, some, strict=True)
            ]
            coded = _encode_second(batches, lossy, some, plan, run)
            for batch, block, body in zip(batches, lossy, coded, strict=True):
                first.add(block.body, block.decoded, batch)
                second.add(body, batch, batch)
                result.payload += block.payload + len(body) - 1
                if progress:
                    progress(len(second.errors))
            shapes += itertools.chain.from_iterable(some)
    header = Header(
        exact=False,
        fingerprint=plan.base.fingerprint,
        many=many,
        count=len(pictures),
        block_pictures=size,
        shapes=None if is_native(plan.base, shapes) else Shapes.of(shapes),
        names=tuple(names) if names else None,
        step=plan.base.codec.rate(plan.first.quality).step,
        layered=True,
    )
    whole = build(header, first.bodies, first.checks)
    result.pixels = sum(shape.height * shape.width for shape in shapes)
    result.first = First(plan.base, len(whole), first.errors)
    result.errors = second.errors
    result.data = add_second(whole, header, plan.exact.fingerprint, second.bodies, second.checks)
    layer = parse(result.data)
    check_work(layer, plan.base.tile)
    check_work(parse_second(layer), plan.exact.tile, start=layer.stop)
    return result


def _encode_second(
    batches: Sequence[Sequence[Picture]],
    lossy: Sequence[Block],
    shapes: Sequence[Sequence[Shape]],
    plan: LayersPlan,
    run: Run,
) -> list[bytes]:
    """The body of each block, its method included."""
    exact = [colour_of(batch, some) for batch, some in zip(batches, shapes, strict=True)]
    given = [colour_of(block.decoded, some) for block, some in zip(lossy, shapes, strict=True)]
    coded = encode_second(exact, given, plan.exact, plan.first.effort, run)
    return [bytes([method]) + body for method, body in rounding_checked_for_each(coded)]
