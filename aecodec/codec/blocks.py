"""Blocks of pictures to the records of a container: the work that processes share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aecodec import coders, grid
from aecodec.arrays import Colour, Picture, Plane
from aecodec.codec.distortion import visible_mse
from aecodec.codec.hidden import filled
from aecodec.codec.plan import Plan
from aecodec.codec.records import Lossy, crc_of, encode_lossy_apart
from aecodec.codec.threads import threads
from aecodec.codec.tiles import check_block, check_depths, colour_of, join_planes, shape_of, split_planes
from aecodec.coders import Block, Encoder, Frame, Scans, TileEncoder, encode_exact, encoder_of
from aecodec.container import References, Shape
from aecodec.engine import Engine
from aecodec.errors import ModelError
from aecodec.exact.rounding import rounding_checked, rounding_checked_for_each
from aecodec.frozen import dataclass


@dataclass(frozen=True)
class Record:
    """One block in one layer: its method where it is exact, its body, and bytes of payload; then the CRC-32 and the
    mean squared error of each picture that it decodes to, over what can be seen; and the references of its pictures,
    empty where none has one. ``restored`` are CRC and errors of these pictures if the model restores them behind, where
    it can.
    """

    method: int | None
    body: bytes
    payload: int
    crc: int
    errors: list[float]
    references: References = ()
    restored: tuple[int, list[float]] | None = None


@dataclass(frozen=True)
class Coded:
    """One block: the shapes of its pictures, and a record a layer."""

    shapes: list[Shape]
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Given:
    """The pictures of some blocks, and their scans where these are known."""

    batches: Sequence[Sequence[Picture]]
    scans: Sequence[Scans] | None = None


def has_scans(plan: Plan) -> bool:
    """Return whether scans are looked for: in exact pictures, by a model of tiles."""
    model = plan.second or (plan.model if plan.exact else None)
    return model is not None and model.pixels is None


def with_scans(plan: Plan, many: bool, engine: Engine, batches: Sequence[Sequence[Picture]]) -> Iterator[Given]:
    """Yield each of ``batches`` with its scans: ``engine`` searches those of all together.

    Raises LimitError for a picture too large, or too many in a block; UnsupportedError; ModelError.
    """
    model = plan.second or plan.model
    assert model is not None and has_scans(plan)
    over = plan.second is not None
    shapes = [_checked_shapes(batch, plan) for batch in batches]
    planes = [
        colour_of(batch, some) if over else _planes(batch, some) for batch, some in zip(batches, shapes, strict=True)
    ]
    encoder = TileEncoder(model, plan.effort, not many and not over)
    with rounding_checked():
        found = encoder.scans_of(planes, over=over, engine=engine)
    for batch, scans in zip(batches, found, strict=True):
        yield Given([batch], [scans])


def encode_blocks(plan: Plan, many: bool, jobs: int, given: Given) -> list[Coded]:
    """Code the pictures of some blocks, whose scans are searched together if they are not given; ``jobs`` is how many
    threads may work.

    ``many`` is whether they are of a container. It can be pickled, and so can all that it takes and returns. Raises
    LimitError for a picture too large, or too many in a block; UnsupportedError; ModelError.
    """
    batches, scans = given.batches, given.scans
    if plan.fills:
        batches = [[filled(picture) for picture in batch] for batch in batches]
    shapes = [_checked_shapes(batch, plan) for batch in batches]
    if plan.altered is not None:
        found = (_altered(batch, some, plan) for batch, some in zip(batches, shapes, strict=True))
        return [Coded(some, (record,)) for some, record in zip(shapes, found, strict=True)]
    if plan.exact:
        encoder = encoder_of(plan.model, plan.effort, alone=not many, quick=plan.quick, scans=scans)
        blocks = [Block(Frame(some), _planes(batch, some)) for batch, some in zip(batches, shapes, strict=True)]
        return [Coded(s, (each,)) for s, each in zip(shapes, _exact(batches, blocks, encoder), strict=True)]
    if plan.model is None:
        raise ModelError("lossy compression needs a model")
    with threads(jobs) as run:
        codec, eyes = plan.model.codec, plan.for_eyes
        lossy = encode_lossy_apart(batches, shapes, codec, plan.quality, plan.effort, run, for_eyes=eyes)
    first = [_record(batch, each) for batch, each in zip(batches, lossy, strict=True)]
    if plan.second is None:
        return [Coded(some, (record,)) for some, record in zip(shapes, first, strict=True)]
    encoder = encoder_of(plan.second, plan.effort, alone=False, quick=False, scans=scans)
    blocks = [_over(batch, some, each) for batch, some, each in zip(batches, shapes, lossy, strict=True)]
    second = _exact(batches, blocks, encoder)
    return [Coded(s, (a, b)) for s, a, b in zip(shapes, first, second, strict=True)]


def _exact(batches: Sequence[Sequence[Picture]], blocks: Sequence[Block], encoder: Encoder) -> Iterator[Record]:
    coded = rounding_checked_for_each(encode_exact(blocks, encoder))
    for batch, (method, body) in zip(batches, coded, strict=True):
        yield Record(method, body, len(body), crc_of(batch), [0.0] * len(batch))


def _altered(batch: Sequence[Picture], shapes: Sequence[Shape], plan: Plan) -> Record:
    """Return the record of drawings that take fewer bytes than those of ``batch``."""
    if plan.model is None or plan.model.pixels is None or plan.altered is None:
        raise ModelError("drawings need a model of pixels")
    planes = coders.joined(_planes(batch, shapes), shapes, whole=True)
    with rounding_checked():
        (method, body), drawn = coders.altered_body(planes, plan.model.pixels, grid.slope_of(plan.altered))
        nearer = coders.restored(drawn, plan.model, plan.altered) if plan.model.pixels.restores else None

    def decoded(planes: Sequence[Colour]) -> tuple[int, list[float]]:
        pictures = [join_planes(coders.parted([each]), shape) for each, shape in zip(planes, shapes, strict=True)]
        return crc_of(pictures), [visible_mse(ours, theirs) for ours, theirs in zip(batch, pictures, strict=True)]

    return Record(method, body, len(body), *decoded(drawn), restored=decoded(nearer) if nearer else None)


def _record(batch: Sequence[Picture], found: Lossy) -> Record:
    errors = [visible_mse(ours, theirs) for ours, theirs in zip(batch, found.decoded, strict=True)]
    return Record(None, found.body, found.payload, crc_of(found.decoded), errors, found.references)


def _over(batch: Sequence[Picture], shapes: Sequence[Shape], first: Lossy) -> Block:
    """Return the colour planes of ``batch``, given what the ``first`` layer shows."""
    frame = Frame([shape.opaque for shape in shapes], colour_of(first.decoded, shapes))
    return Block(frame, colour_of(batch, shapes))


def _planes(batch: Sequence[Picture], shapes: Sequence[Shape]) -> list[Plane]:
    return [plane for picture, shape in zip(batch, shapes, strict=True) for plane in split_planes(picture, shape)]


def _checked_shapes(batch: Sequence[Picture], plan: Plan) -> list[Shape]:
    """Return the shapes of a block's pictures; raises LimitError for one too large, or for too many, and
    UnsupportedError for samples of 16 bits that ``plan`` cannot keep.
    """
    shapes = [shape_of(picture) for picture in batch]
    for shape in shapes:
        shape.check()
    check_block(shapes)
    check_depths(shapes, exact=plan.exact)
    return shapes
