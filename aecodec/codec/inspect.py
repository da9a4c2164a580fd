"""What a container says of itself, without its model."""

from __future__ import annotations

from dataclasses import dataclass

from aecodec.container import parse


@dataclass(frozen=True)
class Info:
    """Fields of a file. ``size`` is (width, height) in pixels, None where it is the model's
    native size or differs between pictures; ``step`` is that of quantization, 1 in a lossless file.
    """

    version: int
    lossless: bool
    model: str | None
    step: int
    pictures: int
    blocks: int
    size: tuple[int, int] | None
    sizes_differ: bool
    channels: int | None
    bytes: int
    record_bytes: int
    names: tuple[str, ...] | None


def inspect(data: bytes) -> Info:
    """Parse ``data`` and check its CRC-32; decodes nothing and needs no model.

    Raises FormatError, UnsupportedError or LimitError.
    """
    container = parse(data)
    header = container.header
    shapes = set(header.shapes or ())
    only = next(iter(shapes)) if len(shapes) == 1 else None
    return Info(
        version=data[1] & 15,
        lossless=header.exact,
        model=header.fingerprint.hex() if header.fingerprint else None,
        step=header.step,
        pictures=header.count,
        blocks=header.blocks,
        size=(only.width, only.height) if only else None,
        sizes_differ=len({(s.width, s.height) for s in shapes}) > 1,
        channels=only.channels if only else (None if shapes else 1),
        bytes=len(data),
        record_bytes=sum(record.stop - record.start for record in container.records),
        names=header.names,
    )
