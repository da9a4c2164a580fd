"""The checks of decoded pixels, made to fit a file whose payload was changed."""

from __future__ import annotations

from collections.abc import Sequence

from aecodec.arrays import Picture
from aecodec.codec.decode import Decoder, decode_record, decode_second
from aecodec.codec.records import crc_of
from aecodec.codec.tiles import check_block
from aecodec.container import Container, Shape, parse, parse_second
from tests.trust.golden import zoo
from tests.trust.mutators import sealed_again


def rechecked(data: bytes) -> bytes:
    """A parsable file with the checks that its pixels need; raises the AecErrors that decoding it does."""
    decoder = Decoder(data, zoo())
    first = parse(data)
    header = first.header
    second = parse_second(first) if header.layered else None
    model = decoder.model
    exact = None if second is None else zoo().by_fingerprint(second.header.fingerprint or b"")
    for block in range(header.blocks):
        shapes = _shapes(first, block, None if model is None or model.native is None else model.tiles.tile)
        check_block(shapes)
        pictures = decode_record(header, first.body(block), shapes, model)
        data = _with_check(data, first, block, pictures)
        if second is not None and exact is not None:
            pictures = decode_second(second.body(block), pictures, shapes, exact)
            data = _with_check(data, second, block, pictures)
    return sealed_again(data)


def _shapes(container: Container, block: int, tile: tuple[int, int] | None) -> list[Shape]:
    header = container.header
    start = block * header.block_pictures
    stop = min(start + header.block_pictures, header.count)
    if header.shapes is not None:
        return header.shapes[start:stop]
    assert tile is not None  # the header's rules
    return [Shape(*tile)] * (stop - start)


def _with_check(data: bytes, container: Container, block: int, pictures: Sequence[Picture]) -> bytes:
    end = container.records[block].stop
    crc = crc_of(pictures).to_bytes(4, "big")[-container.header.check_bytes :]
    return data[: end - len(crc)] + crc + data[end:]
