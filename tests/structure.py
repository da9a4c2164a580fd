"""The structure of a file in one form, as two readers that share no code see it: the package, and the parser
that is generated from formats/aec.ksy.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

from aecodec.container import Container, count_references, parse, parse_second
from aecodec.container.varint import Cursor
from tests.generated.aec import Aec


class Unlike(ValueError):  # noqa: N818
    """What the generated parser read does not hold together: a checksum, or names that are not as many as pictures."""


@dataclass
class Record:
    """Where a record lies in the file, and what it consists of."""

    place: tuple[int, int]
    method: int | None
    references: tuple[int, ...] | None
    alpha: bytes | None
    body: bytes
    check: bytes


@dataclass
class Layer:
    """One layer; ``stop`` is the place behind its checksum, ``index`` the lengths that it gives of its records."""

    fingerprint: bytes | None
    records: list[Record]
    index: list[int] | None
    stop: int
    checksum: int


@dataclass
class File:
    """``shapes``: (height, width, channels, equal, deep) of each picture."""

    exact: bool
    layered: bool
    many: bool
    step: int
    quality: int | None
    pixels: bool
    altered: int | None
    restored: bool
    count: int
    block_pictures: int
    shapes: list[tuple[int, int, int, bool, bool]] | None
    names: list[str] | None
    layers: list[Layer] = field(default_factory=list)


def by_package(data: bytes) -> File:
    """What ``aecodec.container`` says of a file; raises the package's errors."""
    first = parse(data)
    header = first.header
    shapes = header.shapes and [(s.height, s.width, s.channels, s.equal, s.deep) for s in header.shapes]
    file = File(
        exact=header.exact or header.has_form,
        layered=header.layered,
        many=header.many,
        step=header.step,
        quality=header.quality,
        pixels=header.pixels,
        altered=header.altered,
        restored=header.restored,
        count=header.count,
        block_pictures=header.block_pictures,
        shapes=shapes or None,
        names=None if header.names is None else list(header.names),
    )
    has_second = header.layered and len(data) > first.stop
    file.layers = [_layer(layer) for layer in ([first, parse_second(first)] if has_second else [first])]
    return file


def _layer(layer: Container) -> Layer:
    places = [(record.start, record.stop) for record in layer.records]
    return Layer(
        fingerprint=layer.header.fingerprint,
        records=[_record(layer, block, place) for block, place in enumerate(places)],
        index=[stop - start for start, stop in places] if layer.header.many else None,
        stop=layer.stop,
        checksum=int.from_bytes(layer.data[layer.stop - 4 : layer.stop], "big"),
    )


def _record(layer: Container, block: int, place: tuple[int, int]) -> Record:
    header, body = layer.header, layer.body(block)
    cursor = Cursor(body, 0, len(body))
    method = cursor.byte("method") if header.has_method else None
    start = block * header.block_pictures
    references = None
    if header.referenced:
        count = count_references(cursor, min(header.block_pictures, header.count - start))
        references = tuple(cursor.varint("reference") for _ in range(count))
    alpha = None
    if not header.exact and any(
        shape.has_alpha for shape in (header.shapes or ())[start : start + header.block_pictures]
    ):
        alpha = cursor.take(cursor.varint("length of the alpha planes", 1), "alpha planes")
    return Record(place, method, references, alpha, body[cursor.at :], layer.check(block))


def by_parser(data: bytes) -> File:
    """What the generated parser says; raises KaitaiStructError, or Unlike."""
    read = Aec.from_bytes(data)
    read._read()
    flags, first = read.flags, read.first
    layers = [_read_layer(first, start_of(read, "first"), read.fingerprint if flags.model else None, read.checksum)]
    if hasattr(read, "second"):
        start = start_of(read, "second")
        layers.append(_read_layer(read.second, start, read.second.fingerprint, read.second_checksum))
    for layer in layers:
        if zlib.crc32(data[: layer.stop - 4]) != layer.checksum:
            raise Unlike("a checksum that differs")
    count = first.num_pictures
    return File(
        exact=flags.exact,
        layered=read.layered,
        many=flags.many,
        step=read.step if flags.stepped else read.layers - 15 if read.layered else 1,
        quality=read.quality if read.grid else None,
        pixels=read.pixels,
        altered=read.quality if read.altered else None,
        restored=read.restored,
        count=count,
        block_pictures=first.num_block_pictures,
        shapes=_read_shapes(first, flags.many) if flags.geometry else None,
        names=_read_names(first.names, count) if flags.names else None,
        layers=layers,
    )


def start_of(read: Any, name: str) -> int:
    """Where a field begins in the stream that it was read from."""
    return int(read._debug[name]["start"])


def _read_layer(layer: Any, start: int, fingerprint: bytes | None, checksum: int) -> Layer:
    places = [(start + each["start"], start + each["end"]) for each in layer._debug["records"]["arr"]]
    return Layer(
        fingerprint=fingerprint,
        records=[
            Record(
                place,
                getattr(record, "method", None),
                _read_references(record) if hasattr(record, "references") else None,
                _read_alpha(record) if hasattr(record, "alpha") else None,
                record.body,
                record.check,
            )
            for place, record in zip(places, layer.records, strict=True)
        ],
        index=[each.value for each in layer.index] if hasattr(layer, "index") else None,
        stop=start + int(layer._debug["rest"]["end"]) + 4,
        checksum=checksum,
    )


def _read_references(record: Any) -> tuple[int, ...]:
    return tuple(each.place.value for each in record.references.places if each.is_there)


def _read_alpha(record: Any) -> bytes:
    return bytes([record.alpha.method]) + bytes(record.alpha.body)


def _read_shapes(first: Any, many: bool) -> list[tuple[int, int, int, bool, bool]]:
    runs = [(run.len_run.value, run.shape) for run in first.runs] if many else [(1, first.shape)]
    return [(s.height.value, s.width.value, s.channels, s.equal, s.deep) for length, s in runs for _ in range(length)]


def _read_names(packed: bytes, count: int) -> list[str]:
    stream = zlib.decompressobj(-15)
    try:
        names = stream.decompress(packed).decode().split("\0")
    except (zlib.error, UnicodeDecodeError) as error:
        raise Unlike(f"names: {error}") from error
    if not stream.eof or stream.unused_data or names.pop() or len(names) != count:
        raise Unlike("names that are not as many as pictures")
    return names
