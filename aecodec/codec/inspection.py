"""What a container says of itself, without its model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from aecodec.codec.arguments import content
from aecodec.codec.work import count_work, largest_block
from aecodec.container import Container, count_references, is_whole, parse, parse_second
from aecodec.container.varint import Cursor
from aecodec.frozen import dataclass


@dataclass(frozen=True)
class Info:
    """What a file says of itself.

    - ``size``: (width, height) in pixels. None if it is the model's native size, or differs between pictures.
    - ``channels``: None if they differ. ``bits`` of a sample: 8 or 16.
    - ``step`` of quantization: 1 in a lossless file, and in one with a ``quality`` (a grid of latents).
    - ``pixels`` in all, and ``block_bytes``, the bytes of the pictures of the largest block. Both are None if the model
      says how large pictures are.
    - ``work``: the tiles, places and steps of formats/aec.md. None if it depends on the size of tiles.
    - ``methods``: how many blocks are coded by each method of formats/aec.md. Lossy blocks do not say it, nor does a
      single picture by a model of tiles.
    - ``references``: how many pictures are stored as differences from another one of their block.
    - ``first_bytes``: the length of the first of two layers.
    - ``second_model``: the fingerprint of the second layer's model. None if that layer is missing, cut short or
      damaged; then the file is not ``lossless``.
    """

    version: int
    lossless: bool
    model: str | None
    step: int
    quality: int | None
    pictures: int
    blocks: int
    size: tuple[int, int] | None
    sizes_differ: bool
    channels: int | None
    bits: int
    bytes: int
    record_bytes: int
    names: tuple[str, ...] | None
    methods: Mapping[int, int]
    pixels: int | None = None
    block_bytes: int | None = None
    work: int | None = None
    references: int = 0
    first_bytes: int | None = None
    second_model: str | None = None


def inspect(data: bytes) -> Info:
    """Return what a file says of itself: check its CRC-32, decode nothing, and need no model.

    A file of two layers may end within its second one. Raises FormatError, UnsupportedError or LimitError, and
    UsageError if ``data`` is not bytes.
    """
    container = parse(content("data", data))
    second = parse_second(container) if container.header.layered and is_whole(container) else None
    return info_of(container, second)


def info_of(container: Container, second: Container | None) -> Info:
    """Return what a file says of itself, given its only layer, or the first and the ``second`` where that is whole.

    Raises LimitError for a block of too many samples.
    """
    header, data = container.header, container.data
    layers = [container] if second is None else [container, second]
    shapes = header.shapes.kinds if header.shapes else frozenset()
    sizes = {(shape.width, shape.height) for shape in shapes}
    channels = {shape.channels for shape in shapes} if shapes else {1}
    return Info(
        version=data[1] & 15,
        lossless=layers[-1].header.lossless,
        model=_model_of(container),
        step=header.step,
        quality=header.altered if header.quality is None else header.quality,
        pictures=header.count,
        blocks=header.blocks,
        size=next(iter(sizes)) if len(sizes) == 1 else None,
        sizes_differ=len(sizes) > 1,
        channels=next(iter(channels)) if len(channels) == 1 else None,
        bits=16 if any(shape.deep for shape in shapes) else 8,
        bytes=len(data),
        record_bytes=sum(record.stop - record.start for layer in layers for record in layer.records),
        names=header.names,
        methods=_methods(layers),
        pixels=None if header.shapes is None else sum(n * s.height * s.width for s, n in header.shapes.runs),
        block_bytes=None if header.shapes is None else largest_block(header, header.shapes),
        work=_work(layers),
        references=_references(container) if header.referenced else 0,
        first_bytes=container.stop if header.layered else None,
        second_model=None if second is None else _model_of(second),
    )


def _methods(layers: Sequence[Container]) -> dict[int, int]:
    found = Counter(
        layer.data[record.start]
        for number, layer in enumerate(layers)
        if number or layer.header.has_method
        for record in layer.records
    )
    return dict(sorted(found.items()))


def _references(container: Container) -> int:
    size, count = container.header.block_pictures, container.header.count
    return sum(
        count_references(Cursor(container.data, record.start, record.stop), min(size, count - number * size))
        for number, record in enumerate(container.records)
    )


def _work(layers: Sequence[Container]) -> int | None:
    counts = [count_work(layer) for layer in layers]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _model_of(container: Container) -> str | None:
    fingerprint = container.header.fingerprint
    return fingerprint.hex() if fingerprint else None
