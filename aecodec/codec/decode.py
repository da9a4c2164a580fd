"""The bytes of a container to pictures, block by block."""

from __future__ import annotations

from collections.abc import Iterator

from aecodec.codec.blocks import decode_block
from aecodec.codec.encode import crc_of
from aecodec.codec.tiles import Picture, check_block
from aecodec.container import Container, Shape, parse
from aecodec.errors import FormatError, UsageError
from aecodec.zoo import Model, Zoo


class Decoder:
    """Reads one container. Parses and finds the model at once; decodes when asked.

    Raises FormatError, UnsupportedError, LimitError or ModelError.
    """

    def __init__(self, data: bytes, zoo: Zoo) -> None:
        self.container: Container = parse(data)
        header = self.container.header
        self.model: Model | None = zoo.by_fingerprint(header.fingerprint) if header.fingerprint else None
        if self.model and header.shapes and all(s == Shape(*self.model.tile) for s in header.shapes):
            raise FormatError("the file gives a geometry that is the model's own")

    def __len__(self) -> int:
        return self.container.header.count

    def __iter__(self) -> Iterator[Picture]:
        for block in range(self.container.header.blocks):
            yield from self._block(block)

    def picture(self, index: int) -> Picture:
        """Picture ``index``, decoding its block only. Raises UsageError past the end."""
        if not 0 <= index < len(self):
            raise UsageError(f"picture {index} of a file that holds 0..{len(self) - 1}")
        block, place = divmod(index, self.container.header.block_pictures)
        return self._block(block)[place]

    def _block(self, block: int) -> list[Picture]:
        header = self.container.header
        start = block * header.block_pictures
        stop = min(start + header.block_pictures, header.count)
        shapes = self._shapes(start, stop)
        check_block(shapes)
        pictures = decode_block(header, self.container.body(block), shapes, self.model)
        check = self.container.check(block)
        if crc_of(pictures).to_bytes(4, "big")[4 - len(check) :] != check:
            raise FormatError("the decoded pixels do not match their check: the file or this machine is not sound")
        return pictures

    def _shapes(self, start: int, stop: int) -> list[Shape]:
        if self.container.header.shapes is not None:
            return list(self.container.header.shapes[start:stop])
        assert self.model is not None  # the header's rules
        return [Shape(*self.model.tile)] * (stop - start)
