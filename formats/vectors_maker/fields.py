"""Files field by field: a writer of raw bytes, which checks nothing."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from aecodec.arrays import Picture, Shallow
from aecodec.codec.tiles import shape_of, split_planes
from aecodec.entropy import StreamWriter
from aecodec.lossy import Prior, encode_symbols
from aecodec.lossy.tiling import cut
from aecodec.scans import Scan
from aecodec.zoo import Model

SIGNATURE = b"\xae\xc1"
MODEL, EXACT, GEOMETRY, MANY, NAMES, STEP = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
STORED, DEFLATED, DIFFERENCED, MODELLED, SCANS, NETWORK, OVER = (bytes([method]) for method in range(7))
GREY, LA, RGB, RGBA, EQUAL = 0, 1, 2, 3, 4


def varint(value: int) -> bytes:
    low = value & 0x7F
    return bytes([low]) if value == low else bytes([low | 0x80]) + varint(value >> 7)


def deflate(raw: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(raw) + coder.flush()


def differences(planes: Sequence[Picture]) -> bytes:
    wide = [np.pad(plane, ((1, 0), (1, 0))) for plane in planes]
    return b"".join((w[1:, 1:] - w[1:, :-1] - w[:-1, 1:] + w[:-1, :-1]).tobytes() for w in wide)


def geometry(kind: int, width: int, height: int) -> bytes:
    return bytes([kind]) + varint(width) + varint(height)


def sealed(flags: int, *fields: bytes) -> bytes:
    """A file of these fields, with its checksum."""
    content = SIGNATURE + bytes([flags]) + b"".join(fields)
    return content + zlib.crc32(content).to_bytes(4, "big")


def check(pictures: Sequence[Picture]) -> bytes:
    """What ends the record of a block of a container; its last byte ends a file of one."""
    return zlib.crc32(b"".join(picture.tobytes() for picture in pictures)).to_bytes(4, "big")


def container(flags: int, head: bytes, shapes: bytes, records: Sequence[bytes], names: bytes = b"") -> bytes:
    """A file of many: ``head`` is fingerprint, count and block-pictures."""
    index = b"".join(varint(len(record)) for record in records)
    return sealed(flags | MANY, head, shapes, index, names, *records)


def two_layers(flags: int, fingerprint: bytes, fields: bytes, second: bytes, layers: int = 0x10) -> bytes:
    """A file of two layers: ``fields`` of the first from count to its last record, and all of the second."""
    first = sealed(flags | MODEL | EXACT | STEP, fingerprint, bytes([layers]), named(fields))
    return resealed(first + second)


def resealed(content: bytes) -> bytes:
    """``content``, whatever it is, with its checksum behind it."""
    return content + zlib.crc32(content).to_bytes(4, "big")


def named(packed: bytes) -> bytes:
    return varint(len(packed)) + packed


def payload_of(model: Model, symbols: Any, tiles: Shallow | None = None, step: int = 1) -> bytes:
    """The payload of one group with these symbols and, with ``tiles``, their residual."""
    writer = StreamWriter()
    each = np.array(symbols, np.int8)
    encode_symbols(model.tiles.networks.prior.at_step(step), each, writer)
    if tiles is not None:
        assert model.residual is not None
        model.residual.encode(tiles, model.tiles.networks.synthesise(each), writer)
    return writer.finish()


def payload_of_scans(model: Model, scans: Sequence[Shallow], method: bytes) -> bytes:
    """The payload of one group of tiles with these scans, of 0 and 1."""
    assert model.ink is not None
    writer = StreamWriter()
    model.ink.encode([Scan(bits, 0, 0) for bits in scans], writer, fast=method == SCANS)
    return writer.finish()


def payload_over(model: Model, tiles: Shallow, lossy: Shallow, scans: Sequence[Scan | None] | None = None) -> bytes:
    """The payload of one group in a second layer: of ``tiles`` over those of the first layer, ``lossy``."""
    assert model.residual is not None
    writer = StreamWriter()
    rest = np.ones(len(tiles), np.bool_)
    if scans is not None:
        assert model.ink is not None and model.ink.conditional is not None
        model.ink.conditional.encode(scans, lossy, writer)
        rest = np.array([scan is None for scan in scans])
    if rest.any():
        model.residual.encode(tiles[rest], lossy[rest], writer)
    return writer.finish()


def escaping(prior: Prior, excess: int) -> bytes:
    """A payload whose first symbol lies above its table by ``excess`` steps, whatever that is."""
    writer = StreamWriter()
    table = prior.table(prior.start(1), 0)
    writer.encode(np.array([table.shape[1] - 1]), table)
    writer.encode_excess(False, excess)
    return writer.finish()


def planes_of(*pictures: Picture) -> list[Picture]:
    return [plane for picture in pictures for plane in split_planes(picture, shape_of(picture))]


def images_of(pictures: Sequence[Picture]) -> list[Picture]:
    """Colours together, and alpha as an image of its own."""
    found = []
    for picture in pictures:
        planes, colours = planes_of(picture), shape_of(picture).colour_planes
        found += [np.stack(some, -1) for some in (planes[:colours], planes[colours:]) if some]
    return found


def tiles_of(pictures: Sequence[Shallow], model: Model) -> Shallow:
    return np.concatenate([cut(plane, model.tiles.tile) for plane in planes_of(*pictures)])
